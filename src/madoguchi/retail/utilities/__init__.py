"""公共料金自動引落 on the screen: apply, see how applications stand, withdraw one (RET-26)."""

from madoguchi.retail.utilities.journey import UTILITY_APPLICATION, UTILITY_WITHDRAWAL
from madoguchi.retail.utilities.mails import telling
from madoguchi.retail.utilities.pages import UTILITIES

JOURNEYS = (UTILITY_APPLICATION, UTILITY_WITHDRAWAL)
PAGES = (UTILITIES,)

__all__ = ["JOURNEYS", "PAGES", "telling"]
