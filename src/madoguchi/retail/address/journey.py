"""The screens on which a change of address is asked for, and withdrawn (RET-27)."""

from collections.abc import Mapping

from madoguchi.kernel.journey import Journey, Screen
from madoguchi.retail.address import steps
from madoguchi.retail.address.outcomes import OneOpen, TooLate
from madoguchi.retail.address.visit import AddressVisit, WithdrawalVisit
from madoguchi.retail.ground import BankJourney, RetailServices
from madoguchi.retail.transfer.outcomes import Back, Locked


async def begin(services: RetailServices, query: Mapping[str, str]) -> AddressVisit | str:
    """Begin with nothing typed; where a request is open, its state is shown instead."""
    del query
    found = await services.ports.address_changes.find_open(
        services.tx, services.institution.code, services.contract.id
    )
    return AddressVisit() if found is None else services.url("address")


async def begin_withdrawal(
    services: RetailServices, query: Mapping[str, str]
) -> WithdrawalVisit | str:
    """Begin for the open request; where there is none, the state page says how it stands."""
    del query
    found = await services.ports.address_changes.find_open(
        services.tx, services.institution.code, services.contract.id
    )
    return services.url("address") if found is None else WithdrawalVisit(request_id=found.id)


CHANGE = Journey(
    "address-change",
    screens=(
        Screen("postal-code", "BAD001", steps.postal_code, show=steps.show_postal_code),
        Screen(
            "address", "BAD002", steps.address, show=steps.show_address, on={Back: "postal-code"}
        ),
        Screen(
            "confirm",
            "BAD003",
            steps.confirm,
            show=steps.show_confirm,
            on={Back: "address", Locked: "locked", OneOpen: "open"},
        ),
    ),
    finish="done",
    endings=("cancelled", "locked", "open", "expired"),
)

WITHDRAWAL = Journey(
    "address-withdrawal",
    screens=(
        Screen(
            "withdraw",
            "BAD006",
            steps.withdraw,
            show=steps.show_withdraw,
            on={TooLate: "too-late"},
        ),
    ),
    finish="withdrawn",
    endings=("cancelled", "too-late", "expired"),
)

ADDRESS_CHANGE = BankJourney(
    journey=CHANGE,
    path="address-change",
    menu="settings",
    visit=AddressVisit,
    service="retail-other",
    folder="retail.address",
    begin=begin,
    page_ids={
        "done": "BAD004",
        "cancelled": "BAD091",
        "locked": "BAD092",
        "expired": "BAD093",
        "open": "BAD094",
    },
)

ADDRESS_WITHDRAWAL = BankJourney(
    journey=WITHDRAWAL,
    path="address-withdrawal",
    menu="settings",
    visit=WithdrawalVisit,
    service="retail-other",
    folder="retail.address",
    begin=begin_withdrawal,
    page_ids={
        "withdrawn": "BAD007",
        "cancelled": "BAD095",
        "expired": "BAD096",
        "too-late": "BAD097",
    },
)
