"""What customers ask for and others decide on: addresses by staff, direct debits by companies."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from madoguchi.address_changes import (
    AddressChangePorts,
    AddressChanges,
    AddressRequest,
    Declined,
    HandedOver,
    NoAnswer,
)
from madoguchi.core_bank.port import (
    AddressChange,
    AddressChangeAccepted,
    Call,
    CoreBank,
    Refusal,
    Refused,
    Unknown,
)
from madoguchi.direct_debits import DirectDebitPorts, DirectDebits, UtilitySimulator
from madoguchi.institutions import Institution
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.errors import must
from madoguchi.retail import telling_of_addresses, telling_of_direct_debits

if TYPE_CHECKING:
    from madoguchi.app.runtime import Runtime

PATIENCE = timedelta(seconds=20)
"""How long the worker waits for the core."""


@dataclass(frozen=True)
class AddressDesk:
    """Hands changes of address to the institution's core."""

    core_of: Callable[[Institution], CoreBank]
    institution_of: Callable[[str], Institution]
    clock: Clock

    async def hand_over(
        self, request: AddressRequest, idempotency_key: str
    ) -> HandedOver | Declined | NoAnswer:
        """Hand the request over; the same key gets the first answer again."""
        call = Call(
            institution=request.institution,
            correlation_id=request.reference,
            deadline=self.clock.now() + PATIENCE,
            idempotency_key=idempotency_key,
        )
        change = AddressChange(
            holder_id=request.holder_id,
            postal_code=request.address.postal_code,
            address=request.address.text,
            phone=request.address.phone,
        )
        core = self.core_of(self.institution_of(request.institution))
        answer = await core.request_address_change(call, change)
        match answer:
            case AddressChangeAccepted(reference):
                return HandedOver(reference)
            case Refused(Refusal.KEY_IN_FLIGHT) | Unknown():
                return NoAnswer()
            case Refused(code):
                return Declined(code.name.lower())
            case _:
                assert_never(answer)


def address_changes_of(runtime: "Runtime") -> AddressChanges:
    """Return the changes of address of a process."""
    return AddressChanges(
        AddressChangePorts(
            database=runtime.database,
            bank=AddressDesk(runtime.core_of, _institution_of(runtime), runtime.clock),
            tell=telling_of_addresses(runtime.notices, _institution_of(runtime)),
            log=runtime.log,
            keys=runtime.keys,
            entropy=runtime.entropy,
            clock=runtime.clock,
        )
    )


def direct_debits_of(runtime: "Runtime") -> DirectDebits:
    """Return the direct debits of a process: simulated companies in the demo, none yet elsewhere.

    One setting switches all invented billers on, those of bills and these.
    """
    simulated = runtime.settings.billers.simulator
    return DirectDebits(
        DirectDebitPorts(
            database=runtime.database,
            companies=UtilitySimulator(runtime.clock) if simulated else None,
            tell=telling_of_direct_debits(
                runtime.notices, runtime.templates.text, _institution_of(runtime)
            ),
            log=runtime.log,
            keys=runtime.keys,
            entropy=runtime.entropy,
            clock=runtime.clock,
        )
    )


def _institution_of(runtime: "Runtime") -> Callable[[str], Institution]:
    return lambda code: must(runtime.institutions.by_code(code), "an institution that is served")
