"""The customer's mailbox: what was mailed to him, read out of the outbox instead of a mail."""

import asyncpg
import msgspec

from madoguchi.notices.model import Content
from madoguchi.notices.sending import place_of
from madoguchi.plumbing.keys import ReferencedKeys, read_reference, unseal
from madoguchi.plumbing.settings import Settings

LAST_CODE = """
SELECT event_key, content FROM notices_outbox
WHERE institution = $1 AND event_key > $2 AND event_key < $3 ORDER BY event_key DESC LIMIT 1"""


class MailedCodes:
    """Reads the one-time passwords of an institution's customers, by one look-up each."""

    def __init__(self, settings: Settings, institution: str) -> None:
        self._settings = settings
        self._institution = institution
        self._keys = ReferencedKeys(settings.keys)
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Connect."""
        url = read_reference(self._settings.database.url)
        self._pool = await asyncpg.create_pool(url, min_size=1, max_size=2)

    async def last_of(self, contract_id: str) -> str:
        """Return the code mailed last under a contract."""
        if self._pool is None:
            raise RuntimeError("not open")
        row = await self._pool.fetchrow(
            LAST_CODE, self._institution, f"code:{contract_id}:", f"code:{contract_id};"
        )
        sealed, place = row["content"], place_of(self._institution, row["event_key"])
        opened = unseal(self._keys, "personal-data", sealed, place)
        return str(msgspec.json.decode(opened, type=Content).values["code"])
