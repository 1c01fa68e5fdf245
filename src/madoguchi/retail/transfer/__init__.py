"""Transfers on the screen: 振込 and 振替 from choosing the payee to the receipt (RET-17 to RET-24).

Other groups of screens that find a payee, or have something confirmed by password and one-time
password, take those parts from here.
"""

from madoguchi.retail.transfer.confirming import (
    Facts,
    NotSent,
    Proofs,
    asked_for,
    judge,
    judge_code,
    judge_password,
    proofs_in,
    send_code,
)
from madoguchi.retail.transfer.done import receipt
from madoguchi.retail.transfer.finding import (
    account,
    bank,
    branch,
    looked_up_again,
    name,
    show_account,
    show_bank,
    show_branch,
    show_name,
)
from madoguchi.retail.transfer.forms import ConfirmForm
from madoguchi.retail.transfer.journey import BANK_TRANSFER, TRANSFER
from madoguchi.retail.transfer.leaving import Leaving, button, forward
from madoguchi.retail.transfer.outcomes import (
    Back,
    Changed,
    CodeSentAgain,
    Locked,
    PayeeKnown,
    Searched,
)
from madoguchi.retail.transfer.own_accounts import branch_name, key_of
from madoguchi.retail.transfer.readers import day, nickname, whole_yen
from madoguchi.retail.transfer.rows import Rows, payee_rows, rows
from madoguchi.retail.transfer.signs import signs
from madoguchi.retail.transfer.visit import CodeSent, FindsPayee, TransferVisit

JOURNEYS = (BANK_TRANSFER,)
PAGES = ()

__all__ = [
    "BANK_TRANSFER",
    "JOURNEYS",
    "PAGES",
    "TRANSFER",
    "Back",
    "Changed",
    "CodeSent",
    "CodeSentAgain",
    "ConfirmForm",
    "Facts",
    "FindsPayee",
    "Leaving",
    "Locked",
    "NotSent",
    "PayeeKnown",
    "Proofs",
    "Rows",
    "Searched",
    "TransferVisit",
    "account",
    "asked_for",
    "bank",
    "branch",
    "branch_name",
    "button",
    "day",
    "forward",
    "judge",
    "judge_code",
    "judge_password",
    "key_of",
    "looked_up_again",
    "name",
    "nickname",
    "payee_rows",
    "proofs_in",
    "receipt",
    "rows",
    "send_code",
    "show_account",
    "show_bank",
    "show_branch",
    "show_name",
    "signs",
    "whole_yen",
]
