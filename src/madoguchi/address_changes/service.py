"""Asking for a change of address, handing it over, and deciding on it."""

from datetime import datetime
from typing import Literal, assert_never

from madoguchi.address_changes.events import AddressEvent
from madoguchi.address_changes.outcomes import AnotherOpen, NotOpen, Requested
from madoguchi.address_changes.ports import AddressChangePorts, Declined, HandedOver, NoAnswer
from madoguchi.address_changes.rules import AddressRequest, AddressState, Asker, NewAddress
from madoguchi.address_changes.store import Store
from madoguchi.kernel.entropy import new_id
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.operations_log import Entry, Result
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import Done, Job, Kind, Outcome, Retry, enqueue

KIND = "address-change"
TRIES = 1000
TRIES_TO_ADD = 3
LISTED = 20
BY_THE_BANK = "core"
"""Who decided, where the core itself does not take a request."""


class AddressChanges:
    """Requests to change addresses; made once in `app`."""

    def __init__(self, ports: AddressChangePorts) -> None:
        self._ports = ports
        self._store = Store(ports.keys)

    async def request(
        self, tx: Tx, institution: str, address: NewAddress, asker: Asker,
        *, once: str, now: datetime,
    ) -> Requested | AnotherOpen:  # fmt: skip
        """Record what the customer asks for, mail him, and have it handed over if `tx` commits.

        `once` names the confirmation (a visit's id): a second call gets the first request again.
        """
        request = _new(new_id(self._ports.entropy), institution, address, asker, now)
        for _ in range(TRIES_TO_ADD):
            if await self._store.insert(tx, request, once):
                break
            standing = await self._standing(tx, institution, asker.contract_id, once)
            if standing is not None:
                return standing
        else:
            raise BrokenInvariant("a request that neither stands nor can be added")
        event = AddressEvent.REQUESTED
        self._record(tx, request, event, "done", asker.contract_id, source=asker.source)
        await self._ports.tell(tx, request, "address-requested")
        await enqueue(
            tx,
            institution=institution,
            kind=KIND,
            key=request.id,
            payload={"request": request.id},
            run_at=now,
        )
        return Requested(request)

    async def withdraw(
        self, tx: Tx, institution: str, contract_id: str, request_id: str, now: datetime
    ) -> AddressRequest | NotOpen:
        """End the contract's own open request."""
        if await self.find(tx, institution, contract_id, request_id) is None:
            return NotOpen(request_id)
        return await self._decide(
            tx, institution, request_id, AddressState.WITHDRAWN, "", contract_id, now
        )

    async def find(
        self, tx: Tx, institution: str, contract_id: str, request_id: str
    ) -> AddressRequest | None:
        """Return a request of this contract; None for any other's."""
        found = await self._store.find(tx, institution, request_id)
        return found if found is not None and found.contract_id == contract_id else None

    async def find_open(self, tx: Tx, institution: str, contract_id: str) -> AddressRequest | None:
        """Return the contract's open request."""
        return await self._store.find_open(tx, institution, contract_id)

    async def list_of(
        self, tx: Tx, institution: str, contract_id: str, limit: int = LISTED
    ) -> list[AddressRequest]:
        """Return the contract's requests, newest first."""
        return await self._store.list_of(tx, institution, contract_id, limit)

    async def list_open(self, tx: Tx, institution: str) -> list[AddressRequest]:
        """Return what lies with staff, oldest first."""
        return await self._store.list_open(tx, institution)

    async def accept(
        self, tx: Tx, institution: str, request_id: str, *, by: str, now: datetime
    ) -> AddressRequest | NotOpen:
        """Note that staff have checked the request and changed the address; `by` is who did."""
        return await self._decide(tx, institution, request_id, AddressState.ACCEPTED, "", by, now)

    async def refuse(
        self, tx: Tx, institution: str, request_id: str, *, by: str, reason: str, now: datetime
    ) -> AddressRequest | NotOpen:
        """Note that staff do not change the address; `reason` is shown to the customer."""
        return await self._decide(
            tx, institution, request_id, AddressState.REFUSED, reason, by, now
        )

    def kinds(self) -> list[Kind]:
        """Return the kinds of jobs by which a `Worker` hands requests over."""
        return [Kind(KIND, self._hand_over, "again", given_up=self._given_up, max_attempts=TRIES)]

    async def _hand_over(self, job: Job) -> Outcome:
        """Hand the request to the bank; again and again, under one key, until there is an answer.

        One that was withdrawn before is not handed over. One that is withdrawn just now may be: it
        is closed here all the same.
        """
        async with self._ports.database.transaction() as tx:
            request = must(await self._store.find(tx, job.institution, job.payload["request"]))
        if request.core_reference or not request.state.is_open:
            return Done()
        answer = await self._ports.bank.hand_over(request, f"address-change:{request.id}")
        match answer:
            case HandedOver(reference):
                return Done(lambda tx: self._note_handed_over(tx, request, reference))
            case Declined(code):
                return Done(lambda tx: self._note_declined(tx, request, code))
            case NoAnswer():
                return Retry("no answer yet")
            case _:
                assert_never(answer)

    async def _note_handed_over(self, tx: Tx, request: AddressRequest, reference: str) -> None:
        noted = await self._store.note_handed_over(tx, request, reference)
        if noted is not None:
            self._record(tx, noted, AddressEvent.HANDED_OVER, "done", BY_THE_BANK, reference)

    async def _note_declined(self, tx: Tx, request: AddressRequest, code: str) -> None:
        now = self._ports.clock.now()
        await self._decide(
            tx, request.institution, request.id, AddressState.REFUSED, "", BY_THE_BANK, now, code
        )

    async def _given_up(
        self, tx: Tx, job: Job, state: Literal["dead", "unknown"], reason: str
    ) -> None:
        request = must(await self._store.find(tx, job.institution, job.payload["request"]))
        self._record(tx, request, AddressEvent.GIVEN_UP, "failed", "", f"{state}: {reason}")

    async def _standing(
        self, tx: Tx, institution: str, contract_id: str, once: str
    ) -> Requested | AnotherOpen | None:
        """Return what a new request met; None where that has ended just now."""
        same = await self._store.find_once(tx, institution, once)
        if same is not None:
            return Requested(same)
        other = await self._store.find_open(tx, institution, contract_id)
        return None if other is None else AnotherOpen(other)

    async def _decide(
        self, tx: Tx, institution: str, request_id: str, state: AddressState, reason: str,
        by: str, now: datetime, code: str = "",
    ) -> AddressRequest | NotOpen:  # fmt: skip
        decided = await self._store.decide(tx, institution, request_id, state, reason, by, now)
        if decided is None:
            return NotOpen(request_id)
        match state:
            case AddressState.ACCEPTED:
                self._record(tx, decided, AddressEvent.ACCEPTED, "done", by)
                await self._ports.tell(tx, decided, "address-accepted")
            case AddressState.REFUSED:
                self._record(tx, decided, AddressEvent.REFUSED, "refused", by, code or reason)
                await self._ports.tell(tx, decided, "address-refused")
            case _:
                self._record(tx, decided, AddressEvent.WITHDRAWN, "done", by)
        return decided

    def _record(
        self, tx: Tx, request: AddressRequest, event: AddressEvent, result: Result, actor: str,
        reason: str = "", source: str = "",
    ) -> None:  # fmt: skip
        entry = Entry(
            institution=request.institution,
            event=event,
            result=result,
            actor=actor,
            subject=request.id,
            reason=reason,
            source=source,
            reference=request.reference,
        )
        self._ports.log.append(tx, entry)


def _new(
    request_id: str, institution: str, address: NewAddress, asker: Asker, now: datetime
) -> AddressRequest:
    return AddressRequest(
        institution=institution,
        id=request_id,
        contract_id=asker.contract_id,
        holder_id=asker.holder_id,
        state=AddressState.SUBMITTED,
        address=address,
        language=asker.language,
        reference=asker.reference,
        core_reference="",
        reason="",
        requested_at=now,
        decided_at=None,
        decided_by="",
    )
