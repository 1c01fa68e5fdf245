"""The screens of the registered payees (RET-23)."""

from madoguchi.kernel.journey import Journey, Screen
from madoguchi.retail import transfer
from madoguchi.retail.ground import BankJourney, BankPage
from madoguchi.retail.payees import keeping, registering
from madoguchi.retail.payees.visit import KeptVisit, RegisterVisit
from madoguchi.retail.transfer import Back, CodeSentAgain, Locked, PayeeKnown, Searched

PAYEE_REGISTER = Journey(
    "payee-register",
    screens=(
        Screen(
            "bank",
            "BTR022",
            transfer.bank,
            show=transfer.show_bank,
            on={Back: "cancelled", Searched: "bank"},
        ),
        Screen(
            "branch",
            "BTR023",
            transfer.branch,
            show=transfer.show_branch,
            on={Back: "bank", Searched: "branch"},
        ),
        Screen(
            "account",
            "BTR024",
            transfer.account,
            show=transfer.show_account,
            on={Back: "branch", PayeeKnown: "nickname"},
        ),
        Screen("name", "BTR025", transfer.name, show=transfer.show_name, on={Back: "account"}),
        Screen(
            "nickname",
            "BTR026",
            registering.nickname,
            show=registering.show_nickname,
            on={Back: "account"},
        ),
        Screen(
            "confirm",
            "BTR027",
            registering.confirm,
            show=registering.show_confirm,
            on={Back: "nickname", CodeSentAgain: "confirm", Locked: "locked"},
        ),
    ),
    finish="done",
    endings=("cancelled", "locked", "expired"),
)
PAYEE_RENAME = Journey(
    "payee-rename",
    screens=(Screen("rename", "BTR029", keeping.rename, show=keeping.show_kept),),
    finish="done",
    endings=("cancelled", "expired"),
)
PAYEE_REMOVE = Journey(
    "payee-remove",
    screens=(Screen("remove", "BTR030", keeping.remove, show=keeping.show_kept),),
    finish="done",
    endings=("cancelled", "expired"),
)

LIST = BankPage(
    "payees", "BTR021", "retail.payees/payees", "retail-transfers", keeping.payees, menu="settings"
)
REGISTERING = BankJourney(
    journey=PAYEE_REGISTER,
    path="payee-register",
    menu="settings",
    visit=RegisterVisit,
    service="retail-transfers",
    folder="retail.payees",
    begin=registering.begin,
    page_ids={"done": "BTR028", "cancelled": "BTR095", "locked": "BTR092", "expired": "BTR093"},
)
RENAMING = BankJourney(
    journey=PAYEE_RENAME,
    path="payee-rename",
    menu="settings",
    visit=KeptVisit,
    service="retail-transfers",
    folder="retail.payees",
    begin=keeping.begin,
    leads_to=keeping.to_list,
    page_ids={"cancelled": "BTR096", "expired": "BTR093"},
)
REMOVING = BankJourney(
    journey=PAYEE_REMOVE,
    path="payee-remove",
    menu="settings",
    visit=KeptVisit,
    service="retail-transfers",
    folder="retail.payees",
    begin=keeping.begin,
    leads_to=keeping.to_list,
    page_ids={"cancelled": "BTR097", "expired": "BTR093"},
)
