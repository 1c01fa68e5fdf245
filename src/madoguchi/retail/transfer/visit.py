"""What the visits of the journeys that move money hold."""

from dataclasses import dataclass
from datetime import date, datetime

from madoguchi.transfers import Payee, Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class FindsPayee:
    """A visit in which a payee is found: bank, branch, account, name (RET-17).

    `bank_query` and `bank_initial`, `branch_query` and `branch_initial` are what is being searched
    for. `payee` is set once the account is known with the name of its holder, or the name is typed.
    """

    bank_query: str = ""
    bank_initial: str = ""
    bank_code: str = ""
    bank_name: str = ""
    branch_query: str = ""
    branch_initial: str = ""
    branch_code: str = ""
    branch_name: str = ""
    account_kind: str = ""
    account_number: str = ""
    payee: Payee | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSent:
    """A one-time password that is under way: the masked address, and until when it can be used."""

    shown_to: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferVisit(FindsPayee):
    """A transfer on its way: who pays whom, how much, when, and what was shown to confirm.

    `from_account` is the core's id of the account to pay from; `to` the choice on the first screen:
    `new`, or `own:`, `saved:`, `again:` and an id. `on` is None for today. `quote` is what the
    confirmation shows; `code` is None where none is needed or none could be sent. `told` is what
    the confirmation says of itself: `changed`, `code-sent`, or nothing.
    """

    from_account: str = ""
    to: str = ""
    amount: int = 0
    reserved: bool = False
    on: date | None = None
    payer_name: str = ""
    quote: Quote | None = None
    code: CodeSent | None = None
    told: str = ""
    transfer_id: str = ""
