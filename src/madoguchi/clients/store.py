"""The register's rows."""

from datetime import datetime
from typing import Any

import msgspec

from madoguchi.clients.rules import Client, Registration
from madoguchi.plumbing.database import Tx

INSERT = """
INSERT INTO clients_client (institution, id, status, registration, registered_at, changed_at)
VALUES ($1, $2, 'active', $3, $4, $4)
ON CONFLICT DO NOTHING
RETURNING *"""

FIND = "SELECT * FROM clients_client WHERE institution = $1 AND id = $2"

EVERY = "SELECT * FROM clients_client WHERE institution = $1 ORDER BY id"

SET_STATUS = """
UPDATE clients_client SET status = $3, status_reason = $4, changed_at = $5, version = version + 1
WHERE institution = $1 AND id = $2
RETURNING *"""

SET_REGISTRATION = """
UPDATE clients_client SET registration = $3, changed_at = $4, version = version + 1
WHERE institution = $1 AND id = $2
RETURNING *"""


class Row(msgspec.Struct):
    """A row of `clients_client`."""

    institution: str
    id: str
    version: int
    status: str
    status_reason: str
    registration: dict[str, Any]
    registered_at: datetime
    changed_at: datetime


async def insert(
    tx: Tx, institution: str, client_id: str, registration: Registration, now: datetime
) -> Client | None:
    """Add a client; None where the id is taken."""
    return _client(await tx.maybe(Row, INSERT, institution, client_id, _plain(registration), now))


async def find(tx: Tx, institution: str, client_id: str) -> Client | None:
    """Return the client, or None."""
    return _client(await tx.maybe(Row, FIND, institution, client_id))


async def every(tx: Tx, institution: str) -> list[Client]:
    """Return the institution's clients, by id."""
    return [client for row in await tx.many(Row, EVERY, institution) if (client := _client(row))]


async def set_status(
    tx: Tx, institution: str, client_id: str, status: str, reason: str, now: datetime
) -> Client | None:
    """Suspend or resume; None where there is no such client."""
    return _client(await tx.maybe(Row, SET_STATUS, institution, client_id, status, reason, now))


async def set_registration(
    tx: Tx, institution: str, client_id: str, registration: Registration, now: datetime
) -> Client | None:
    """Replace what is registered; None where there is no such client."""
    return _client(
        await tx.maybe(Row, SET_REGISTRATION, institution, client_id, _plain(registration), now)
    )


def _plain(registration: Registration) -> dict[str, Any]:
    fields = {name: getattr(registration, name) for name in Registration.__struct_fields__}
    plain: dict[str, Any] = msgspec.to_builtins(fields)
    return plain


def _client(row: Row | None) -> Client | None:
    if row is None:
        return None
    own = {name: getattr(row, name) for name in Row.__struct_fields__ if name != "registration"}
    return msgspec.convert({**row.registration, **own}, Client)
