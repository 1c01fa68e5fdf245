"""The screens on which a direct debit is applied for, and an application withdrawn (RET-26)."""

from collections.abc import Mapping

from madoguchi.direct_debits import ApplicationState
from madoguchi.kernel.journey import Journey, Screen
from madoguchi.retail.ground import BankJourney, RetailServices
from madoguchi.retail.transfer.outcomes import Back, Locked
from madoguchi.retail.utilities import steps
from madoguchi.retail.utilities.companies import offered
from madoguchi.retail.utilities.outcomes import AskedAlready, TooLate
from madoguchi.retail.utilities.visit import UtilityVisit, WithdrawalVisit


async def begin(services: RetailServices, query: Mapping[str, str]) -> UtilityVisit | str:
    """Begin with nothing typed; where no company is offered, the list says so."""
    del query
    return UtilityVisit() if offered(services) else services.url("utilities")


async def begin_withdrawal(
    services: RetailServices, query: Mapping[str, str]
) -> WithdrawalVisit | str:
    """Begin for the application that the link names; where it has gone out, the list says so."""
    found = await services.ports.direct_debits.find(
        services.tx, services.institution.code, services.contract.id, query.get("application", "")
    )
    if found is None or found.state is not ApplicationState.APPLIED:
        return services.url("utilities")
    return WithdrawalVisit(application_id=found.id)


APPLICATION = Journey(
    "utility-application",
    screens=(
        Screen("company", "BUT002", steps.company, show=steps.show_company),
        Screen("details", "BUT003", steps.details, show=steps.show_details, on={Back: "company"}),
        Screen(
            "confirm",
            "BUT004",
            steps.confirm,
            show=steps.show_confirm,
            on={Back: "details", Locked: "locked", AskedAlready: "details"},
        ),
    ),
    finish="done",
    endings=("cancelled", "locked", "expired"),
)

WITHDRAWAL = Journey(
    "utility-withdrawal",
    screens=(
        Screen(
            "withdraw",
            "BUT006",
            steps.withdraw,
            show=steps.show_withdraw,
            on={TooLate: "too-late"},
        ),
    ),
    finish="withdrawn",
    endings=("cancelled", "too-late", "expired"),
)

UTILITY_APPLICATION = BankJourney(
    journey=APPLICATION,
    path="utility-application",
    menu="utilities",
    visit=UtilityVisit,
    service="retail-other",
    folder="retail.utilities",
    begin=begin,
    page_ids={"done": "BUT005", "cancelled": "BUT091", "locked": "BUT092", "expired": "BUT093"},
    views={"done": steps.show_done},
)

UTILITY_WITHDRAWAL = BankJourney(
    journey=WITHDRAWAL,
    path="utility-withdrawal",
    menu="utilities",
    visit=WithdrawalVisit,
    service="retail-other",
    folder="retail.utilities",
    begin=begin_withdrawal,
    page_ids={
        "withdrawn": "BUT007",
        "cancelled": "BUT094",
        "expired": "BUT095",
        "too-late": "BUT096",
    },
)
