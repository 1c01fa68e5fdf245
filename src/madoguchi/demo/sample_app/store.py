"""What the app remembers over a restart: links under way and links that stand, in SQLite."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORGOTTEN_AFTER_SECONDS = 86_400
TABLES = """
CREATE TABLE IF NOT EXISTS pending (
    state TEXT PRIMARY KEY, browser TEXT NOT NULL, bank TEXT NOT NULL, verifier TEXT NOT NULL,
    dpop_key TEXT NOT NULL, replaces TEXT NOT NULL, began_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS link (
    id TEXT PRIMARY KEY, browser TEXT NOT NULL, bank TEXT NOT NULL, dpop_key TEXT NOT NULL,
    access_token TEXT NOT NULL, access_until INTEGER NOT NULL, refresh_token TEXT NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Pending:
    """A link that was begun and has not come back; `replaces` is the link it renews, or nothing."""

    state: str
    browser: str
    bank: str
    verifier: str
    dpop_key: Mapping[str, Any]
    replaces: str
    began_at: int


@dataclass(frozen=True, slots=True)
class Link:
    """One consent at one bank. Times are seconds since 1970."""

    id: str
    browser: str
    bank: str
    dpop_key: Mapping[str, Any]
    access_token: str
    access_until: int
    refresh_token: str


class Store:
    """The app's database."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(TABLES)

    def begin(self, pending: Pending) -> None:
        """Remember a link that begins; forget those that never came back."""
        self._connection.execute(
            "DELETE FROM pending WHERE began_at < ?", (pending.began_at - FORGOTTEN_AFTER_SECONDS,)
        )
        self._connection.execute(
            "INSERT INTO pending VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                pending.state,
                pending.browser,
                pending.bank,
                pending.verifier,
                json.dumps(dict(pending.dpop_key)),
                pending.replaces,
                pending.began_at,
            ),
        )

    def take_pending(self, state: str, browser: str) -> Pending | None:
        """Return the link that began with that state in that browser; it is found once only."""
        row = self._connection.execute(
            "DELETE FROM pending WHERE state = ? AND browser = ? RETURNING *", (state, browser)
        ).fetchone()
        return (
            None
            if row is None
            else Pending(**{**dict(row), "dpop_key": json.loads(row["dpop_key"])})
        )

    def save(self, link: Link) -> None:
        """Keep a link, new or with new tokens."""
        self._connection.execute(
            "INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                link.id,
                link.browser,
                link.bank,
                json.dumps(dict(link.dpop_key)),
                link.access_token,
                link.access_until,
                link.refresh_token,
            ),
        )

    def links(self, browser: str) -> list[Link]:
        """Return a browser's links, the oldest first."""
        rows = self._connection.execute(
            "SELECT * FROM link WHERE browser = ? ORDER BY rowid", (browser,)
        )
        return [_link(row) for row in rows]

    def link(self, browser: str, link_id: str) -> Link | None:
        """Return one of a browser's links, or None."""
        row = self._connection.execute(
            "SELECT * FROM link WHERE browser = ? AND id = ?", (browser, link_id)
        ).fetchone()
        return None if row is None else _link(row)

    def forget(self, link_id: str) -> None:
        """Drop a link."""
        self._connection.execute("DELETE FROM link WHERE id = ?", (link_id,))


def _link(row: sqlite3.Row) -> Link:
    return Link(**{**dict(row), "dpop_key": json.loads(row["dpop_key"])})
