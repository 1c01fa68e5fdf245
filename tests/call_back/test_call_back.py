"""The call-back on PostgreSQL: who is confirmed by which call, also all at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from madoguchi.call_back import (
    Ambiguous,
    Attempt,
    CallBack,
    Confirmed,
    Matched,
    NotMatched,
    Opening,
    Reason,
    Status,
    TooLate,
    Waiting,
)
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.telephone import IncomingCall
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys

PHONE, OTHER_PHONE = "09000001234", "09000005678"
NUMBERS = ("0120-000-001", "0120-000-002", "0120-000-003")
ONE = NUMBERS[:1]


class Counter:
    """A call-back with its database and clock, each use in a transaction of its own."""

    def __init__(self, database: Database, clock: SettableClock, keys: FixedKeys) -> None:
        self.database, self.clock = database, clock
        self.call_back = CallBack(keys, SeededEntropy())
        self.calls = 0

    async def begin(
        self,
        owner: str = "visit",
        phone: str = PHONE,
        numbers: tuple[str, ...] = NUMBERS,
        institution: str = "9901",
    ) -> Attempt:
        opening = Opening(institution, owner, phone, numbers, 120)
        async with self.database.transaction() as tx:
            return await self.call_back.begin(tx, opening, self.clock.now())

    def calling(self, called: str, caller: str | None = "+819000001234") -> IncomingCall:
        self.calls += 1
        now = self.clock.now()
        return IncomingCall("trunk", f"call-{self.calls}", called, caller, now, now)

    async def record(self, call: IncomingCall) -> Matched | NotMatched:
        async with self.database.transaction() as tx:
            return await self.call_back.record_call(tx, call, self.clock.now())

    async def status(self, owner: str = "visit", institution: str = "9901") -> Status:
        async with self.database.transaction() as tx:
            return await self.call_back.status(tx, institution, owner, self.clock.now())

    async def spend(self, owner: str = "visit", institution: str = "9901") -> Status:
        async with self.database.transaction() as tx:
            return await self.call_back.spend(tx, institution, owner, self.clock.now())


@pytest.fixture
def counter(database: Database, clock: SettableClock, keys: FixedKeys) -> Counter:
    """A call-back at nine in the morning."""
    return Counter(database, clock, keys)


@pytest.fixture
async def second(counter: Counter, keys: FixedKeys) -> AsyncIterator[Counter]:
    """Another process on the same database: a pool of its own."""
    database = await Database.connect(counter.database.url)
    yield Counter(database, counter.clock, keys)
    await database.close()


@pytest.mark.requirement("LINK-20", "LINK-22", "LINK-23")
async def test_a_call_from_the_phone_to_the_number_confirms_once(counter: Counter) -> None:
    """Waiting, then confirmed by the right call, then used up by one press of the button."""
    attempt = await counter.begin()
    assert attempt.shown_number in {"0120000001", "0120000002", "0120000003"}
    assert await counter.status() == Waiting(120)
    assert await counter.spend() == Waiting(120)
    counter.clock.advance(30)
    assert await counter.record(counter.calling(attempt.number)) == Matched("9901", "visit")
    assert await counter.status() == Confirmed()
    assert await counter.spend() == Confirmed()
    assert await counter.spend() == TooLate()


@pytest.mark.requirement("LINK-20")
async def test_every_number_is_drawn_some_time(counter: Counter) -> None:
    """The number is drawn at random for each attempt, among all of the institution's."""
    shown = {(await counter.begin(f"v{n}", f"0900000{n:04}")).shown_number for n in range(30)}
    assert shown == {"0120000001", "0120000002", "0120000003"}


