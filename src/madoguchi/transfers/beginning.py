"""When a transfer may begin."""

from datetime import datetime, timedelta

from madoguchi.institutions import Service
from madoguchi.transfers import rules
from madoguchi.transfers.model import Transfer, TransferState

SERVICE: Service = "retail-transfers"
JUST_NOW = timedelta(minutes=1)
"""How long what the customer confirmed needs no second look at his contract."""
NOT_BEGUN = (TransferState.ACCEPTED, TransferState.RESERVED)


def missed(found: Transfer, now: datetime) -> str:
    """Return why it is too late to begin, '' where it is not."""
    match found.state:
        case TransferState.ACCEPTED | TransferState.RESERVED:
            return "day-missed" if now >= found.begins_until else ""
        case TransferState.AWAITING_REVIEW:
            return "not-reviewed" if now >= rules.reviewed_until(found.executes_on) else ""
        case _:
            return ""
