"""Many transfers in one statement: what it is given, and what its answers are."""

from collections.abc import Sequence
from typing import Any

from madoguchi.core_bank.embedded.amounts import within_range
from madoguchi.core_bank.embedded.answers import answer_of, content_of
from madoguchi.core_bank.port import KeyedTransfer, OwnPayee, Refused, Settled, Unknown
from madoguchi.kernel.errors import BrokenInvariant


def once_each(transfers: Sequence[KeyedTransfer]) -> list[KeyedTransfer]:
    """Return those whose keys no other one before has used: the statement takes a key once."""
    used: set[str] = set()
    unique = []
    for each in transfers:
        keys = {each.hold_key, each.settle_key}
        if len(keys) == 2 and not keys & used:
            unique.append(each)
        used |= keys
    return unique


def columns_of(
    transfers: Sequence[KeyedTransfer], hold_ids: Sequence[str]
) -> tuple[list[object], ...]:
    """Return the statement's arrays; `hold_ids` are for the holds to be made."""
    rows = [_row(each, hold_id) for each, hold_id in zip(transfers, hold_ids, strict=True)]
    return tuple(list(column) for column in zip(*rows, strict=True))


def answer_to(transfer: KeyedTransfer, kept: dict[str, Any] | None) -> Settled | Refused | Unknown:
    """Return what the statement answered to a transfer; None: it was not decided there."""
    if kept is None:
        return Unknown(transfer.hold_key)
    answer = answer_of(kept)
    if isinstance(answer, Settled | Refused):
        return answer
    raise BrokenInvariant(f"{type(answer).__name__} is not the end of a transfer")


def _row(each: KeyedTransfer, hold_id: str) -> tuple[object, ...]:
    transfer = each.transfer
    if not isinstance(transfer.payee, OwnPayee):
        raise BrokenInvariant("only transfers within the institution are moved many at once")
    contents = content_of("hold", transfer), content_of("settle", hold_id)
    return (
        each.hold_key, contents[0], each.settle_key, contents[1], hold_id, transfer.from_account,
        within_range(transfer.amount, lowest=1), within_range(transfer.fee, lowest=0),
        transfer.payee.account_id, transfer.remarks, transfer.payee_remarks, transfer.expires_at,
    )  # fmt: skip
