"""What is answered instead of doing what was asked."""

from dataclasses import dataclass

from madoguchi.consents.rules import ConsentStatus


@dataclass(frozen=True, slots=True)
class NoSuchConsent:
    """The institution has no consent of that id."""

    consent_id: str


@dataclass(frozen=True, slots=True)
class ConsentNotAwaiting:
    """The consent has been decided on before, or is gone."""

    consent_id: str


@dataclass(frozen=True, slots=True)
class ConsentNotActive:
    """The consent has ended already."""

    consent_id: str
    status: ConsentStatus
