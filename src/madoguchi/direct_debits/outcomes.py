"""What is answered to an application, or to a withdrawal."""

from dataclasses import dataclass

from madoguchi.direct_debits.rules import Application


@dataclass(frozen=True, slots=True)
class Applied:
    """The application stands: this one, or the first one of the same `once`."""

    application: Application


@dataclass(frozen=True, slots=True)
class AnotherLive:
    """The company is being asked about this customer number already."""


@dataclass(frozen=True, slots=True)
class TooLate:
    """There is no such application, or it has been sent, or has ended."""

    application_id: str
