"""How a transfer begins: from nothing, to an own account, to somebody kept, or as once before."""

from collections.abc import Mapping
from dataclasses import replace

from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer.own_accounts import key_of
from madoguchi.retail.transfer.readers import PAYABLE_KINDS
from madoguchi.retail.transfer.visit import TransferVisit
from madoguchi.transfers import Transfer


async def begin(services: RetailServices, query: Mapping[str, str]) -> TransferVisit:
    """Begin with the first screen filled in as the link wishes: `to`, `payee` or `again`.

    What a link names and this customer does not have is left out; nothing is decided by a link.
    """
    keys = [key_of(each) for each in services.contract.accounts if each.kind in PAYABLE_KINDS]
    visit = TransferVisit(from_account=keys[0] if keys else "")
    if query.get("to") == "own" and len(keys) > 1:
        return replace(visit, to=f"own:{keys[1]}")
    if "payee" in query:
        return replace(visit, to=f"saved:{query['payee']}")
    if "again" in query:
        found = await services.ports.transfers.find(
            services.tx, services.institution, services.contract.id, query["again"]
        )
        return _as_before(visit, found, keys) if found else visit
    return visit


def _as_before(visit: TransferVisit, before: Transfer, keys: list[str]) -> TransferVisit:
    """Fill in payer, payee, amount and name of a transfer made before; never its day."""
    payer = before.order.payer
    key = f"{payer.branch_code}-{payer.kind}-{payer.number}"
    return replace(
        visit,
        from_account=key if key in keys else visit.from_account,
        to=f"again:{before.id}",
        amount=before.order.amount,
        payer_name=before.order.payer_name,
    )
