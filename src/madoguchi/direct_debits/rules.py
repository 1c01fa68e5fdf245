"""An application for a direct debit. Values only."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

SENT_AFTER = timedelta(minutes=10)
"""How long an application can be withdrawn before it goes to the company."""


class ApplicationState(StrEnum):
    """How an application stands. Only the first two are live."""

    APPLIED = "applied"
    SENT = "sent"
    """On its way to the company, or there: it can no longer be withdrawn."""
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    """Was confirmed, and a later one for the same customer number took its place."""


class DebitAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The account that is to be debited. `account_id` is the core's."""

    account_id: str
    branch_code: str
    kind: str
    number: str


class NewApplication(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer applies for."""

    company_code: str
    """The `code` of a company in the institution's settings."""
    customer_number: str
    """The contractor's number with the company, as many digits as the settings say."""
    contractor_kana: str
    """The name that the company knows, half-width kana."""
    account: DebitAccount

    def __repr__(self) -> str:
        return f"NewApplication({self.company_code!r}, …)"


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """Whose application it is, whom to tell ("" where no address is known), where it came from."""

    contract_id: str
    email: str
    language: str
    reference: str
    source: str

    def __repr__(self) -> str:
        return f"Applicant({self.contract_id!r}, …)"


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """An application as it stands, opened."""

    institution: str
    id: str
    contract_id: str
    state: ApplicationState
    company_code: str
    customer_number: str
    contractor_kana: str
    account: DebitAccount
    email: str
    language: str
    reference: str
    applied_at: datetime
    sent_at: datetime | None
    received: bool
    """Whether the company said that it has it."""
    reason: str
    """The company's reason for refusing, a code: `no-such-customer`, `name-differs`, others."""
    decided_at: datetime | None
