"""The two screens of the login (RET-02, RET-09)."""

from madoguchi.kernel.journey import Journey, Screen
from madoguchi.retail.entrance import steps
from madoguchi.retail.entrance.outcomes import Anew, Locked, Stopped, Unasked

ENTRANCE = Journey(
    "bank-login",
    screens=(
        Screen(
            "login",
            "BLI001",
            steps.login,
            show=steps.show_login,
            on={Unasked: "entered", Locked: "locked", Stopped: "stopped"},
        ),
        Screen(
            "question",
            "BLI002",
            steps.question,
            show=steps.show_question,
            on={Anew: "login", Locked: "locked", Stopped: "stopped"},
        ),
    ),
    finish="entered",
    endings=("entered", "cancelled", "expired", "locked", "stopped"),
)

PAGE_IDS = {
    "cancelled": "BLI003",
    "locked": "BLI004",
    "stopped": "BLI005",
    "expired": "BLI006",
}
