"""A customer before the screens on which bills are paid, with the invented billers behind."""

from dataclasses import replace
from typing import Any

import pytest

from madoguchi.bill_payments import BillerNetwork, BillerSimulator
from tests.support.retail_world import RetailWorld
from tests.support.transfer_walk import Walk

ACCOUNT = "001-ordinary-1234567"


def numbers(ending: str = "00", **more: str) -> dict[str, str]:
    """Return what is typed of an invented bill; the ending says how it behaves."""
    return {
        "biller_code": "99001",
        "payment_number": f"12345678901234{ending}",
        "confirmation_number": "123456",
        "category": "",
        **more,
    }


def use_network(bank: RetailWorld, network: BillerNetwork | None) -> None:
    """Have bills paid through this network."""
    payments: Any = bank.runtime.banking.bill_payments
    payments._ports = replace(payments._ports, network=network)
    payments._executor._ports = payments._ports


class BillWalk(Walk):
    """A customer who pays a bill."""

    async def to_bill(self, ending: str = "00", **more: str) -> None:
        """Begin, and look a bill up."""
        await self.open("bill-payment")
        await self.send(**numbers(ending, **more))
        assert self.screen == "bill", self.text

    async def to_pay(self, ending: str = "00") -> None:
        """Begin, up to the confirmation."""
        await self.to_bill(ending)
        await self.send(from_account=ACCOUNT)
        assert self.screen == "confirm", self.text

    async def payments(self) -> list[dict[str, Any]]:
        """Return the payments written down, oldest first."""
        return await self.bank.rows(
            "SELECT id, state, amount, reason FROM bill_payments_payment ORDER BY made_at, id"
        )


@pytest.fixture
async def walk(bank: RetailWorld) -> BillWalk:
    """A customer who has signed in; bills can be paid."""
    use_network(bank, BillerSimulator(bank.database, bank.clock))
    found = await BillWalk.come(bank)
    assert isinstance(found, BillWalk)
    return found
