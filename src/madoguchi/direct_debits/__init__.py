"""Direct debits of utility bills (公共料金自動引落): applied for here, confirmed there (RET-26).

An application can be withdrawn for some minutes, is then sent to the company, and asked after until
the company confirms or refuses. One is live at a time for a company and a customer number; a later
one that is confirmed (for another account) replaces the earlier.
"""

from madoguchi.direct_debits.events import DirectDebitEvent
from madoguchi.direct_debits.outcomes import AnotherLive, Applied, TooLate
from madoguchi.direct_debits.ports import (
    Confirmed,
    DirectDebitPorts,
    NoAnswer,
    Pending,
    Received,
    Refused,
    Tell,
    Template,
    UtilityCompanies,
)
from madoguchi.direct_debits.rules import (
    SENT_AFTER,
    Applicant,
    Application,
    ApplicationState,
    DebitAccount,
    NewApplication,
)
from madoguchi.direct_debits.service import DirectDebits
from madoguchi.direct_debits.simulator import UtilitySimulator

__all__ = [
    "SENT_AFTER",
    "AnotherLive",
    "Applicant",
    "Application",
    "ApplicationState",
    "Applied",
    "Confirmed",
    "DebitAccount",
    "DirectDebitEvent",
    "DirectDebitPorts",
    "DirectDebits",
    "NewApplication",
    "NoAnswer",
    "Pending",
    "Received",
    "Refused",
    "Tell",
    "Template",
    "TooLate",
    "UtilityCompanies",
    "UtilitySimulator",
]
