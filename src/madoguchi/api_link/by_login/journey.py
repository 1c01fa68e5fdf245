"""The three screens of login mode (LINK-37 to LINK-39)."""

from madoguchi.api_link.by_login import steps
from madoguchi.api_link.by_login.outcomes import (
    Anew,
    LoginLocked,
    LoginStopped,
    NothingToLink,
    NotReady,
    RequestSpent,
    Unasked,
)
from madoguchi.kernel.journey import Journey, Screen

LOGIN_LINK = Journey(
    "api-link-by-login",
    screens=(
        Screen(
            "login",
            "SOA101",
            steps.login,
            show=steps.show_login,
            on={
                Unasked: "accounts",
                Anew: "login",
                LoginLocked: "login-locked",
                LoginStopped: "login-stopped",
                NotReady: "not-ready",
                NothingToLink: "nothing-to-link",
            },
        ),
        Screen(
            "question",
            "SOA102",
            steps.question,
            show=steps.show_question,
            on={
                Anew: "login",
                LoginLocked: "login-locked",
                LoginStopped: "login-stopped",
                NothingToLink: "nothing-to-link",
            },
        ),
        Screen(
            "accounts",
            "SOA103",
            steps.accounts,
            show=steps.show_accounts,
            on={
                Anew: "login",
                LoginStopped: "login-stopped",
                NothingToLink: "nothing-to-link",
                RequestSpent: "spent",
            },
        ),
    ),
    finish="linked",
    endings=(
        "nothing-to-link",
        "login-locked",
        "login-stopped",
        "not-ready",
        "cancelled",
        "spent",
        "expired",
    ),
)

LOGIN_PAGE_IDS = {
    "cancelled": "SOA191",
    "nothing-to-link": "SOA192",
    "login-locked": "SOA193",
    "expired": "SOA194",
    "spent": "SOA195",
    "login-stopped": "SOA196",
    "linked": "SOA197",
    "closed": "SOA198",
    "visit-unknown": "SOA199",
    "not-ready": "SOA190",
}
"""The ids at the foot of the pages beside the screens, in their style: for the help desk."""
