"""照会・予約取消: the list of transfers, the receipt of each, and calling one off (RET-23)."""

from madoguchi.retail.transfer_list.journey import CANCELLING, TRANSFER_CANCEL
from madoguchi.retail.transfer_list.pages import TRANSFER, TRANSFERS

JOURNEYS = (CANCELLING,)
PAGES = (TRANSFERS, TRANSFER)

__all__ = ["CANCELLING", "JOURNEYS", "PAGES", "TRANSFER", "TRANSFERS", "TRANSFER_CANCEL"]
