"""What a visit that calls a transfer off holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CancelVisit:
    """The transfer that is to be cancelled."""

    transfer_id: str
