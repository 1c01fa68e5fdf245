"""What is refused, and the one fault of this context."""

from dataclasses import dataclass

from madoguchi.kernel.errors import Fault


@dataclass(frozen=True, slots=True)
class AlreadyContracted:
    """This person, or this account, has a contract that is not stopped: `contract_id`."""

    contract_id: str


@dataclass(frozen=True, slots=True)
class LoginIdTaken:
    """Another contract of the institution has this login ID, whatever its upper and lower case."""


@dataclass(frozen=True, slots=True)
class NotProvisional:
    """The contract has another login ID already, or was stopped."""


@dataclass(frozen=True, slots=True)
class CardAccountStays:
    """The account of the contract card cannot be taken off its contract."""


class ContractChanged(Fault):
    """The contract is not in the state any more that the caller saw: nothing may be written."""
