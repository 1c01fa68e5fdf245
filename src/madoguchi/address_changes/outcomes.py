"""What is answered to a request, or to a decision on one."""

from dataclasses import dataclass

from madoguchi.address_changes.rules import AddressRequest


@dataclass(frozen=True, slots=True)
class Requested:
    """The request stands: this one, or the first one of the same `once`."""

    request: AddressRequest


@dataclass(frozen=True, slots=True)
class AnotherOpen:
    """An earlier request is still open: it is to be withdrawn, or waited for."""

    request: AddressRequest


@dataclass(frozen=True, slots=True)
class NotOpen:
    """There is no such request, or it has been decided or withdrawn."""

    request_id: str
