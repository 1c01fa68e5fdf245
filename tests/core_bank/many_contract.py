"""What a core that moves many at once must do beside the contract (CORE-01).

Subclass `ManyContract` with a `stage` fixture.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from madoguchi.core_bank import (
    Account,
    AccountKind,
    Held,
    KeyedTransfer,
    MovesMany,
    Refusal,
    Refused,
    Settled,
    Transfer,
    Unknown,
)
from tests.core_bank.contract import (
    FAR_AWAY,
    Stage,
    ledger_and_available,
    reading,
    transfer,
    writing,
)


def keyed(key: str, wanted: Transfer) -> KeyedTransfer:
    """Return the transfer with the keys `<key>:hold` and `<key>:settle`."""
    return KeyedTransfer(hold_key=f"{key}:hold", settle_key=f"{key}:settle", transfer=wanted)


async def many(
    stage: Stage, transfers: Sequence[KeyedTransfer]
) -> Sequence[Settled | Refused | Unknown]:
    """Have the stage's core move many."""
    assert isinstance(stage.core, MovesMany)
    return await stage.core.transfer_many(reading(stage), transfers)


async def one(stage: Stage, each: KeyedTransfer) -> Settled | Refused | Unknown:
    """Hold and settle one by itself, with the same keys."""
    held = await stage.core.hold(writing(stage, each.hold_key), each.transfer)
    if not isinstance(held, Held):
        return held
    return await stage.core.settle(writing(stage, each.settle_key), held.hold_id)


