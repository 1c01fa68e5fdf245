"""Asking the core before anything is confirmed: whose account it is, and whether money is there."""

from msgspec.structs import replace

from madoguchi.core_bank.port import (
    AccountKind,
    Call,
    CoreBank,
    NoSuchPayee,
    PayeeName,
    PayeeNotOffered,
)
from madoguchi.kernel.errors import must
from madoguchi.kernel.kana import UnreadableCharacters, to_half_width_kana
from madoguchi.transfers.model import Payee, Quote
from madoguchi.transfers.outcomes import (
    NameNeeded,
    NameUnusable,
    NoSuchPayeeAccount,
    OrderRefused,
)
from madoguchi.transfers.rules import LONGEST_NAME


async def look_up_payee(
    core: CoreBank, call: Call, *, bank_code: str, bank_name: str, branch_code: str,
    branch_name: str, kind: str, number: str,
) -> Payee | NoSuchPayeeAccount | NameNeeded:  # fmt: skip
    """Return the payee with the name that its bank gives, where it gives one."""
    account_kind = AccountKind(kind)
    nameless = Payee(
        bank_code=bank_code, bank_name=bank_name, branch_code=branch_code, branch_name=branch_name,
        kind=kind, number=number, name_kana="", name_checked=False,
    )  # fmt: skip
    match await core.payee_name(call, bank_code, branch_code, account_kind, number):
        case NoSuchPayee():
            return NoSuchPayeeAccount()
        case PayeeNotOffered():
            return NameNeeded(nameless)
        case PayeeName(name_kana):
            found = replace(nameless, name_kana=name_kana, name_checked=True)
    if bank_code != call.institution:
        return found
    account = await core.find_account(call, branch_code, account_kind, number)
    if account is None:  # closed for good since the line before
        return NoSuchPayeeAccount()
    return replace(found, account_id=account.id, holder_id=account.holder_id)


def named(needed: NameNeeded, typed: str) -> Payee | NameUnusable:
    """Return the payee under the name that the customer typed, in the banks' kana."""
    name = to_half_width_kana(typed)
    if isinstance(name, UnreadableCharacters):
        return NameUnusable(name.characters)
    if not 1 <= len(name) <= LONGEST_NAME:
        return NameUnusable()
    return replace(needed.payee, name_kana=name)


async def look_at_balance(core: CoreBank, call: Call, quote: Quote) -> OrderRefused | None:
    """Refuse where a transfer for now is more than what is available."""
    if quote.reserved:
        return None
    balances = must(await core.balances(call, quote.order.payer.account_id), "the payer's balance")
    if balances.available >= quote.total:
        return None
    return OrderRefused("not-enough-funds", {"available": balances.available})
