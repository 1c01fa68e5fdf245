"""Hearing from the cores what other banks sent back."""

from datetime import datetime, timedelta

from madoguchi.core_bank.port import (
    BadCursor,
    Call,
    CoreEvent,
    CoreUnavailable,
    EventKind,
    EventPage,
)
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.jobs import Schedule
from madoguchi.plumbing.observability import get_logger
from madoguchi.transfers import deciding, store
from madoguchi.transfers.ports import TransfersPorts

LISTEN_EVERY = timedelta(minutes=1)
LONGEST_CALL = timedelta(seconds=15)
MOST_PAGES = 50

log = get_logger(__name__)


class Returns:
    """Reads each core's events once, in order, and notes the returns among them."""

    def __init__(self, ports: TransfersPorts) -> None:
        self._ports = ports

    def schedule(self) -> Schedule:
        """Return the schedule for the worker."""
        return Schedule("transfers-returns", LISTEN_EVERY, self.listen)

    async def listen(self, now: datetime) -> None:
        """Read what is new at every institution; one that cannot be asked keeps none waiting."""
        for institution in self._ports.institutions():
            try:
                for _ in range(MOST_PAGES):
                    if not await self._read_page(institution, now):
                        break
            except CoreUnavailable as error:
                log.warning("no events", institution=institution.code, problem=str(error))

    async def _read_page(self, institution: Institution, now: datetime) -> bool:
        """Note one page of events; False where there was none, or another worker was first."""
        async with self._ports.database.statements() as one:
            cursor: str | None = await one.value(store.CURSOR, institution.code)
        page = await self._ask(institution, cursor, now)
        if not page.events:
            return False
        async with self._ports.database.transaction() as tx:
            place = (institution.code, cursor, page.next_cursor)
            if await tx.value(store.MOVE_CURSOR, *place) is None:
                return False
            for event in page.events:
                if hold_id := _returned(event):
                    await deciding.note_return(
                        self._ports, tx, institution, hold_id, now, reason="returned-by-bank"
                    )
        return True

    async def _ask(self, institution: Institution, cursor: str | None, now: datetime) -> EventPage:
        call = Call(
            institution=institution.code, correlation_id="transfers-returns",
            deadline=now + LONGEST_CALL,
        )  # fmt: skip
        answer = await self._ports.core_of(institution).events(call, cursor)
        if isinstance(answer, BadCursor):
            raise BrokenInvariant(f"the core of {institution.code} does not know its cursor")
        return answer


def _returned(event: CoreEvent) -> str | None:
    return event.hold_id if event.kind is EventKind.TRANSFER_RETURNED else None