@pytest.mark.requirement("LINK-07", "LINK-21")
async def test_a_reload_changes_neither_number_nor_time(counter: Counter) -> None:
    """An owner sees the same attempt until it ends; then, or with another phone, a new one."""
    first = await counter.begin()
    counter.clock.advance(60)
    assert await counter.begin() == first
    other = await counter.begin(phone=OTHER_PHONE)
    assert other.shown_at == counter.clock.now()
    counter.clock.advance(120)
    assert await counter.begin(phone=OTHER_PHONE) == other
    counter.clock.advance(1)
    assert (await counter.begin(phone=OTHER_PHONE)).shown_at == counter.clock.now()


@pytest.mark.requirement("LINK-07")
async def test_a_reload_after_the_call_stays_confirmed(counter: Counter) -> None:
    """Showing the screen again does not take a confirmation back."""
    attempt = await counter.begin()
    await counter.record(counter.calling(attempt.number))
    await counter.begin()
    assert await counter.status() == Confirmed()


@pytest.mark.requirement("LINK-24")
async def test_after_the_time_the_button_is_void(counter: Counter) -> None:
    """Even who called in time is too late to confirm after 120 seconds."""
    attempt = await counter.begin()
    await counter.record(counter.calling(attempt.number))
    counter.clock.advance(120)
    assert await counter.status() == Confirmed()
    counter.clock.advance(0.001)
    assert await counter.status() == TooLate()
    assert await counter.spend() == TooLate()


@pytest.mark.requirement("LINK-22")
@pytest.mark.parametrize(
    ("after_seconds", "caller", "number", "reason"),
    [
        (-0.001, "+819000001234", "+81120000001", Reason.TOO_EARLY),
        (120.001, "+819000001234", "+81120000001", Reason.TOO_LATE),
        (10, None, "+81120000001", Reason.WITHHELD),
        (10, "+819000005678", "+81120000001", Reason.NOBODY),
        (10, "+819000001234", "+81120000002", Reason.OTHER_NUMBER),
    ],
)
async def test_a_call_that_is_not_exactly_right_confirms_nobody(
    counter: Counter, after_seconds: float, caller: str | None, number: str, reason: Reason
) -> None:
    """Too early, too late, withheld, of another phone, to another number: nobody is confirmed."""
    await counter.begin(numbers=ONE)
    counter.clock.advance(after_seconds)
    assert await counter.record(counter.calling(number, caller)) == NotMatched(reason)
    counter.clock.advance(-after_seconds)
    assert await counter.status() == Waiting(120)


@pytest.mark.requirement("LINK-22")
async def test_the_call_is_judged_by_its_arrival_not_by_its_recording(counter: Counter) -> None:
    """A call that began before the screen was shown does not count, though told afterwards."""
    early = counter.calling("+81120000001")
    counter.clock.advance(3)
    await counter.begin(numbers=ONE)
    counter.clock.advance(4)
    assert await counter.record(early) == NotMatched(Reason.TOO_EARLY)


@pytest.mark.requirement("LINK-22")
async def test_people_with_the_same_number_shown_do_not_mix(counter: Counter) -> None:
    """Each phone confirms its own attempt, at the same institution and at another one."""
    attempt = await counter.begin("a", PHONE, ONE)
    await counter.begin("b", OTHER_PHONE, ONE)
    await counter.begin("a", OTHER_PHONE, NUMBERS[1:2], institution="9902")
    assert await counter.record(counter.calling(attempt.number)) == Matched("9901", "a")
    assert await counter.status("b") == Waiting(120)
    assert await counter.status("a", "9902") == Waiting(120)


@pytest.mark.requirement("LINK-22")
@pytest.mark.parametrize("institution", ["9901", "9902"])
async def test_two_attempts_of_one_phone_on_one_number_are_both_refused(
    counter: Counter, institution: str
) -> None:
    """A call that could be for two visits is nobody's, over institutions too."""
    await counter.begin("a", numbers=ONE)
    attempt = await counter.begin("b", numbers=ONE, institution=institution)
    counter.clock.advance(5)
    call = counter.calling(attempt.number)
    assert await counter.record(call) == NotMatched(Reason.AMBIGUOUS)
    assert await counter.status("a") == Ambiguous()
    assert await counter.spend("b", institution) == Ambiguous()
    assert await counter.record(counter.calling(attempt.number)) == NotMatched(Reason.USED)


