"""住所変更 on the screen: ask for it, see how it stands, withdraw it (RET-27)."""

from madoguchi.retail.address.journey import ADDRESS_CHANGE, ADDRESS_WITHDRAWAL
from madoguchi.retail.address.mails import telling
from madoguchi.retail.address.pages import ADDRESS

JOURNEYS = (ADDRESS_CHANGE, ADDRESS_WITHDRAWAL)
PAGES = (ADDRESS,)

__all__ = ["JOURNEYS", "PAGES", "telling"]
