"""The receipt: how the transfer stands now, each time it is looked at (RET-18)."""

from collections.abc import Mapping
from typing import Any

from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.errors import must
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer.offered import same_account
from madoguchi.retail.transfer.rows import rows
from madoguchi.retail.transfer.visit import TransferVisit
from madoguchi.transfers import Transfer, TransferState

REASONS = frozenset(
    (
        "not-enough-funds",
        "account-unusable",
        "contract-stopped",
        "payee-unusable",
        "payee-refused",
        "took-too-long",
        "called-off-at-the-bank",
        "day-missed",
        "not-reviewed",
    )
)
"""The reasons that have a text of their own; staff find the others in the log."""
UNDER_WAY = frozenset((TransferState.ACCEPTED, TransferState.EXECUTING))
"""Told to people as being processed: what becomes of it is known in a moment."""


async def show_done(visit: TransferVisit, services: RetailServices) -> Mapping[str, Any]:
    """Return the receipt of the transfer that the visit wrote down."""
    found = await services.ports.transfers.find(
        services.tx, services.institution, services.contract.id, visit.transfer_id
    )
    return await receipt(must(found, "the transfer written down"), services)


async def receipt(transfer: Transfer, services: RetailServices) -> Mapping[str, Any]:
    """Return what a receipt shows, and what can be done from it."""
    saved = await services.ports.transfers.list_payees(
        services.tx, services.institution, services.contract.id
    )
    payee = transfer.order.payee
    is_saved = same_account(payee) in {same_account(each.payee) for each in saved}
    return {
        "transfer": transfer,
        "rows": rows(transfer, services, services.context.language),
        "reason": _reason(transfer, services),
        "day_ahead": japan_day(services.now) < transfer.executes_on,
        "under_way": transfer.state in UNDER_WAY,
        "may_register": transfer.destination != "own" and not is_saved,
        "urls": {
            "again": services.url(f"transfer?again={transfer.id}"),
            "detail": services.url(f"transfers/{transfer.id}"),
            "list": services.url("transfers"),
            "new": services.url("transfer"),
            "register": services.url(f"payee-register?transfer={transfer.id}"),
            "cancel": services.url(f"transfer-cancel?transfer={transfer.id}"),
        },
    }


def _reason(transfer: Transfer, services: RetailServices) -> str:
    """Return why it failed, in words; "" where it did not, or nothing more is to be said."""
    if transfer.state is not TransferState.FAILED:
        return ""
    code = transfer.reason if transfer.reason in REASONS else "other"
    return services.ports.texts(f"transfer.reason.{code}", language=services.context.language)