@pytest.mark.requirement("CORE-01")
class ManyContract:
    """Many at once: the answers, keys and balances are those of one after the other."""

    async def people(self, stage: Stage, *balances: int) -> list[Account]:
        """Open an account with each balance."""
        return [
            await stage.open_account(f"{place:07}", pin=None, balance=balance)
            for place, balance in enumerate(balances, start=1)
        ]

    async def test_none(self, stage: Stage) -> None:
        """No transfers have no answers."""
        assert list(await many(stage, [])) == []

    async def test_each_is_moved_with_its_fee(self, stage: Stage) -> None:
        """All are moved with their fees, nothing stays held, and lines and numbers differ."""
        a, b = await self.people(stage, 10_000, 0)
        answers = await many(
            stage, [keyed(f"{n}", transfer(a, 100 + n, to=b, fee=10)) for n in range(3)]
        )
        settled = [answer for answer in answers if isinstance(answer, Settled)]
        assert len({each.transaction_id for each in settled}) == 3
        assert len({each.acceptance_number for each in settled}) == 3
        assert await ledger_and_available(stage, a) == (9_667, 9_667)
        assert await ledger_and_available(stage, b) == (303, 303)

    async def test_in_the_order_given(self, stage: Stage) -> None:
        """One may pay with what another before it brought, and not with what comes later."""
        a, b, c = await self.people(stage, 1_000, 0, 0)
        too_early = keyed("1", transfer(b, 500, to=c))
        brings = keyed("2", transfer(a, 700, to=b))
        answers = await many(stage, [too_early, brings, keyed("3", transfer(b, 500, to=c))])
        assert answers[0] == Refused(Refusal.NOT_ENOUGH_FUNDS)
        assert [type(answer) for answer in answers[1:]] == [Settled, Settled]
        balances = [await ledger_and_available(stage, each) for each in (a, b, c)]
        assert balances == [(300, 300), (200, 200), (500, 500)]

    async def test_over_the_balance(self, stage: Stage) -> None:
        """Of one account's transfers those go that the balance and the fees cover, in order."""
        a, b = await self.people(stage, 1_000, 0)
        amounts = (400, 700, 401, 100, 1)
        answers = await many(stage, [keyed(f"{n}", transfer(a, n, to=b, fee=50)) for n in amounts])
        went = [n for n, answer in zip(amounts, answers, strict=True) if moved_it(answer)]
        assert went == [400, 401, 1]
        assert await ledger_and_available(stage, a) == (48, 48)

    async def test_what_is_held_is_not_spent(self, stage: Stage) -> None:
        """Money that a pending hold has set aside is not moved."""
        a, b = await self.people(stage, 1_000, 0)
        await stage.core.hold(writing(stage, "k"), transfer(a, 800, to=b))
        answers = await many(
            stage, [keyed("1", transfer(a, 201, to=b)), keyed("2", transfer(a, 200, to=b))]
        )
        assert answers[0] == Refused(Refusal.NOT_ENOUGH_FUNDS)
        assert moved_it(answers[1])
        assert await ledger_and_available(stage, a) == (800, 0)

    async def test_refusals_are_those_of_one(self, stage: Stage) -> None:
        """What is refused in the middle is refused as by itself, and keeps nobody from moving."""
        a, b, closed = await self.people(stage, 10_000, 0, 0)
        deposit = await stage.open_account("0000009", kind=AccountKind.TIME_DEPOSIT, pin=None)
        old = await stage.open_account("0000008", pin=None)
        await stage.move(old.id, "002", "0000008")
        await stage.close(closed.id)
        bad = (
            transfer(a, 0, to=b), transfer(a, 10**12, to=b), transfer(a, 1, to=b, fee=-1),
            transfer(a, 1, to=a), transfer("nobody", 1, to=b), transfer(closed, 1, to=b),
            transfer(old, 1, to=b), transfer(deposit, 1, to=b), transfer(a, 1, to=closed),
            transfer(a, 1, to=old), transfer(a, 1, to=deposit), transfer(a, 10_001, to=b),
        )  # fmt: skip
        batch = [keyed("first", transfer(a, 1, to=b))]
        batch += [keyed(f"bad {n}", each) for n, each in enumerate(bad)]
        batch += [keyed("last", transfer(a, 1, to=b))]
        answers = await many(stage, batch)
        assert moved_it(answers[0])
        assert moved_it(answers[-1])
        for n, each in enumerate(bad):
            alone = await stage.core.hold(writing(stage, f"alone {n}"), each)
            assert isinstance(alone, Refused)
            assert answers[n + 1] == alone, each
        assert await ledger_and_available(stage, a) == (9_998, 9_998)

    async def test_the_keys_are_those_of_one(self, stage: Stage) -> None:
        """What was done together is answered alone, by inquiry and together again: the same."""
        a, b = await self.people(stage, 1_000, 0)
        batch = [keyed("1", transfer(a, 600, to=b)), keyed("2", transfer(a, 600, to=b))]
        first = await many(stage, batch)
        assert list(await many(stage, batch)) == list(first)
        assert [await one(stage, each) for each in batch] == list(first)
        assert await stage.core.inquire(reading(stage), "1:settle") == first[0]
        assert await stage.core.inquire(reading(stage), "2:hold") == first[1]
        await stage.pay_in(a.id, 1_000)
        assert list(await many(stage, batch)) == list(first)
        assert await ledger_and_available(stage, b) == (600, 600)

    async def test_what_was_begun_alone(self, stage: Stage) -> None:
        """What was held or settled by itself is not moved again, and comes to its end alone."""
        a, b = await self.people(stage, 1_000, 0)
        settled, only_held = (keyed(key, transfer(a, 100, to=b)) for key in ("1", "2"))
        fresh = keyed("3", transfer(a, 100, to=b))
        first = await one(stage, settled)
        await stage.core.hold(writing(stage, only_held.hold_key), only_held.transfer)
        answers = await many(stage, [settled, only_held, fresh])
        assert answers[0] == first
        assert isinstance(answers[1], Settled | Unknown)
        assert moved_it(answers[2])
        assert moved_it(await one(stage, only_held))
        assert await ledger_and_available(stage, a) == (700, 700)

    async def test_a_key_twice(self, stage: Stage) -> None:
        """A key that comes twice moves money once, whatever the second one says."""
        a, b = await self.people(stage, 1_000, 0)
        first, other = (keyed("1", transfer(a, amount, to=b)) for amount in (100, 200))
        answers = await many(stage, [first, first, other])
        assert moved_it(answers[0])
        assert answers[1] == answers[0]
        assert isinstance(answers[2], Refused | Unknown)
        assert await one(stage, other) == Refused(Refusal.KEY_USED_FOR_OTHER_CONTENT)
        assert await many(stage, [other]) == [Refused(Refusal.KEY_USED_FOR_OTHER_CONTENT)]
        assert await ledger_and_available(stage, a) == (900, 900)

    async def test_a_settle_key_of_something_else(self, stage: Stage) -> None:
        """Where the second key was used for another thing, nothing is moved together."""
        a, b = await self.people(stage, 1_000, 0)
        done = keyed("1", transfer(a, 100, to=b))
        await many(stage, [done])
        wrong = KeyedTransfer(
            hold_key="2:hold", settle_key="1:settle", transfer=transfer(a, 100, to=b)
        )
        (answer,) = await many(stage, [wrong])
        assert isinstance(answer, Unknown)
        assert await one(stage, wrong) == Refused(Refusal.KEY_USED_FOR_OTHER_CONTENT)
        assert (await ledger_and_available(stage, a))[0] == 900

    @pytest.mark.parametrize("expires_at", ["now", "before"])
    async def test_too_late(self, stage: Stage, expires_at: str) -> None:
        """What may no longer be settled is not moved; by itself it is refused for that."""
        a, b = await self.people(stage, 1_000, 0)
        end: datetime = stage.clock.now() - timedelta(seconds=expires_at == "before")
        late = keyed("1", transfer(a, 100, to=b, expires_at=end))
        in_time = keyed("2", transfer(a, 100, to=b, expires_at=FAR_AWAY))
        answers = await many(stage, [late, in_time])
        assert isinstance(answers[0], Unknown)
        assert moved_it(answers[1])
        assert await one(stage, late) == Refused(Refusal.HOLD_EXPIRED)
        assert (await ledger_and_available(stage, a))[0] == 900


def moved_it(answer: object) -> bool:
    """Return whether the money moved."""
    return isinstance(answer, Settled)
