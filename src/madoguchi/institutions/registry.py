"""What a process knows of the institutions, kept up to date by asking for one number."""

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from madoguchi.institutions import store
from madoguchi.institutions.logo import Logo
from madoguchi.institutions.outcomes import Rejected
from madoguchi.institutions.reading import settings_from
from madoguchi.institutions.settings import Institution
from madoguchi.plumbing.database import Database

LEAST_BETWEEN_LOOKS = timedelta(seconds=1)


class Institutions:
    """The institutions that are served, by code, slug and host.

    An institution stays the same object until it is published anew; hold on to one for a request,
    not for longer.
    """

    def __init__(self, institutions: Iterable[Institution] = ()) -> None:
        self._by_code = {institution.code: institution for institution in institutions}
        self._logos: dict[str, Logo] = {}
        self._version = 0
        self._refreshing = asyncio.Lock()
        self._looked_at: datetime | None = None
        self._index()

    @classmethod
    async def load(cls, database: Database) -> "Institutions":
        """Return the institutions that are published in `database`."""
        institutions = cls()
        await institutions.refresh(database)
        return institutions

    def by_code(self, code: str) -> Institution | None:
        """Return the institution of that 4-digit code, or None."""
        return self._by_code.get(code)

    def by_slug(self, slug: str) -> Institution | None:
        """Return the institution under the path `/{slug}`, or None."""
        return self._by_slug.get(slug)

    def by_host(self, host: str) -> Institution | None:
        """Return the institution that the host name (without its port) is mapped to, or None."""
        return self._by_host.get(host.partition(":")[0].lower().removesuffix("."))

    def all(self) -> tuple[Institution, ...]:
        """Return every institution served, by code."""
        return tuple(self._by_code[code] for code in sorted(self._by_code))

    def logo(self, code: str) -> Logo | None:
        """Return the logo of the institution of that code, or None."""
        return self._logos.get(code)

    async def find_by_slug(
        self, database: Database, slug: str, *, now: datetime
    ) -> Institution | None:
        """Return as `by_slug`; for an unknown slug, look into the database (once a second)."""
        known = self.by_slug(slug)
        if known is not None or not self._may_look(now):
            return known
        self._looked_at = now
        await self.refresh(database)
        return self.by_slug(slug)

    async def refresh(self, database: Database) -> bool:
        """Take up what was published or withdrawn since; return whether anything changed.

        One small query where nothing was. Settings that this version of the program cannot read are
        left as they were.
        """
        async with self._refreshing, database.transaction() as tx:
            version: int = await tx.value(store.CURRENT_VERSION)
            if version == self._version:
                return False
            if version < self._version:
                self._by_code, self._logos, self._version = {}, {}, 0
            for row in await tx.many(store.StoredInstitution, store.CHANGED_SINCE, self._version):
                self._take_up(row)
            self._version = version
            self._index()
        return True

    def _take_up(self, row: store.StoredInstitution) -> None:
        if row.withdrawn:
            self._by_code.pop(row.institution, None)
            self._logos.pop(row.institution, None)
            return
        settings = settings_from(row.documents)
        if isinstance(settings, Rejected):
            structlog.get_logger().error(
                "institution_not_taken_up",
                institution=row.institution,
                version=row.version,
                problems=str(settings),
            )
            return
        self._by_code[row.institution] = settings
        dark = row.logo_dark or row.logo
        self._logos[row.institution] = Logo(
            row.logo, dark, hashlib.sha256(row.logo + dark).hexdigest()[:16]
        )

    def _index(self) -> None:
        self._by_slug = {institution.slug: institution for institution in self._by_code.values()}
        self._by_host = {
            host: institution
            for institution in self._by_code.values()
            for host in institution.hosts
        }

    def _may_look(self, now: datetime) -> bool:
        return self._looked_at is None or abs(now - self._looked_at) >= LEAST_BETWEEN_LOOKS
