"""The two screens on which a customer gets his login ID, and what follows (RET-03 to RET-05)."""

from madoguchi.kernel.journey import Journey, Screen
from madoguchi.retail.registration import steps
from madoguchi.retail.registration.outcomes import Locked, NotRegistrable

REGISTRATION = Journey(
    "bank-registration",
    screens=(
        Screen("customer-data", "BLI011", steps.customer_data, on={Locked: "locked"}),
        Screen(
            "login-id",
            "BLI012",
            steps.login_id,
            show=steps.show_login_id,
            on={NotRegistrable: "refused"},
        ),
    ),
    finish="done",
    endings=("cancelled", "expired", "locked", "refused"),
)

PAGE_IDS = {
    "done": "BLI013",
    "cancelled": "BLI014",
    "locked": "BLI015",
    "refused": "BLI016",
    "expired": "BLI017",
}
