"""The list of consents, and one of them (RET-30, LINK-32)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from madoguchi.kernel.errors import must
from madoguchi.retail.consents.shown import all_of, of_holder, shown
from madoguchi.retail.ground import BankPage, RetailServices

ENDED_SHOWN = timedelta(days=90)


async def list_consents(services: RetailServices, request: Request) -> Mapping[str, Any]:
    """Show the active ones, and those that ended within the last 90 days."""
    del request
    found = await all_of(services)
    since = services.now - ENDED_SHOWN
    ended = [each for each in found if not each.active and must(each.ended_at) >= since]
    return {
        "view": {
            "active": [each for each in found if each.active],
            "ended": sorted(ended, key=lambda each: must(each.ended_at), reverse=True),
        }
    }


async def show_consent(services: RetailServices, request: Request) -> Mapping[str, Any] | Response:
    """Show one; somebody else's is not there (INST-04)."""
    found = await of_holder(services, request.path_params["consent"])
    if found is None:
        return services.no_such_page()
    each = await shown(found, services)
    revoke_url = services.url(f"consent-revocation?consent={each.id}")
    return {"view": {"consent": each, "revoke_url": revoke_url if each.active else ""}}


CONSENTS = BankPage(
    "consents", "BAL001", "retail.consents/consents", "retail-other", list_consents,
    menu="settings",
)  # fmt: skip
CONSENT = BankPage(
    "consents/{consent}", "BAL002", "retail.consents/consent", "retail-other", show_consent,
    menu="settings",
)  # fmt: skip
