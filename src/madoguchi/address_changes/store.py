"""The rows of requests to change an address."""

from datetime import datetime

import msgspec

from madoguchi.address_changes.rules import AddressRequest, AddressState, NewAddress
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Keys, seal, unseal

SELECT = "SELECT * FROM address_changes_request WHERE institution = $1"
FIND = SELECT + " AND id = $2"
FIND_ONCE = SELECT + " AND once = $2"
FIND_OPEN = SELECT + " AND contract_id = $2 AND state IN ('submitted', 'checking')"
LIST_OF = SELECT + " AND contract_id = $2 ORDER BY requested_at DESC, id LIMIT $3"
LIST_OPEN = SELECT + " AND state IN ('submitted', 'checking') ORDER BY requested_at, id"

INSERT = """
INSERT INTO address_changes_request
    (institution, id, once, contract_id, holder_id, sealed, language, reference, requested_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING"""

NOTE_HANDED_OVER = """
UPDATE address_changes_request
SET core_reference = $3, state = CASE WHEN state = 'submitted' THEN 'checking' ELSE state END
WHERE institution = $1 AND id = $2 AND core_reference = '' RETURNING *"""

DECIDE = """
UPDATE address_changes_request SET state = $3, reason = $4, decided_by = $5, decided_at = $6
WHERE institution = $1 AND id = $2 AND state IN ('submitted', 'checking') RETURNING *"""


class Row(msgspec.Struct):
    """A row of `address_changes_request`."""

    institution: str
    id: str
    once: str
    contract_id: str
    holder_id: str
    state: str
    sealed: bytes
    language: str
    reference: str
    core_reference: str
    reason: str
    requested_at: datetime
    decided_at: datetime | None
    decided_by: str


class Store:
    """The rows, opened with the keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def find(self, tx: Tx, institution: str, request_id: str) -> AddressRequest | None:
        """Return the request of that id."""
        return self._maybe(await tx.maybe(Row, FIND, institution, request_id))

    async def find_once(self, tx: Tx, institution: str, once: str) -> AddressRequest | None:
        """Return the request that this visit made before."""
        return self._maybe(await tx.maybe(Row, FIND_ONCE, institution, once))

    async def find_open(self, tx: Tx, institution: str, contract_id: str) -> AddressRequest | None:
        """Return the contract's open request."""
        return self._maybe(await tx.maybe(Row, FIND_OPEN, institution, contract_id))

    async def list_of(
        self, tx: Tx, institution: str, contract_id: str, limit: int
    ) -> list[AddressRequest]:
        """Return the contract's requests, newest first."""
        rows = await tx.many(Row, LIST_OF, institution, contract_id, limit)
        return [self._request(row) for row in rows]

    async def list_open(self, tx: Tx, institution: str) -> list[AddressRequest]:
        """Return all open requests, oldest first."""
        return [self._request(row) for row in await tx.many(Row, LIST_OPEN, institution)]

    async def insert(self, tx: Tx, request: AddressRequest, once: str) -> bool:
        """Add a request; False where the visit made one before, or one is open."""
        added = await tx.execute(
            INSERT,
            *(request.institution, request.id, once, request.contract_id, request.holder_id),
            self._seal(request),
            *(request.language, request.reference, request.requested_at),
        )
        return bool(added)

    async def note_handed_over(
        self, tx: Tx, request: AddressRequest, core_reference: str
    ) -> AddressRequest | None:
        """Note that the bank has it; None where that was noted before."""
        row = await tx.maybe(Row, NOTE_HANDED_OVER, request.institution, request.id, core_reference)
        return self._maybe(row)

    async def decide(
        self, tx: Tx, institution: str, request_id: str, state: AddressState, reason: str,
        by: str, now: datetime,
    ) -> AddressRequest | None:  # fmt: skip
        """End an open request; None where it is not open (any more)."""
        row = await tx.maybe(Row, DECIDE, institution, request_id, state, reason, by, now)
        return self._maybe(row)

    def _maybe(self, row: Row | None) -> AddressRequest | None:
        return None if row is None else self._request(row)

    def _request(self, row: Row) -> AddressRequest:
        place = _place(row.institution, row.id)
        opened = unseal(self._keys, "personal-data", row.sealed, place)
        return AddressRequest(
            institution=row.institution,
            id=row.id,
            contract_id=row.contract_id,
            holder_id=row.holder_id,
            state=AddressState(row.state),
            address=msgspec.json.decode(opened, type=NewAddress),
            language=row.language,
            reference=row.reference,
            core_reference=row.core_reference,
            reason=row.reason,
            requested_at=row.requested_at,
            decided_at=row.decided_at,
            decided_by=row.decided_by,
        )

    def _seal(self, request: AddressRequest) -> bytes:
        encoded = msgspec.json.encode(request.address)
        place = _place(request.institution, request.id)
        return seal(self._keys, "personal-data", encoded, place)


def _place(institution: str, request_id: str) -> bytes:
    return f"address-change {institution} {request_id}".encode()
