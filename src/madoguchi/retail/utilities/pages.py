"""公共料金自動引落の状況: how the customer's applications stand (RET-26)."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from madoguchi.direct_debits import Application, ApplicationState
from madoguchi.retail.ground import BankPage, RetailServices
from madoguchi.retail.utilities.companies import company_name, offered
from madoguchi.retail.utilities.rows import account_text

TOLD_REASONS = frozenset({"no-such-customer", "name-differs"})


def reason_key(application: Application) -> str:
    """Return the catalogue's key of why the company refused."""
    told = application.reason if application.reason in TOLD_REASONS else "other"
    return f"utility.reason.{told}"


async def utilities(services: RetailServices, request: Request) -> Mapping[str, Any]:
    """Show the applications, newest first, and lead to a new one where any company is offered."""
    del request
    found = await services.ports.direct_debits.list_of(
        services.tx, services.institution.code, services.contract.id
    )
    return {
        "view": {
            "offered": bool(offered(services)),
            "applications": [_shown(each, services) for each in found],
            "new_url": services.url("utility-application"),
        }
    }


def _shown(application: Application, services: RetailServices) -> Mapping[str, Any]:
    institution, language = services.institution, services.context.language
    refused = application.state is ApplicationState.REFUSED
    withdrawable = application.state is ApplicationState.APPLIED
    withdraw_url = services.url(f"utility-withdrawal?application={application.id}")
    return {
        "application": application,
        "company": company_name(institution, application.company_code, language),
        "account": account_text(application.account, institution, services.ports.texts, language),
        "reason": reason_key(application) if refused else "",
        "withdraw_url": withdraw_url if withdrawable else "",
    }


UTILITIES = BankPage("utilities", "BUT001", "retail.utilities/utilities", "retail-other", utilities)