@pytest.mark.requirement("LINK-20", "LINK-25")
async def test_attempts_of_one_phone_show_different_numbers(counter: Counter) -> None:
    """Who closed the browser and comes back at once is shown another number, and can call it."""
    await counter.begin("a")
    attempt = await counter.begin("b")
    third = await counter.begin("c", institution="9902")
    assert await counter.record(counter.calling(attempt.number)) == Matched("9901", "b")
    assert await counter.record(counter.calling(third.number)) == Matched("9902", "c")
    assert await counter.status("a") == Waiting(120)


@pytest.mark.requirement("LINK-22")
async def test_a_call_told_twice_counts_once(counter: Counter) -> None:
    """A repeated Call-ID confirms no second attempt, even of the same phone and number."""
    attempt = await counter.begin("a", numbers=ONE)
    call = counter.calling(attempt.number)
    assert await counter.record(call) == Matched("9901", "a")
    counter.clock.advance(1)
    await counter.begin("b", numbers=ONE)
    again = replace(call, arrived_at=counter.clock.now())
    assert await counter.record(again) == NotMatched(Reason.REPEATED)
    assert await counter.status("b") == Waiting(120)
    elsewhere = replace(again, gateway="webhook")
    assert await counter.record(elsewhere) == Matched("9901", "b")


@pytest.mark.requirement("INST-04")
async def test_an_attempt_cannot_be_used_at_another_institution(counter: Counter) -> None:
    """The same owner id at another institution sees and spends nothing."""
    attempt = await counter.begin()
    await counter.record(counter.calling(attempt.number))
    assert await counter.spend(institution="9902") == TooLate()
    assert await counter.spend() == Confirmed()


@pytest.mark.requirement("LINK-22")
async def test_calls_at_once_over_two_processes_confirm_one_attempt_once(
    counter: Counter, second: Counter
) -> None:
    """Ten different calls for one attempt, five in each process: one is matched."""
    attempt = await counter.begin()
    calls = [counter.calling(attempt.number) for _ in range(10)]
    outcomes = await asyncio.gather(
        *(process.record(call) for process, call in zip([counter, second] * 5, calls, strict=True))
    )
    assert outcomes.count(Matched("9901", "visit")) == 1
    assert outcomes.count(NotMatched(Reason.USED)) == 9


@pytest.mark.requirement("LINK-22")
@pytest.mark.parametrize("owners", [("a",), ("a", "b")])
async def test_a_call_waits_for_the_one_that_is_not_yet_committed(
    counter: Counter, second: Counter, owners: tuple[str, ...]
) -> None:
    """A second call is judged only after the first one's commit, also over processes."""
    for owner in owners:
        attempt = await counter.begin(owner, numbers=ONE)
    call, later = counter.calling(attempt.number), counter.calling(attempt.number)
    async with counter.database.transaction() as tx:
        first = await counter.call_back.record_call(tx, call, counter.clock.now())
        other = asyncio.create_task(second.record(later))
        assert not (await asyncio.wait([other], timeout=0.3))[0]
    expected = Matched("9901", "a") if len(owners) == 1 else NotMatched(Reason.AMBIGUOUS)
    assert first == expected
    assert await other == NotMatched(Reason.USED)


@pytest.mark.requirement("LINK-22")
async def test_one_call_told_at_once_over_two_processes_counts_once(
    counter: Counter, second: Counter
) -> None:
    """A gateway that repeats itself in parallel is believed once."""
    attempt = await counter.begin()
    call = counter.calling(attempt.number)
    outcomes = await asyncio.gather(*(process.record(call) for process in [counter, second] * 5))
    assert outcomes.count(Matched("9901", "visit")) == 1
    assert outcomes.count(NotMatched(Reason.REPEATED)) == 9


