"""The screens of a transfer (RET-17 to RET-21, RET-24)."""

from madoguchi.kernel.journey import Journey, Screen
from madoguchi.retail.ground import BankJourney
from madoguchi.retail.transfer import finding, steps
from madoguchi.retail.transfer.beginning import begin
from madoguchi.retail.transfer.done import show_done
from madoguchi.retail.transfer.outcomes import (
    Back,
    BackToParties,
    Changed,
    CodeSentAgain,
    Locked,
    PayeeKnown,
    Searched,
)
from madoguchi.retail.transfer.visit import TransferVisit

TRANSFER = Journey(
    "transfer",
    screens=(
        Screen(
            "parties",
            "BTR001",
            steps.parties,
            show=steps.show_parties,
            on={PayeeKnown: "amount"},
        ),
        Screen(
            "bank",
            "BTR002",
            finding.bank,
            show=finding.show_bank,
            on={Back: "parties", Searched: "bank"},
        ),
        Screen(
            "branch",
            "BTR003",
            finding.branch,
            show=finding.show_branch,
            on={Back: "bank", Searched: "branch"},
        ),
        Screen(
            "account",
            "BTR004",
            finding.account,
            show=finding.show_account,
            on={Back: "branch", PayeeKnown: "amount"},
        ),
        Screen("name", "BTR008", finding.name, show=finding.show_name, on={Back: "account"}),
        Screen(
            "amount",
            "BTR005",
            steps.amount,
            show=steps.show_amount,
            on={Back: "account", BackToParties: "parties"},
        ),
        Screen(
            "confirm",
            "BTR006",
            steps.confirm,
            show=steps.show_confirm,
            on={
                Back: "amount",
                BackToParties: "parties",
                CodeSentAgain: "confirm",
                Changed: "confirm",
                Locked: "locked",
            },
        ),
    ),
    finish="done",
    endings=("cancelled", "locked", "expired"),
)

BANK_TRANSFER = BankJourney(
    journey=TRANSFER,
    path="transfer",
    visit=TransferVisit,
    service="retail-transfers",
    folder="retail.transfer",
    begin=begin,
    page_ids={"done": "BTR007", "cancelled": "BTR091", "locked": "BTR092", "expired": "BTR093"},
    views={"done": show_done},
)
