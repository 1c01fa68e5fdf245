"""Executing a transfer: claimed in the database, moved by the core, the result written down.

No transaction is open while the core is asked. Whoever comes may execute, also several at once and
again after a crash anywhere: the claim is final, the core answers each key once, and the result is
written by the first to have it.
"""

from datetime import datetime, timedelta
from functools import partial

from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import Done, Job, Kind, Outcome, Retry, Together
from madoguchi.plumbing.observability import get_logger
from madoguchi.service_hours import Open, is_open
from madoguchi.transfers import rules, store
from madoguchi.transfers.asking import Moved, NotKnown, NotMoved, ask
from madoguchi.transfers.beginning import JUST_NOW, NOT_BEGUN, SERVICE, missed
from madoguchi.transfers.ending import tell_ends
from madoguchi.transfers.executing_many import MOST_TOGETHER, Many
from madoguchi.transfers.model import Transfer, TransferState
from madoguchi.transfers.ports import TransfersPorts
from madoguchi.transfers.scheduling import KIND

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)
MOST_ATTEMPTS = 10_000
"""Over a month of five-minute pauses: an unknown answer is never given up by itself."""
WAIT_FOR_HOURS = timedelta(minutes=5)
"""How long a reservation waits to look again whether the service is open."""

log = get_logger(__name__)


class Executor:
    """Executes transfers, for the web right after the commit and for the worker."""

    def __init__(self, ports: TransfersPorts) -> None:
        self._ports = ports

    def kind(self) -> Kind:
        """Return the kind of job: running it twice does no harm."""
        many = Together(MOST_TOGETHER, Many(self._ports).handle) if self._ports.together else None
        return Kind(
            KIND, self._handle, "again", max_attempts=MOST_ATTEMPTS, first_pause=FIRST_PAUSE,
            longest_pause=LONGEST_PAUSE, together=many,
        )  # fmt: skip

    async def execute(self, institution_code: str, transfer_id: str) -> Transfer:
        """Move the money once, where it is time; return how the transfer stands."""
        institution = must(self._ports.institution_of(institution_code), "the institution")
        transfer, answer = await self._move(institution, transfer_id)
        if answer is None:
            return transfer
        async with self._ports.database.transaction() as tx:
            return await self._finish(tx, institution, transfer, answer)

    async def _handle(self, job: Job) -> Outcome:
        """Execute it for the worker: the result is written by the commit that marks the job."""
        if job.payload.get("single_try"):
            return await self._try_once(job)
        institution = must(self._ports.institution_of(job.institution), "the institution")
        transfer, answer = await self._move(institution, job.payload["transfer"])
        if answer is not None:
            return Done(partial(self._write, institution, transfer, answer))
        if transfer.is_final:
            return Done()
        if transfer.state is TransferState.EXECUTING:
            return Retry("the core has not answered")
        if transfer.state is TransferState.AWAITING_REVIEW:
            return Done()
        wait = max(transfer.runs_at - self._ports.clock.now(), WAIT_FOR_HOURS)
        return Retry("it is not time yet", after=wait)

    async def _try_once(self, job: Job) -> Outcome:
        """Try beside the transfer's own job, and leave nothing behind: the next try comes."""
        try:
            await self.execute(job.institution, job.payload["transfer"])
        except Exception:
            log.exception("a transfer could not be executed", transfer=job.payload["transfer"])
        return Done()

    async def _move(
        self, institution: Institution, transfer_id: str
    ) -> tuple[Transfer, Moved | NotMoved | None]:
        """Claim the transfer and have the core move its money, where it is time.

        Return the core's answer where there is one to write down.
        """
        transfer = await self._claim(institution, transfer_id)
        if transfer.state is not TransferState.EXECUTING:
            return transfer, None
        answer = await ask(
            self._ports.core_of(institution), self._ports.clock, transfer,
            lambda hold_id: self._note_hold(transfer, hold_id),
        )  # fmt: skip
        return transfer, None if isinstance(answer, NotKnown) else answer

    async def _claim(self, institution: Institution, transfer_id: str) -> Transfer:
        """Return the transfer, as executing where the core is to be asked."""
        now = self._ports.clock.now()
        claim = (institution.code, transfer_id, now)
        hold = (now + rules.HOLD_FOR, now - JUST_NOW)
        async with self._ports.database.statements() as one:
            claimed = await store.change(one, store.CLAIM, *claim, False, *hold)
        if claimed:
            return claimed
        async with self._ports.database.transaction() as tx:
            found = must(await store.find(tx, institution.code, transfer_id), "the transfer")
            late = missed(found, now)
            if late:
                return await self._fail_untouched(tx, institution, found, late, now)
            if found.state not in NOT_BEGUN or now < found.runs_at:
                return found
            if found.reserved and not isinstance(
                await is_open(tx, institution, SERVICE, now), Open
            ):
                return found
            refused = await self._ports.payer_refusal(tx, institution.code, found.order.payer)
            if refused:
                return await self._fail_untouched(tx, institution, found, refused, now)
            claimed = await store.change(tx, store.CLAIM, *claim, True, *hold)
            return claimed or must(await store.find(tx, institution.code, transfer_id))

    async def _fail_untouched(
        self, tx: Tx, institution: Institution, found: Transfer, why: str, now: datetime
    ) -> Transfer:
        """Fail a transfer that no core has been asked for."""
        place = (institution.code, found.id)
        failed = await store.change(tx, store.MISSED, *place, now, why, found.state)
        if failed is None:
            return must(await store.find(tx, *place))
        await tell_ends(self._ports, tx, institution, (failed,))
        return failed

    async def _note_hold(self, transfer: Transfer, hold_id: str) -> None:
        """Write the hold down before money can leave for another bank.

        A return may be heard of before the answer that it went out, and is found by the hold.
        """
        if transfer.destination == "other_bank" and not transfer.hold_id:
            async with self._ports.database.statements() as one:
                await one.execute(store.NOTE_HOLD, transfer.institution, transfer.id, hold_id)

    async def _write(
        self, institution: Institution, transfer: Transfer, answer: Moved | NotMoved, tx: Tx
    ) -> None:
        await self._finish(tx, institution, transfer, answer)

    async def _finish(
        self, tx: Tx, institution: Institution, transfer: Transfer, answer: Moved | NotMoved
    ) -> Transfer:
        now = self._ports.clock.now()
        place = (transfer.institution, transfer.id, now)
        if isinstance(answer, Moved):
            done = answer.settled
            numbers = (done.hold_id, done.transaction_id, done.acceptance_number)
            ended = await store.change(tx, store.DONE, *place, *numbers)
        else:
            ended = await store.change(tx, store.FAILED, *place, answer.reason)
        if ended is None:  # another executor was first
            return must(await store.find(tx, transfer.institution, transfer.id))
        await tell_ends(self._ports, tx, institution, (ended,))
        return ended
