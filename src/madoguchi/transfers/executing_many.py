"""Executing many transfers at once, as a worker does in the morning.

The steps are those of one by itself, each for all: claimed, moved by the core, written down. What
does not go that way (another bank's, what must wait, what the core does not answer) is left to be
executed by itself, and so is everything where a step fails: the core knows the same keys.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from madoguchi.core_bank.port import MovesMany
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import Batch, Job
from madoguchi.service_hours import Open, is_open
from madoguchi.transfers import rules, store
from madoguchi.transfers.asking import Moved, NotMoved, ask_many
from madoguchi.transfers.beginning import JUST_NOW, NOT_BEGUN, SERVICE, missed
from madoguchi.transfers.ending import tell_ends
from madoguchi.transfers.model import Transfer
from madoguchi.transfers.ports import TransfersPorts

MOST_TOGETHER = 64
"""So few that those who wait for one of the accounts wait for some hundredths of a second."""
Answers = Mapping[str, Moved | NotMoved]


class Many:
    """Executes transfers within an institution whose core moves many."""

    def __init__(self, ports: TransfersPorts) -> None:
        self._ports = ports

    async def handle(self, jobs: Sequence[Job]) -> Batch:
        """Execute those that can be executed together; raises where a step fails."""
        done: list[Job] = []
        answers: dict[tuple[str, str], Moved | NotMoved] = {}
        for code in sorted({job.institution for job in jobs}):
            mine = {
                job.payload["transfer"]: job
                for job in jobs
                if job.institution == code and not job.payload.get("single_try")
            }
            for transfer_id, answer in (await self._move(code, list(mine))).items():
                done.append(mine[transfer_id])
                answers[code, transfer_id] = answer

        async def record(tx: Tx, jobs: Sequence[Job]) -> None:
            places = [(job.institution, job.payload["transfer"]) for job in jobs]
            for code in sorted({place[0] for place in places}):
                own = {place[1]: answers[place] for place in places if place[0] == code}
                await self._finish(tx, self._institution(code), own)

        return Batch(done, record)

    def _institution(self, code: str) -> Institution:
        return must(self._ports.institution_of(code), "the institution")

    async def _move(self, code: str, ids: Sequence[str]) -> Answers:
        """Claim what may begin and have the core move it; return what is to be written down."""
        institution = self._institution(code)
        core = self._ports.core_of(institution)
        if not ids or not isinstance(core, MovesMany):
            return {}
        claimed = await self._claim(institution, ids)
        within = [each for each in claimed if each.destination != "other_bank"]
        return await ask_many(core, self._ports.clock, within) if within else {}

    async def _claim(self, institution: Institution, ids: Sequence[str]) -> list[Transfer]:
        """Return those that are executing now, in the order of `ids`."""
        now = self._ports.clock.now()
        hold = (now + rules.HOLD_FOR, now - JUST_NOW)
        async with self._ports.database.statements() as one:
            claimed = await store.change_many(
                one, store.CLAIM_MANY, institution.code, ids, now, False, *hold
            )
        others = sorted({*ids} - {each.id for each in claimed})
        if others:
            async with self._ports.database.transaction() as tx:
                ready = await self._ready(tx, institution, others, now)
                claimed += await store.change_many(
                    tx, store.CLAIM_MANY, institution.code, ready, now, True, *hold
                )
        by_id = {each.id: each for each in claimed}
        return [by_id[transfer_id] for transfer_id in ids if transfer_id in by_id]

    async def _ready(
        self, tx: Tx, institution: Institution, ids: Sequence[str], now: datetime
    ) -> list[str]:
        """Return those that may begin now after a second look at the hours and the contract."""
        found = await store.find_many(tx, institution.code, ids)
        waiting = [
            each for each in found
            if each.state in NOT_BEGUN and now >= each.runs_at and not missed(each, now)
        ]  # fmt: skip
        if any(each.reserved for each in waiting) and not isinstance(
            await is_open(tx, institution, SERVICE, now), Open
        ):
            waiting = [each for each in waiting if not each.reserved]
        payers = {each.order.payer for each in waiting}
        may_pay = {
            payer
            for payer in payers
            if not await self._ports.payer_refusal(tx, institution.code, payer)
        }
        return [each.id for each in waiting if each.order.payer in may_pay]

    async def _finish(self, tx: Tx, institution: Institution, answers: Answers) -> None:
        """Write the results of those that nobody else has written."""
        now = self._ports.clock.now()
        moved = {
            key: answer.settled for key, answer in answers.items() if isinstance(answer, Moved)
        }
        numbers = (
            [done.hold_id for done in moved.values()],
            [done.transaction_id for done in moved.values()],
            [done.acceptance_number for done in moved.values()],
        )
        failed = {key: answer for key, answer in answers.items() if isinstance(answer, NotMoved)}
        reasons = [answer.reason for answer in failed.values()]
        ended = await store.change_many(
            tx, store.DONE_MANY, institution.code, list(moved), now, *numbers
        )
        if failed:
            ended += await store.change_many(
                tx, store.FAILED_MANY, institution.code, list(failed), now, reasons
            )
        await tell_ends(self._ports, tx, institution, ended)
