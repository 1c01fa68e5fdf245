"""Calling off a reservation, or a transfer that is held for checking (RET-23)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, Detour, Journey, Proceed, Screen
from madoguchi.retail.ground import BankJourney, RetailServices
from madoguchi.retail.transfer import Locked, Proofs, judge, receipt, signs
from madoguchi.retail.transfer_list.forms import CancelForm
from madoguchi.retail.transfer_list.visit import CancelVisit
from madoguchi.transfers import Cancelled, NoSuchTransfer, TooLate, Transfer


@dataclass(frozen=True, slots=True)
class NoLonger(Detour[CancelVisit]):
    """It is too late: the transfer is being executed, or over."""


async def begin(services: RetailServices, query: Mapping[str, str]) -> CancelVisit | str:
    """Begin with the transfer named; who has no such transfer sees his list."""
    found = await _find(query.get("transfer", ""), services)
    return CancelVisit(found.id) if found else services.url("transfers")


async def show_cancel(visit: CancelVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show what would be cancelled, in full."""
    return await receipt(must(await _find(visit.transfer_id, services)), services)


async def cancel(
    visit: CancelVisit, form: CancelForm, services: RetailServices
) -> Proceed[CancelVisit] | Again | NoLonger | Locked[CancelVisit]:
    """Cancel it, if the password is right and it is not too late."""
    refused = await judge(services, Proofs(form.confirmation_password), "transfer-cancel", None)
    if refused is not None:
        return refused
    outcome = await services.ports.transfers.cancel(
        services.tx,
        services.institution,
        services.contract.id,
        visit.transfer_id,
        signs=signs(services),
        now=services.now,
    )
    match outcome:
        case Cancelled():
            return Proceed(visit)
        case TooLate() | NoSuchTransfer():
            return NoLonger()
        case _:
            assert_never(outcome)


async def _find(transfer_id: str, services: RetailServices) -> Transfer | None:
    return await services.ports.transfers.find(
        services.tx, services.institution, services.contract.id, transfer_id
    )


TRANSFER_CANCEL = Journey(
    "transfer-cancel",
    screens=(
        Screen(
            "cancel",
            "BTR013",
            cancel,
            show=show_cancel,
            on={NoLonger: "too-late", Locked: "locked"},
        ),
    ),
    finish="done",
    endings=("cancelled", "too-late", "locked", "expired"),
)

CANCELLING = BankJourney(
    journey=TRANSFER_CANCEL,
    path="transfer-cancel",
    menu="transfers",
    visit=CancelVisit,
    service="retail-transfers",
    folder="retail.transfer_list",
    begin=begin,
    page_ids={
        "done": "BTR014",
        "too-late": "BTR015",
        "cancelled": "BTR094",
        "locked": "BTR092",
        "expired": "BTR093",
    },
    views={"done": show_cancel, "too-late": show_cancel},
)
