"""登録情報の照会: what is registered, and where each of it is changed (RET-28)."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from madoguchi.one_time_passwords import masked_address
from madoguchi.retail.ground import BankPage, RetailServices
from madoguchi.retail.registered_data.questions import question_texts


async def registered_data(services: RetailServices, request: Request) -> Mapping[str, Any]:
    """Show what is registered; the mail address is masked, answers and passwords are nowhere."""
    del request
    contract = services.contract
    keys = await services.ports.sign_in.question_keys(services.tx, contract)
    texts = question_texts(services, services.context.language)
    return {
        "view": {
            "contract": contract,
            "email": masked_address(contract.email) if contract.email else "",
            "questions": [texts.get(key, key) for key in keys],
        }
    }


REGISTERED_DATA = BankPage(
    "registered-data",
    "BRG010",
    "retail.registered_data/registered-data",
    "retail-other",
    registered_data,
    menu="settings",
)