@pytest.mark.requirement("LINK-22")
async def test_rivals_called_at_once_over_two_processes_are_never_confirmed(
    counter: Counter, second: Counter
) -> None:
    """However many calls come at once, two attempts on one number end refused, both."""
    await counter.begin("a", numbers=ONE)
    attempt = await counter.begin("b", numbers=ONE)
    calls = [counter.calling(attempt.number) for _ in range(6)]
    outcomes = await asyncio.gather(
        *(process.record(call) for process, call in zip([counter, second] * 3, calls, strict=True))
    )
    assert not any(isinstance(outcome, Matched) for outcome in outcomes)
    assert await counter.status("a") == await second.status("b") == Ambiguous()


@pytest.mark.requirement("LINK-07")
async def test_pressing_at_once_in_two_processes_spends_once(
    counter: Counter, second: Counter
) -> None:
    """A double click goes on once."""
    attempt = await counter.begin()
    await counter.record(counter.calling(attempt.number))
    outcomes = await asyncio.gather(*(process.spend() for process in [counter, second] * 5))
    assert outcomes.count(Confirmed()) == 1


@pytest.mark.requirement("LINK-07", "LINK-20")
async def test_beginning_at_once_in_two_processes_gives_one_attempt(
    counter: Counter, second: Counter
) -> None:
    """Two tabs of one visit show one number; two visits of one phone show two."""
    same = await asyncio.gather(*(process.begin() for process in [counter, second] * 4))
    assert len(set(same)) == 1
    visits = await asyncio.gather(counter.begin("x", OTHER_PHONE), second.begin("y", OTHER_PHONE))
    assert visits[0].number != visits[1].number


@pytest.mark.requirement("SEC-04")
async def test_a_key_changed_between_screen_and_call_loses_nobody(
    counter: Counter, keys: FixedKeys
) -> None:
    """Attempts hashed under the older key are still found, shown again and counted as rivals."""
    attempt = await counter.begin()
    keys.rotate("index")
    assert await counter.begin() == attempt
    assert (await counter.begin("other")).number != attempt.number
    assert await counter.record(counter.calling(attempt.number)) == Matched("9901", "visit")


@pytest.mark.requirement("SEC-03")
async def test_no_phone_is_kept_in_the_clear(counter: Counter) -> None:
    """The tables hold keyed hashes of phones, nothing that can be read."""
    attempt = await counter.begin()
    await counter.record(counter.calling(attempt.number))
    async with counter.database.transaction() as tx:
        rows = await tx.value("SELECT string_agg(a::text, '') FROM call_back_attempt a")
        calls = await tx.value("SELECT string_agg(c::text, '') FROM call_back_call c")
    assert "9000001234" not in rows + calls


async def test_staff_see_calls_that_confirmed_nobody_until_they_are_purged(
    counter: Counter,
) -> None:
    """The reason of each such call to the institution's numbers is kept for a time."""
    attempt = await counter.begin(numbers=ONE)
    started = counter.clock.now()
    await counter.record(counter.calling(attempt.number, None))
    await counter.record(counter.calling("+81120999999"))
    await counter.record(counter.calling(attempt.number))
    counter.clock.advance(1)
    await counter.record(counter.calling(attempt.number))
    async with counter.database.transaction() as tx:
        seen = await counter.call_back.unmatched(tx, ONE, started)
        assert [call.reason for call in seen] == ["used", "withheld"]
        end = counter.clock.now() + timedelta(days=1)
        assert await counter.call_back.purge(tx, end) == 5
        assert await counter.call_back.unmatched(tx, ONE, started) == []


async def test_an_institution_without_numbers_is_a_fault(counter: Counter) -> None:
    """Settings without a verification number do not pass unnoticed."""
    with pytest.raises(BrokenInvariant):
        await counter.begin(numbers=())
