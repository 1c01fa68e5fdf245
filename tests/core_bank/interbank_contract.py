"""What every adapter of a core must do with other banks and bills (CORE-01, CORE-03).

Subclass `InterbankContract` with a `stage` fixture: it is the whole contract.
"""

from datetime import timedelta

import pytest

from madoguchi.core_bank import (
    AccountKind,
    BillPayee,
    Capability,
    CoreFailure,
    CoreUnavailable,
    Direction,
    EventKind,
    NoSuchPayee,
    PayeeName,
    PayeeNotOffered,
    Refusal,
    Refused,
    ReleaseReason,
    Settled,
    Unknown,
)
from tests.core_bank.contract import (
    BANK,
    OTHER_BANK,
    CoreBankContract,
    Stage,
    held,
    ledger_and_available,
    reading,
    transfer,
    writing,
)


@pytest.mark.requirement("CORE-01")
class InterbankContract(CoreBankContract):
    """The contract with tests for transfers that leave the institution."""

    async def test_offers(self, stage: Stage) -> None:
        """The core says that it pays other banks and bills."""
        offered = await stage.core.capabilities(reading(stage))
        assert {Capability.INTERBANK, Capability.BILL_PAYMENTS} <= offered

    @pytest.mark.requirement("RET-17")
    async def test_payee_name_at_another_bank(self, stage: Stage) -> None:
        """A name at another bank is told where that bank offers it; a silent network is a fault."""
        stage.network.names["9902", "001", AccountKind.ORDINARY, "7654321"] = "ﾚｲ ﾊﾅｺ"
        ask, kind = stage.core.payee_name, AccountKind.ORDINARY
        assert await ask(reading(stage), "9902", "001", kind, "7654321") == PayeeName("ﾚｲ ﾊﾅｺ")
        assert await ask(reading(stage), "9902", "001", kind, "7654322") == NoSuchPayee()
        assert await ask(reading(stage), "9903", "001", kind, "7654321") == PayeeNotOffered()
        stage.network.down = True
        with pytest.raises(CoreUnavailable) as raised:
            await ask(reading(stage), "9902", "001", kind, "7654321")
        assert raised.value.kind is CoreFailure.LINK_FAILED

    @pytest.mark.requirement("RET-17")
    async def test_another_bank_accepts(self, stage: Stage) -> None:
        """The order carries payee, amount and payer's name; the money leaves with its fee."""
        account = await stage.open_account(balance=10_000)
        hold = await held(stage, "k1", transfer(account, 3_000, fee=440))
        settled = await stage.core.settle(writing(stage, "k2"), hold.hold_id)
        assert isinstance(settled, Settled)
        (order,) = stage.network.effects
        assert (order.id, order.institution) == (hold.hold_id, BANK)
        assert (order.payee, order.amount) == (OTHER_BANK, 3_000)
        assert order.payer_name == "ﾐﾎﾝ ﾀﾛｳ"
        assert await stage.core.settle(writing(stage, "k2"), hold.hold_id) == settled
        assert stage.network.sends[hold.hold_id] == 1
        assert await ledger_and_available(stage, account) == (6_560, 6_560)

    @pytest.mark.requirement("RET-17")
    async def test_another_bank_refuses(self, stage: Stage) -> None:
        """A refusal gives the money back at once and is the answer for ever; nothing is booked."""
        account = await stage.open_account(balance=1_000)
        hold = await held(stage, "k1", transfer(account, 900, fee=100))
        stage.network.refuses = "no such account"
        no = Refused(Refusal.PAYEE_REFUSED)
        assert await stage.core.settle(writing(stage, "k2"), hold.hold_id) == no
        assert await ledger_and_available(stage, account) == (1_000, 1_000)
        stage.network.refuses = None
        assert await stage.core.settle(writing(stage, "k2"), hold.hold_id) == no
        assert await stage.core.inquire(reading(stage), "k2") == no
        ended = Refused(Refusal.ALREADY_REFUSED)
        assert await stage.core.settle(writing(stage, "k3"), hold.hold_id) == ended
        voided = ReleaseReason.VOIDED
        assert await stage.core.release(writing(stage, "k4"), hold.hold_id, voided) == ended
        assert stage.network.effects == []

    @pytest.mark.parametrize("switch", ["down", "silent"])
    @pytest.mark.parametrize("by", ["settle", "inquire"])
    async def test_another_bank_is_late(self, stage: Stage, switch: str, by: str) -> None:
        """Without an answer it is unknown; asked again the core finishes it, and it goes out once.

        Whether the order had arrived (silent) or not (down) makes no difference.
        """
        account = await stage.open_account(balance=1_000)
        hold = await held(stage, "k1", transfer(account, 600))
        setattr(stage.network, switch, True)
        for _ in range(2):
            unknown = await stage.core.settle(writing(stage, "k2"), hold.hold_id)
            assert unknown == Unknown("k2")
            assert await stage.core.inquire(reading(stage), "k2") == Unknown("k2")
        assert await ledger_and_available(stage, account) == (1_000, 400)
        setattr(stage.network, switch, False)
        if by == "settle":
            answer = await stage.core.settle(writing(stage, "k2"), hold.hold_id)
        else:
            found = await stage.core.inquire(reading(stage), "k2")
            assert isinstance(found, Settled)
            answer = found
        assert isinstance(answer, Settled)
        assert await stage.core.inquire(reading(stage), "k2") == answer
        assert len(stage.network.effects) == 1
        assert await ledger_and_available(stage, account) == (400, 400)

    async def test_nothing_else_while_in_flight(self, stage: Stage) -> None:
        """A hold that is out with the network can be neither released nor settled anew."""
        account = await stage.open_account(balance=1_000)
        end = stage.clock.now() + timedelta(hours=1)
        hold = await held(stage, "k1", transfer(account, 600, expires_at=end))
        stage.network.silent = True
        assert await stage.core.settle(writing(stage, "k2"), hold.hold_id) == Unknown("k2")
        core, no = stage.core, Refused(Refusal.SETTLE_IN_FLIGHT)
        assert await core.release(writing(stage, "k3"), hold.hold_id, ReleaseReason.VOIDED) == no
        assert await core.settle(writing(stage, "k4"), hold.hold_id) == no
        other = Refused(Refusal.KEY_USED_FOR_OTHER_CONTENT)
        assert await core.hold(writing(stage, "k2"), transfer(account, 1)) == other
        stage.clock.set(end)
        expired = ReleaseReason.EXPIRED
        assert await core.release(writing(stage, "k5"), hold.hold_id, expired) == no
        stage.network.silent = False
        assert isinstance(await core.settle(writing(stage, "k2"), hold.hold_id), Settled)
        assert await ledger_and_available(stage, account) == (400, 400)

    @pytest.mark.requirement("RET-17")
    async def test_a_bill(self, stage: Stage) -> None:
        """A bill is paid with its fee at once, without the network."""
        account = await stage.open_account(balance=1_000)
        bill = BillPayee(biller_code="99001", biller_name="見本市", payment_number="12345")
        stage.network.down = True
        hold = await held(stage, "k1", transfer(account, 700, to=bill, fee=10))
        settled = await stage.core.settle(writing(stage, "k2"), hold.hold_id)
        assert isinstance(settled, Settled)
        assert await stage.core.settle(writing(stage, "k2"), hold.hold_id) == settled
        assert await ledger_and_available(stage, account) == (290, 290)

    @pytest.mark.parametrize("was_known", [True, False], ids=["answered", "answer lost"])
    async def test_returned(self, stage: Stage, was_known: bool) -> None:
        """What comes back is credited once, without the fee, and told in the events."""
        account = await stage.open_account(balance=1_000)
        start = await self.events(stage, None)
        hold = await held(stage, "k1", transfer(account, 600, fee=100))
        stage.network.silent = not was_known
        await stage.core.settle(writing(stage, "k2"), hold.hold_id)
        stage.network.silent = False
        if not was_known:
            await stage.core.inquire(reading(stage), "k2")
        stage.network.give_back(BANK, hold.hold_id)
        stage.network.give_back(BANK, hold.hold_id)
        await stage.catch_up()
        await stage.catch_up()
        assert await ledger_and_available(stage, account) == (900, 900)
        line, *_ = (await self.page(stage, account)).transactions
        assert (line.direction, line.amount, line.remarks) == (Direction.IN, 600, "ﾌﾘｺﾐ ﾍﾝｷﾔｸ")
        events, _ = await self.events(stage, start[1])
        told = [(each.kind, each.account_id, each.hold_id, each.amount) for each in events]
        assert told == [(EventKind.TRANSFER_RETURNED, account.id, hold.hold_id, 600)]

    @pytest.mark.requirement("LINK-02")
    async def test_returned_to_a_moved_account(self, stage: Stage) -> None:
        """What comes back after a move goes to the account that follows."""
        account = await stage.open_account(balance=1_000)
        hold = await held(stage, "k1", transfer(account, 600))
        await stage.core.settle(writing(stage, "k2"), hold.hold_id)
        moved_to = await stage.move(account.id, "002", "7000001")
        stage.network.give_back(BANK, hold.hold_id)
        await stage.catch_up()
        after = await stage.core.balances(reading(stage), moved_to)
        assert after is not None
        assert after.ledger == 1_000
        assert await ledger_and_available(stage, account) == (0, 0)

    async def test_returned_to_a_closed_account(self, stage: Stage) -> None:
        """What comes back for a closed account is told, and does not stay on that account."""
        account = await stage.open_account(balance=600)
        hold = await held(stage, "k1", transfer(account, 600))
        await stage.core.settle(writing(stage, "k2"), hold.hold_id)
        await stage.close(account.id)
        start = await self.events(stage, None)
        stage.network.give_back(BANK, hold.hold_id)
        await stage.catch_up()
        assert await ledger_and_available(stage, account) == (0, 0)
        ((event,), _) = await self.events(stage, start[1])
        assert (event.kind, event.hold_id) == (EventKind.TRANSFER_RETURNED, hold.hold_id)
