"""A request to change an address. Values only."""

from datetime import datetime
from enum import StrEnum

import msgspec


class AddressState(StrEnum):
    """How a request stands. The first two are open, the others are ends."""

    SUBMITTED = "submitted"
    CHECKING = "checking"
    """It lies with staff."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether it is still to be decided."""
        return self in (AddressState.SUBMITTED, AddressState.CHECKING)


class NewAddress(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer asks for, and whom to tell. All of it is sealed at rest."""

    postal_code: str
    """7 digits."""
    area: str
    """Prefecture, city and town, as the postal code gives them."""
    rest: str
    """番地・建物名・部屋番号, as typed."""
    phone: str | None
    """The new phone in E.164, where that changes too."""
    email: str
    """Where to tell of it; "" where no address is known."""

    @property
    def text(self) -> str:
        """The whole address on one line."""
        return f"{self.area}{self.rest}"

    def __repr__(self) -> str:
        return "NewAddress(…)"


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Whose address it is, and where the wish came from."""

    contract_id: str
    holder_id: str
    """The core's."""
    language: str
    reference: str
    source: str


class AddressRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it stands, opened."""

    institution: str
    id: str
    contract_id: str
    holder_id: str
    state: AddressState
    address: NewAddress
    language: str
    reference: str
    core_reference: str
    """What the core calls it; "" before it is handed over."""
    reason: str
    """Why it was refused, for the customer."""
    requested_at: datetime
    decided_at: datetime | None
    decided_by: str
