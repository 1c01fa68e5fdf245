"""What is answered instead of doing what was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from madoguchi.transfers.model import Payee, Quote, RegisteredPayee, Transfer


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """The order cannot be carried out.

    `code`: amount-invalid, payer-name-invalid, payee-name-invalid, same-account,
    kind-not-permitted, day-not-reservable (values: first, last), over-transfer-limit (limit),
    over-day-limit and over-month-limit (limit, left), not-enough-funds (available),
    used-for-another-order.
    """

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuoteChanged:
    """Fee, day or total are no longer what was shown: show `quote` and have it confirmed anew."""

    quote: Quote


@dataclass(frozen=True, slots=True)
class Accepted:
    """The order is written down. `again`: by an earlier call with the same `once`."""

    transfer: Transfer
    again: bool = False


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The transfer will not be executed."""

    transfer: Transfer


@dataclass(frozen=True, slots=True)
class TooLate:
    """It can no longer be cancelled, approved or refused; `transfer` is how it stands."""

    transfer: Transfer


@dataclass(frozen=True, slots=True)
class NoSuchTransfer:
    """The contract (or for staff, the institution) has no such transfer."""


@dataclass(frozen=True, slots=True)
class NoSuchPayeeAccount:
    """No account that may be paid into has this number."""


@dataclass(frozen=True, slots=True)
class NameNeeded:
    """The name cannot be looked up: the customer types it (see `named`)."""

    payee: Payee


@dataclass(frozen=True, slots=True)
class NameUnusable:
    """The typed name is empty, too long, or holds `characters` that banks do not write."""

    characters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PayeeRegistered:
    """The payee is kept; one registered before has the new nickname."""

    registered: RegisteredPayee


@dataclass(frozen=True, slots=True)
class TooManyPayees:
    """The contract keeps as many payees as it may."""

    most: int


@dataclass(frozen=True, slots=True)
class NicknameUnusable:
    """Empty, longer than 30 characters, or with characters that no name has."""


@dataclass(frozen=True, slots=True)
class LimitsRefused:
    """`which` is the limit that is wrong.

    `code`: no-amount, not-lower (lowering would raise it), too-high (over the highest).
    """

    code: str
    which: str


@dataclass(frozen=True, slots=True)
class Approved:
    """Staff let the transfer go; execute it after the commit where it is for now."""

    transfer: Transfer


@dataclass(frozen=True, slots=True)
class RefusedByStaff:
    """Staff stopped the transfer."""

    transfer: Transfer
