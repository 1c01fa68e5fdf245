"""What the visits hold in which an address is changed, or the change withdrawn."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressVisit:
    """A new address on its way: 7 digits, the place that the code gives, the rest as typed.

    `phone` is the new one in E.164, "" where it stays.
    """

    postal_code: str = ""
    area: str = ""
    rest: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalVisit:
    """The request that is to be withdrawn."""

    request_id: str
