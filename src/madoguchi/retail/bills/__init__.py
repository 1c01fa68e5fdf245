"""税金・各種料金の払込み on the screen: look a bill up, pay it, see what was paid (RET-25)."""

from madoguchi.retail.bills.journey import BILL_PAYMENT
from madoguchi.retail.bills.pages import BILL, BILLS

JOURNEYS = (BILL_PAYMENT,)
PAGES = (BILLS, BILL)

__all__ = ["JOURNEYS", "PAGES"]
