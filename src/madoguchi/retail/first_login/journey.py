"""The five screens after the first login (RET-06).

The contract is in use from 登録を確定する on; the session reaches the rest of internet banking from
次へ of the last screen on, or when its user goes anywhere else.
"""

from madoguchi.kernel.journey import Journey, Screen
from madoguchi.retail.first_login import steps
from madoguchi.retail.first_login.outcomes import Correct, Finished, Locked, NewByPost

FIRST_LOGIN = Journey(
    "bank-first-login",
    screens=(
        Screen(
            "questions",
            "BLI021",
            steps.questions,
            show=steps.show_questions,
            on={Finished: "done"},
        ),
        Screen(
            "passwords",
            "BLI022",
            steps.passwords,
            show=steps.show_passwords,
            on={Finished: "done", Locked: "locked"},
        ),
        Screen(
            "data",
            "BLI031",
            steps.data,
            show=steps.show_data,
            on={Finished: "done", NewByPost: "passwords"},
        ),
        Screen(
            "check",
            "BLI032",
            steps.check,
            show=steps.show_check,
            on={
                Correct: "data",
                Finished: "done",
                Locked: "locked",
                NewByPost: "passwords",
            },
        ),
        Screen(
            "done",
            "BLI041",
            steps.done,
            show=steps.show_done,
            on={NewByPost: "passwords"},
        ),
    ),
    finish="finished",
    endings=("cancelled", "expired", "locked"),
)

PAGE_IDS = {
    "cancelled": "BLI042",
    "locked": "BLI043",
    "expired": "BLI044",
}
