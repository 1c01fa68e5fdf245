"""The way in: login ID and password, and the question that a risk may ask (RET-02, RET-09).

`journey.py` is the table of the screens, `steps.py` what each of them judges, in order.
"""

from madoguchi.retail.entrance import steps
from madoguchi.retail.entrance.journey import ENTRANCE, PAGE_IDS
from madoguchi.retail.entrance.visit import EntranceVisit
from madoguchi.retail.ground import BankJourney, BankPage

JOURNEYS = (
    BankJourney(
        journey=ENTRANCE,
        path="login",
        visit=EntranceVisit,
        service="retail-other",
        folder="retail.entrance",
        page_ids=PAGE_IDS,
        begin=steps.begin,
        signed_in=False,
        leads_to=steps.leads_to,
    ),
)
PAGES: tuple[BankPage, ...] = ()

__all__ = ["ENTRANCE", "JOURNEYS", "PAGES"]
