"""What the mails on bills are given to say."""

from types import SimpleNamespace
from typing import Any

import pytest

from madoguchi.bill_payments import mails
from madoguchi.notices import Notice
from tests.bill_payments.conftest import BillWorld, numbers


class Kept:
    """Keeps what would be mailed."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    async def send(self, _tx: object, notice: Notice) -> None:
        """Keep it."""
        self.notices.append(notice)


@pytest.mark.requirement("RET-25", "RET-31")
@pytest.mark.parametrize("tell", [mails.tell_paid, mails.tell_failed])
async def test_the_debited_account_is_named_by_its_end(tell: Any, world: BillWorld) -> None:
    """Whoever has several accounts reads which one paid; the mail never has the whole number."""
    payment = await world.pay(numbers())
    kept = Kept()
    ports: Any = SimpleNamespace(notices=kept, texts=lambda key, **_values: key)
    tx: Any = None
    await tell(tx, ports, world.institution, payment)
    [notice] = kept.notices
    number = payment.payer.number
    assert notice.values["payer"] == f"transfer.kind.ordinary ****{number[-3:]}"
    assert number not in str(notice.values)
