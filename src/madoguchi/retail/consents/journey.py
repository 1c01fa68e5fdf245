"""The screen on which a consent is revoked (RET-30, LINK-32)."""

from madoguchi.kernel.journey import Journey, Screen
from madoguchi.retail.consents import steps
from madoguchi.retail.consents.outcomes import EndedAlready
from madoguchi.retail.consents.visit import RevocationVisit
from madoguchi.retail.ground import BankJourney
from madoguchi.retail.transfer import Locked

REVOCATION = Journey(
    "consent-revocation",
    screens=(
        Screen(
            "revoke",
            "BAL003",
            steps.revoke,
            show=steps.show,
            on={Locked: "locked", EndedAlready: "ended-already"},
        ),
    ),
    finish="revoked",
    endings=("cancelled", "locked", "ended-already", "expired"),
)

CONSENT_REVOCATION = BankJourney(
    journey=REVOCATION,
    path="consent-revocation",
    visit=RevocationVisit,
    service="retail-other",
    folder="retail.consents",
    menu="settings",
    begin=steps.begin,
    page_ids={
        "revoked": "BAL004",
        "cancelled": "BAL091",
        "locked": "BAL092",
        "expired": "BAL093",
        "ended-already": "BAL094",
    },
)
