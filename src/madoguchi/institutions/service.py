"""Publishing and withdrawing an institution; every running process takes it up (INST-05)."""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from pathlib import Path

from madoguchi.institutions import store
from madoguchi.institutions.outcomes import NotPublished, Problem, Published, Rejected, Withdrawn
from madoguchi.institutions.reading import Folder, read_folder
from madoguchi.institutions.settings import CoreSettings, Institution
from madoguchi.kernel.clock import japan_day
from madoguchi.plumbing.database import Tx


async def publish(
    tx: Tx, folder: Path, *, now: datetime, cores: Collection[str] = ()
) -> Published | Rejected:
    """Check the folder and make it what the institution runs by.

    `cores` are the names that its `core.toml` may have besides the embedded one's. Nothing is
    changed where a problem is found, or where the same is published already.
    """
    read = read_folder(folder)
    if isinstance(read, Rejected):
        return read
    settings = read.institution
    if settings.core.adapter not in (CoreSettings().adapter, *cores):
        return Rejected((_unknown_core(settings, cores),))
    without_fees = _without_fees(settings, japan_day(now))
    if without_fees is not None:
        return Rejected((without_fees,))
    await tx.execute(store.LOCK_PUBLISHING)
    taken = await tx.many(
        store.Taken, store.TAKEN, settings.code, settings.slug, list(settings.hosts)
    )
    if taken:
        return Rejected(tuple(_conflicts(settings, taken)))
    stored = await tx.maybe(store.StoredInstitution, store.STORED, settings.code)
    if stored is not None and _same(stored, read):
        return Published(settings.code, stored.version, changed=False)
    version = await _next_version(tx)
    await tx.execute(
        store.SAVE, settings.code, read.documents, read.logo, read.logo_dark, version, now
    )
    return Published(settings.code, version, changed=True)


async def withdraw(tx: Tx, code: str, *, now: datetime) -> Withdrawn | NotPublished:
    """Stop serving the institution of that code; its data stay, publishing brings it back."""
    await tx.execute(store.LOCK_PUBLISHING)
    version = await _next_version(tx)
    withdrawn = await tx.execute(store.WITHDRAW, code, now, version)
    return Withdrawn(code, version) if withdrawn else NotPublished(code)


async def _next_version(tx: Tx) -> int:
    current: int = await tx.value(store.CURRENT_VERSION)
    return current + 1


def _same(stored: store.StoredInstitution, read: Folder) -> bool:
    return (
        not stored.withdrawn
        and stored.documents == read.documents
        and (stored.logo, stored.logo_dark) == (read.logo, read.logo_dark)
    )


def _unknown_core(settings: Institution, cores: Collection[str]) -> Problem:
    known = ", ".join(f'"{name}"' for name in (CoreSettings().adapter, *sorted(cores)))
    found = settings.core.adapter
    expected = f'expected the name of a core of madoguchi.toml ({known}); found "{found}"'
    return Problem("core.toml", "adapter", expected)


def _without_fees(settings: Institution, today: date) -> Problem | None:
    """Return the problem where no table of fees holds yet: later ones may be entered ahead."""
    first = min(table.valid_from for table in settings.transfers.fee_tables)
    if first <= today:
        return None
    expected = f"expected the first table to hold already ({today}); it begins on {first}"
    return Problem("transfers.toml", "fee_tables[].valid_from", expected)


def _conflicts(settings: Institution, taken: list[store.Taken]) -> Iterator[Problem]:
    for other in taken:
        if other.slug == settings.slug:
            yield _taken("slug", settings.slug, other)
        for host in settings.hosts:
            if host in other.hosts:
                yield _taken("hosts", host, other)


def _taken(key: str, value: str, other: store.Taken) -> Problem:
    return Problem(
        "institution.toml",
        key,
        f'expected one of its own; "{value}" belongs to institution {other.institution}',
    )
