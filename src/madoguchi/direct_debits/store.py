"""The rows of applications for direct debits."""

from datetime import datetime

import msgspec

from madoguchi.direct_debits.rules import (
    Applicant,
    Application,
    ApplicationState,
    DebitAccount,
    NewApplication,
)
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Keys, keyed_hash, keyed_hashes, seal, unseal

SELECT = "SELECT * FROM direct_debits_application WHERE institution = $1"
FIND = SELECT + " AND id = $2"
FIND_ONCE = SELECT + " AND once = $2"
LIST_OF = SELECT + " AND contract_id = $2 ORDER BY applied_at DESC, id LIMIT $3"

IS_LIVE = """
SELECT EXISTS (SELECT FROM direct_debits_application
    WHERE institution = $1 AND company_code = $2 AND number_hash = ANY($3)
      AND state IN ('applied', 'sent'))"""

INSERT = """
INSERT INTO direct_debits_application
    (institution, id, once, contract_id, company_code, number_hash, account_id, branch_code,
     account_kind, account_number, sealed, language, reference, applied_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING"""

# from here on it cannot be withdrawn, whether the company has it already or not
MARK_SENT = """
UPDATE direct_debits_application SET state = 'sent', sent_at = $3
WHERE institution = $1 AND id = $2 AND state = 'applied' RETURNING *"""

NOTE_RECEIVED = """
UPDATE direct_debits_application SET received = true
WHERE institution = $1 AND id = $2 AND state = 'sent' RETURNING *"""

DECIDE = """
UPDATE direct_debits_application SET state = $3, reason = $4, decided_at = $5
WHERE institution = $1 AND id = $2 AND state = $6 RETURNING *"""

REPLACE = """
UPDATE direct_debits_application SET state = 'replaced'
WHERE institution = $1 AND company_code = $2 AND number_hash = ANY($3) AND id <> $4
  AND state = 'confirmed' RETURNING *"""


class Row(msgspec.Struct):
    """A row of `direct_debits_application`."""

    institution: str
    id: str
    once: str
    contract_id: str
    company_code: str
    number_hash: bytes
    state: str
    account_id: str
    branch_code: str
    account_kind: str
    account_number: str
    sealed: bytes
    language: str
    reference: str
    applied_at: datetime
    sent_at: datetime | None
    received: bool
    reason: str
    decided_at: datetime | None


class Sealed(msgspec.Struct, frozen=True):
    """What is sealed of an application."""

    customer_number: str
    contractor_kana: str
    email: str


class Store:
    """The rows, opened with the keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def find(self, tx: Tx, institution: str, application_id: str) -> Application | None:
        """Return the application of that id."""
        return self._maybe(await tx.maybe(Row, FIND, institution, application_id))

    async def find_once(self, tx: Tx, institution: str, once: str) -> Application | None:
        """Return the application that this visit made before."""
        return self._maybe(await tx.maybe(Row, FIND_ONCE, institution, once))

    async def list_of(
        self, tx: Tx, institution: str, contract_id: str, limit: int
    ) -> list[Application]:
        """Return the contract's applications, newest first."""
        rows = await tx.many(Row, LIST_OF, institution, contract_id, limit)
        return [self._application(row) for row in rows]

    async def is_live(self, tx: Tx, institution: str, company: str, number: str) -> bool:
        """Say whether the company is being asked about this customer number."""
        hashes = self._hashes(institution, company, number)
        return bool(await tx.value(IS_LIVE, institution, company, hashes))

    async def insert(
        self, tx: Tx, institution: str, application_id: str, once: str, wanted: NewApplication,
        applicant: Applicant, now: datetime,
    ) -> Application | None:  # fmt: skip
        """Add an application; None where the visit made one before, or one is live."""
        account = wanted.account
        sealed = Sealed(wanted.customer_number, wanted.contractor_kana, applicant.email)
        number_hash = keyed_hash(
            self._keys, "index", "utility", institution, wanted.company_code, wanted.customer_number
        )
        added = await tx.execute(
            INSERT,
            *(institution, application_id, once, applicant.contract_id, wanted.company_code),
            *(number_hash, account.account_id, account.branch_code, account.kind, account.number),
            self._seal(institution, application_id, sealed),
            *(applicant.language, applicant.reference, now),
        )
        return await self.find(tx, institution, application_id) if added else None

    async def mark_sent(
        self, tx: Tx, application: Application, now: datetime
    ) -> Application | None:
        """Let the application go; None where it was withdrawn, or has gone before."""
        row = await tx.maybe(Row, MARK_SENT, application.institution, application.id, now)
        return self._maybe(row)

    async def note_received(self, tx: Tx, application: Application) -> Application | None:
        """Note that the company has it."""
        row = await tx.maybe(Row, NOTE_RECEIVED, application.institution, application.id)
        return self._maybe(row)

    async def decide(
        self, tx: Tx, institution: str, application_id: str, state: ApplicationState,
        now: datetime, *, out_of: ApplicationState, reason: str = "",
    ) -> Application | None:  # fmt: skip
        """End an application that is in the state `out_of`; None where it is not."""
        values = (institution, application_id, state, reason, now, out_of)
        return self._maybe(await tx.maybe(Row, DECIDE, *values))

    async def replace_earlier(self, tx: Tx, application: Application) -> list[Application]:
        """Let this confirmed application take the place of earlier ones; return those."""
        institution, company = application.institution, application.company_code
        hashes = self._hashes(institution, company, application.customer_number)
        rows = await tx.many(Row, REPLACE, institution, company, hashes, application.id)
        return [self._application(row) for row in rows]

    def _hashes(self, institution: str, company: str, number: str) -> list[bytes]:
        return list(keyed_hashes(self._keys, "index", "utility", institution, company, number))

    def _maybe(self, row: Row | None) -> Application | None:
        return None if row is None else self._application(row)

    def _application(self, row: Row) -> Application:
        place = _place(row.institution, row.id)
        opened = unseal(self._keys, "personal-data", row.sealed, place)
        sealed = msgspec.json.decode(opened, type=Sealed)
        return Application(
            institution=row.institution,
            id=row.id,
            contract_id=row.contract_id,
            state=ApplicationState(row.state),
            company_code=row.company_code,
            customer_number=sealed.customer_number,
            contractor_kana=sealed.contractor_kana,
            account=DebitAccount(
                account_id=row.account_id,
                branch_code=row.branch_code,
                kind=row.account_kind,
                number=row.account_number,
            ),
            email=sealed.email,
            language=row.language,
            reference=row.reference,
            applied_at=row.applied_at,
            sent_at=row.sent_at,
            received=row.received,
            reason=row.reason,
            decided_at=row.decided_at,
        )

    def _seal(self, institution: str, application_id: str, sealed: Sealed) -> bytes:
        encoded = msgspec.json.encode(sealed)
        return seal(self._keys, "personal-data", encoded, _place(institution, application_id))


def _place(institution: str, application_id: str) -> bytes:
    return f"direct-debit {institution} {application_id}".encode()
