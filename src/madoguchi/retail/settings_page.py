"""各種お手続き: the list of everything beside accounts and payments."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from madoguchi.retail.ground import BankPage, RetailServices

GROUPS = (
    ("payments", ("payees", "limits")),
    ("mine", ("registered-data", "address")),
    ("safety", ("consents",)),
)


async def settings(services: RetailServices, request: Request) -> Mapping[str, Any]:
    """Show what can be set and changed."""
    del services, request
    return {"groups": GROUPS}


SETTINGS = BankPage("settings", "BRG001", "retail/settings", "retail-other", settings)
