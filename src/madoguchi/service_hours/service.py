"""Asking whether a service is open, and entering and ending stoppages (HOURS-02, STAFF-07)."""

from datetime import datetime

from madoguchi.institutions import Institution, Service
from madoguchi.operations_log import Entry, OperationsLog
from madoguchi.plumbing.database import Tx
from madoguchi.service_hours import store
from madoguchi.service_hours.events import HoursEvent
from madoguchi.service_hours.outcomes import Closed, EmptyStoppage, NoSuchStoppage, Open
from madoguchi.service_hours.rules import Stoppage, state


async def is_open(
    tx: Tx, institution: Institution, service: Service, now: datetime
) -> Open | Closed:
    """Return whether the institution's service is open now, and when that changes next.

    By its rules and by what staff have entered up to now, in whichever process.
    """
    rows = await tx.many(
        store.StoredStoppage, store.PRESENT_AND_COMING, institution.code, service, now
    )
    return state(institution.service_hours, service, now, [row.stoppage() for row in rows])


async def add_stoppage(
    tx: Tx, institution: str, stoppage: Stoppage, *, by: str, log: OperationsLog, now: datetime
) -> Stoppage | EmptyStoppage:
    """Enter a stoppage, at once or ahead; `by` is the id of who enters it. It holds on commit."""
    ends_at = stoppage.ends_at
    if not stoppage.services or (ends_at and ends_at <= max(stoppage.starts_at, now)):
        return EmptyStoppage()
    await tx.execute(
        store.ADD,
        *(institution, stoppage.id, list(stoppage.services), stoppage.starts_at, ends_at),
        *(stoppage.text.ja, stoppage.text.en, by, now),
    )
    log.append(tx, _entry(HoursEvent.STOPPAGE_ENTERED, institution, stoppage, by))
    return stoppage


async def end_stoppage(
    tx: Tx, institution: str, stoppage_id: str, *, by: str, log: OperationsLog, now: datetime
) -> Stoppage | NoSuchStoppage:
    """End a stoppage now; one that has not begun is cancelled."""
    row = await tx.maybe(store.StoredStoppage, store.END, institution, stoppage_id, now, by)
    if row is None:
        return NoSuchStoppage()
    log.append(tx, _entry(HoursEvent.STOPPAGE_ENDED, institution, row.stoppage(), by))
    return row.stoppage()


async def list_stoppages(tx: Tx, institution: str, since: datetime) -> list[Stoppage]:
    """Return the institution's stoppages that were not over by `since`, by their beginning."""
    rows = await tx.many(store.StoredStoppage, store.NOT_OVER_BEFORE, institution, since)
    return [row.stoppage() for row in rows]


def _entry(event: HoursEvent, institution: str, stoppage: Stoppage, by: str) -> Entry:
    ends = stoppage.ends_at.isoformat() if stoppage.ends_at else ""
    return Entry(
        institution,
        event,
        "done",
        actor=by,
        subject=stoppage.id,
        detail={
            "services": " ".join(stoppage.services),
            "starts_at": stoppage.starts_at.isoformat(),
            "ends_at": ends,
        },
    )
