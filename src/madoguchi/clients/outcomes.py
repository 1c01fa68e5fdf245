"""What the register answers instead of doing what was asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegistrationError:
    """What is wrong with one field of a registration: a stable code and the value it is about."""

    field: str
    code: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class InvalidRegistration:
    """The registration breaks the rules; all that is wrong, in the order of the fields."""

    errors: tuple[RegistrationError, ...]


@dataclass(frozen=True, slots=True)
class ClientExists:
    """The institution has a client of that id."""

    client_id: str


@dataclass(frozen=True, slots=True)
class NoSuchClient:
    """The institution has no client of that id."""

    client_id: str
