"""初回利用登録: how a customer with a contract card gets a login ID (RET-02 to RET-05).

`journey.py` is the table of the screens, `steps.py` what each of them judges, in order.
"""

from madoguchi.retail.ground import BankJourney, BankPage
from madoguchi.retail.registration import steps
from madoguchi.retail.registration.journey import PAGE_IDS, REGISTRATION
from madoguchi.retail.registration.releasing import RegistrationLocks
from madoguchi.retail.registration.telling import LockTeller
from madoguchi.retail.registration.tries import WHAT as LOCK
from madoguchi.retail.registration.tries import lock_subject
from madoguchi.retail.registration.visit import RegistrationVisit

JOURNEYS = (
    BankJourney(
        journey=REGISTRATION,
        path="registration",
        visit=RegistrationVisit,
        service="retail-other",
        folder="retail.registration",
        page_ids=PAGE_IDS,
        begin=steps.begin,
        signed_in=False,
    ),
)
PAGES: tuple[BankPage, ...] = ()

__all__ = [
    "JOURNEYS",
    "LOCK",
    "PAGES",
    "REGISTRATION",
    "LockTeller",
    "RegistrationLocks",
    "lock_subject",
]
