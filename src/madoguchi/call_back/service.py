"""The use cases of the call-back, in the caller's transaction, exact over processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from madoguchi.call_back import store
from madoguchi.call_back.outcomes import (
    Ambiguous,
    Confirmed,
    Matched,
    NotMatched,
    Reason,
    Status,
    TooLate,
    Waiting,
)
from madoguchi.call_back.rules import Attempt, State, judge, numbers_to_draw_from, status_of
from madoguchi.kernel.entropy import Entropy
from madoguchi.kernel.errors import must
from madoguchi.kernel.phone import to_e164
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Keys, keyed_hash, keyed_hashes
from madoguchi.plumbing.telephone import IncomingCall


@dataclass(frozen=True, slots=True)
class Opening:
    """What an attempt is begun with.

    `owner` is the visit's id, `phone` the one to be called from, `numbers` the institution's
    verification numbers (settings), all as people write them; `seconds` how long a call counts.
    """

    institution: str
    owner: str
    phone: str
    numbers: Sequence[str]
    seconds: int


@dataclass(frozen=True, slots=True)
class UnmatchedCall:
    """A call that confirmed nobody, as staff see it: who called is not kept."""

    gateway: str
    call_id: str
    called: str
    arrived_at: datetime
    reason: str


class CallBack:
    """The rule book of the call from the registered phone."""

    def __init__(self, keys: Keys, entropy: Entropy) -> None:
        self._keys = keys
        self._entropy = entropy

    async def begin(self, tx: Tx, opening: Opening, now: datetime) -> Attempt:
        """Show a number drawn at random, or the one that this owner is shown already (LINK-20).

        A reload, a second tab or a double click gets the same number, and the time does not start
        anew; once it is over, or the attempt used up or refused, the next call here begins another.
        """
        phone = must(to_e164(opening.phone), "a phone that the screen before has checked")
        hashes = self._hashes(phone)
        key = (opening.institution, opening.owner)
        await tx.execute(store.LOCK_PHONE, hashes[-1])
        number = await self._draw(tx, opening, hashes, now)
        expires_at = now + timedelta(seconds=opening.seconds)
        await tx.execute(
            store.OPEN_ATTEMPT, *key, self._hash(phone), number, now, expires_at, hashes
        )
        return await tx.one(Attempt, store.ATTEMPT, *key)

    async def current(self, tx: Tx, institution: str, owner: str) -> Attempt | None:
        """Return the owner's latest attempt, over or not, for showing the screen again."""
        return await tx.maybe(Attempt, store.ATTEMPT, institution, owner)

    async def status(self, tx: Tx, institution: str, owner: str, now: datetime) -> Status:
        """Tell how the owner's attempt stands; changes nothing."""
        return status_of(await self.current(tx, institution, owner), now)

    async def spend(self, tx: Tx, institution: str, owner: str, now: datetime) -> Status:
        """Use the attempt up if it is `Confirmed`, which is told only once (確定する)."""
        attempt = await tx.maybe(Attempt, store.ATTEMPT_TO_CHANGE, institution, owner)
        status = status_of(attempt, now)
        match status:
            case Confirmed():
                await tx.execute(store.SET_STATE, institution, owner, State.SPENT)
            case Waiting() | TooLate() | Ambiguous():
                pass
            case _:
                assert_never(status)
        return status

    async def record_call(self, tx: Tx, call: IncomingCall, now: datetime) -> Matched | NotMatched:
        """Take a gateway's call: once, and for one attempt at most (LINK-22)."""
        caller_hash = self._hash(call.caller) if call.caller else None
        new = await tx.value(
            store.RECORD_CALL, call.gateway, call.call_id, call.called, caller_hash,
            call.arrived_at, now,
        )  # fmt: skip
        if new is None:
            return NotMatched(Reason.REPEATED)
        outcome = await self._match(tx, call)
        reached, word = (
            ((outcome.institution, outcome.owner), "matched")
            if isinstance(outcome, Matched)
            else ((None, None), str(outcome.reason))
        )
        await tx.execute(store.SET_OUTCOME, call.gateway, call.call_id, word, *reached)
        return outcome

    async def unmatched(
        self, tx: Tx, numbers: Sequence[str], since: datetime, *, limit: int = 200
    ) -> list[UnmatchedCall]:
        """Return calls to an institution's `numbers` that confirmed nobody, newest first."""
        called = [must(to_e164(number), "a verification number") for number in numbers]
        return await tx.many(UnmatchedCall, store.UNMATCHED, called, since, limit)

    async def purge(self, tx: Tx, before: datetime) -> int:
        """Delete attempts that ended and calls that came before `before`; return how many.

        Keep a day at least: gateways may repeat a call until then.
        """
        attempts = await tx.execute(store.PURGE_ATTEMPTS, before)
        return attempts + await tx.execute(store.PURGE_CALLS, before)

    async def _draw(self, tx: Tx, opening: Opening, hashes: Sequence[bytes], now: datetime) -> str:
        numbers = list(
            dict.fromkeys(
                must(to_e164(number), "a verification number") for number in opening.numbers
            )
        )
        must(bool(numbers), "at least one verification number in the institution's settings")
        taken = await tx.many(
            _Number, store.NUMBERS_TAKEN, hashes, now, opening.institution, opening.owner
        )
        free = numbers_to_draw_from(numbers, [row.number for row in taken])
        return self._entropy.draw(free)

    async def _match(self, tx: Tx, call: IncomingCall) -> Matched | NotMatched:
        if call.caller is None:
            return NotMatched(Reason.WITHHELD)
        attempts = await tx.many(Attempt, store.ATTEMPTS_OF_PHONE, self._hashes(call.caller))
        fitting = judge(attempts, call.called, call.arrived_at)
        if isinstance(fitting, Reason):
            return NotMatched(fitting)
        state = State.CALLED if len(fitting) == 1 else State.AMBIGUOUS
        for attempt in fitting:
            await tx.execute(store.SET_STATE, attempt.institution, attempt.owner, state)
        if state is State.AMBIGUOUS:
            return NotMatched(Reason.AMBIGUOUS)
        return Matched(fitting[0].institution, fitting[0].owner)

    def _hash(self, phone: str) -> bytes:
        return keyed_hash(self._keys, "index", "call_back", phone)

    def _hashes(self, phone: str) -> tuple[bytes, ...]:
        """Return the phone's hash under every version of the key, newest first."""
        return keyed_hashes(self._keys, "index", "call_back", phone)


@dataclass(frozen=True, slots=True)
class _Number:
    number: str
