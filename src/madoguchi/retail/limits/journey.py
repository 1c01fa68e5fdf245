"""The screens of the transfer limits (RET-22)."""

from madoguchi.kernel.journey import Journey, Screen
from madoguchi.retail.ground import BankJourney
from madoguchi.retail.limits import steps
from madoguchi.retail.limits.visit import LimitsVisit
from madoguchi.retail.transfer import Back, Changed, CodeSentAgain, Locked

LIMITS = Journey(
    "limits",
    screens=(
        Screen("limits", "BTR031", steps.limits, show=steps.show_limits),
        Screen(
            "confirm",
            "BTR032",
            steps.confirm,
            show=steps.show_confirm,
            on={Back: "limits", CodeSentAgain: "confirm", Changed: "confirm", Locked: "locked"},
        ),
    ),
    finish="done",
    endings=("cancelled", "locked", "expired"),
)

CHANGING_LIMITS = BankJourney(
    journey=LIMITS,
    path="limits",
    menu="settings",
    visit=LimitsVisit,
    service="retail-transfers",
    folder="retail.limits",
    begin=steps.begin,
    page_ids={"done": "BTR033", "cancelled": "BTR098", "locked": "BTR092", "expired": "BTR093"},
    views={"done": steps.show_done},
)
