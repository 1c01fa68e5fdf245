"""The port for sending mail."""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took the mail over."""


@dataclass(frozen=True, slots=True)
class TemporaryFailure:
    """The mail was not taken; trying again may help."""

    reason: str


@dataclass(frozen=True, slots=True)
class PermanentFailure:
    """The server refused the mail for good (5xx): a bounce."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The whole mail was handed over, but the server's answer never came.

    It may be delivered or not.
    """

    reason: str


Delivery = Accepted | TemporaryFailure | PermanentFailure | Uncertain


class MailTransport(Protocol):
    """Hands one mail over."""

    async def deliver(self, message: EmailMessage) -> Delivery:
        """Try once to hand over `message`, from its From to its only To.

        Never raises for what a server does.
        """
        ...
