"""The six screens on which a depositor lets an app read his account (LINK-01 to LINK-36)."""

from madoguchi.api_link import steps
from madoguchi.api_link.outcomes import CallTooLate, Locked, NotLinkable, RequestSpent
from madoguchi.kernel.journey import Journey, Screen

API_LINK = Journey(
    "api-link",
    screens=(
        Screen("account", "SOA201", steps.account, show=steps.show_account),
        Screen(
            "customer",
            "SOA202",
            steps.customer,
            show=steps.show_chosen_account,
            on={NotLinkable: "refused", Locked: "locked"},
        ),
        Screen("phone", "SOA208", steps.phone, show=steps.show_phone),
        Screen("call", "SOA209", steps.call, show=steps.show_call, on={CallTooLate: "account"}),
        Screen(
            "card-pin",
            "SOA211",
            steps.card_pin,
            show=steps.show_chosen_account,
            on={NotLinkable: "refused", Locked: "locked"},
        ),
        Screen(
            "consent",
            "SOA206",
            steps.consent,
            show=steps.show_consent,
            on={NotLinkable: "refused", Locked: "locked", RequestSpent: "spent"},
        ),
    ),
    finish="linked",
    endings=("refused", "locked", "cancelled", "spent", "expired", "unavailable"),
)

PAGE_IDS = {
    "cancelled": "SOA291",
    "refused": "SOA292",
    "locked": "SOA293",
    "expired": "SOA294",
    "spent": "SOA295",
    "unavailable": "SOA296",
    "linked": "SOA297",
    "closed": "SOA298",
    "visit-unknown": "SOA299",
}
"""The ids at the foot of the pages beside the six screens, in their style: for the help desk."""
