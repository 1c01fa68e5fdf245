"""What a visit holds in which a bill is paid."""

from dataclasses import dataclass

from madoguchi.bill_payments import Bill, BillNumbers
from madoguchi.retail.transfer.visit import CodeSent


@dataclass(frozen=True, slots=True, kw_only=True)
class BillVisit:
    """A bill on its way to be paid.

    `bill` is what was last shown; `from_account` names the account that pays, as forms do; `code`
    is the one-time password under way; `told` is what the confirmation says of itself: `changed`,
    `code-sent`, or nothing.
    """

    numbers: BillNumbers | None = None
    bill: Bill | None = None
    from_account: str = ""
    code: CodeSent | None = None
    told: str = ""
    payment_id: str = ""
