"""The first login: questions, passwords, data, check, done; resumable (RET-06, RET-07).

`journey.py` is the table of the screens, `steps.py` what each of them judges, in order.
"""

from madoguchi.retail.first_login import steps
from madoguchi.retail.first_login.journey import FIRST_LOGIN, PAGE_IDS
from madoguchi.retail.first_login.visit import FirstLoginVisit
from madoguchi.retail.ground import BankJourney, BankPage

JOURNEYS = (
    BankJourney(
        journey=FIRST_LOGIN,
        path="first-login",
        visit=FirstLoginVisit,
        service="retail-other",
        folder="retail.first_login",
        page_ids=PAGE_IDS,
        begin=steps.begin,
        stage="first-login",
        leads_to=steps.leads_to,
    ),
)
PAGES: tuple[BankPage, ...] = ()

__all__ = ["FIRST_LOGIN", "JOURNEYS", "PAGES"]
