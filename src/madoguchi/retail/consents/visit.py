"""What the visit holds in which a consent is revoked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationVisit:
    """The consent that is to be revoked: one of the visitor's own."""

    consent_id: str
