"""住所変更の状況: how the customer's requests stand (RET-27)."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from madoguchi.kernel.phone import to_national
from madoguchi.retail.ground import BankPage, RetailServices


async def address(services: RetailServices, request: Request) -> Mapping[str, Any]:
    """Show the requests, newest first; the open one can be withdrawn, else a new one made."""
    del request
    found = await services.ports.address_changes.list_of(
        services.tx, services.institution.code, services.contract.id
    )
    phones = {each.id: to_national(each.address.phone) for each in found if each.address.phone}
    return {
        "view": {
            "requests": found,
            "phones": phones,
            "open": next((each for each in found if each.state.is_open), None),
            "change_url": services.url("address-change"),
            "withdraw_url": services.url("address-withdrawal"),
        }
    }


ADDRESS = BankPage(
    "address", "BAD005", "retail.address/state", "retail-other", address, menu="settings"
)
