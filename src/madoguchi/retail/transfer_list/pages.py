"""照会・予約取消: the customer's transfers, newest first, and the receipt of each (RET-23)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from madoguchi.kernel.clock import japan_day
from madoguchi.plumbing.web import parse_form
from madoguchi.retail.ground import BankPage, RetailServices
from madoguchi.retail.transfer import branch_name, receipt
from madoguchi.retail.transfer_list.forms import ListForm
from madoguchi.transfers import Transfer, TransferState

PAGE_SIZE = 20
LOOKED_AT_ONCE = 100
MOST_LOOKS = 20
"""So many times at most the list is read for one page: what is older is on the next one."""
CANCELLABLE = frozenset((TransferState.RESERVED, TransferState.AWAITING_REVIEW))


async def transfers(services: RetailServices, request: Request) -> Mapping[str, Any]:
    """Show one page of the list, narrowed by account, state and the day of acceptance."""
    asked = dict(request.query_params)
    read = parse_form(ListForm, asked)
    errors = read if isinstance(read, tuple) else ()
    form = ListForm() if isinstance(read, tuple) else read
    found, more = await _narrowed(form, services)
    wanted = {
        name: asked[name] for name in ("account", "state", "since", "until") if asked.get(name)
    }
    return {
        "values": wanted,
        "errors": errors,
        "message": "unreadable" if errors else "",
        "view": {
            "transfers": () if errors else found,
            "accounts": _accounts(services),
            "states": tuple(TransferState),
            "url": services.url("transfers"),
            "older": _older(services, wanted, more) if more and not errors else "",
            "narrowed": bool(wanted),
            "is_first": not form.before,
            "newest": f"{services.url('transfers')}?{urlencode(wanted)}",
        },
    }


async def transfer(services: RetailServices, request: Request) -> Mapping[str, Any] | Response:
    """Show the receipt of one transfer; another customer's is as good as none."""
    found = await services.ports.transfers.find(
        services.tx,
        services.institution,
        services.contract.id,
        request.path_params["transfer"],
    )
    if found is None:
        return services.no_such_page()
    view = await receipt(found, services)
    return {"view": {**view, "may_cancel": found.state in CANCELLABLE}}


async def _narrowed(form: ListForm, services: RetailServices) -> tuple[list[Transfer], str]:
    """Return a page, and the id after which the next one begins ("" where this was the last)."""
    found: list[Transfer] = []
    before, states = form.before, (TransferState(form.state),) if form.state else ()
    for _ in range(MOST_LOOKS):
        some = await services.ports.transfers.list_of(
            services.tx,
            services.institution,
            services.contract.id,
            states=states,
            before=before,
            limit=LOOKED_AT_ONCE,
        )
        for each in some:
            if len(found) == PAGE_SIZE:
                return found, before
            before = each.id
            if _is_wanted(each, form):
                found.append(each)
        if len(some) < LOOKED_AT_ONCE:
            return found, ""
    return found, before


def _is_wanted(each: Transfer, form: ListForm) -> bool:
    payer = each.order.payer
    key = f"{payer.branch_code}-{payer.kind}-{payer.number}"
    made_on = japan_day(each.made_at)
    return form.account in ("", key) and form.first_day() <= made_on <= form.last_day()


def _accounts(services: RetailServices) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            f"{each.branch_code}-{each.kind}-{each.number}",
            branch_name(services.institution, each.branch_code),
            each.branch_code,
            each.kind,
            each.number,
        )
        for each in services.contract.accounts
        if each.kind != "time_deposit"
    ]


def _older(services: RetailServices, wanted: Mapping[str, str], before: str) -> str:
    return f"{services.url('transfers')}?{urlencode({**wanted, 'before': before})}"


TRANSFERS = BankPage(
    "transfers", "BTR011", "retail.transfer_list/transfers", "retail-transfers", transfers
)
TRANSFER = BankPage(
    "transfers/{transfer}",
    "BTR012",
    "retail.transfer_list/transfer",
    "retail-transfers",
    transfer,
    menu="transfers",
)
