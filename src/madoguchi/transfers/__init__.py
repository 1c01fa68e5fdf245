"""Transfers: money moves exactly once (RET-17 to RET-24).

An order is quoted, confirmed, written down with its job in one transaction (`accept`), and executed
by whoever comes first, web or worker: hold, then settle, each under an idempotency key made from
the transfer's id, so that doing it again does nothing again. What a core does not answer is asked
again. No hold stays once a transfer is final.
"""

from madoguchi.transfers.events import TransferEvent
from madoguchi.transfers.looking_up import named
from madoguchi.transfers.model import (
    FINAL,
    ContractLimits,
    Destination,
    Order,
    Payee,
    Payer,
    Quote,
    RegisteredPayee,
    Signs,
    Transfer,
    TransferState,
    WhyLater,
)
from madoguchi.transfers.outcomes import (
    Accepted,
    Approved,
    Cancelled,
    LimitsRefused,
    NameNeeded,
    NameUnusable,
    NicknameUnusable,
    NoSuchPayeeAccount,
    NoSuchTransfer,
    OrderRefused,
    PayeeRegistered,
    QuoteChanged,
    RefusedByStaff,
    TooLate,
    TooManyPayees,
)
from madoguchi.transfers.payees import MOST_PAYEES
from madoguchi.transfers.ports import TransfersPorts
from madoguchi.transfers.service import Transfers

__all__ = [
    "FINAL",
    "MOST_PAYEES",
    "Accepted",
    "Approved",
    "Cancelled",
    "ContractLimits",
    "Destination",
    "LimitsRefused",
    "NameNeeded",
    "NameUnusable",
    "NicknameUnusable",
    "NoSuchPayeeAccount",
    "NoSuchTransfer",
    "Order",
    "OrderRefused",
    "Payee",
    "PayeeRegistered",
    "Payer",
    "Quote",
    "QuoteChanged",
    "RefusedByStaff",
    "RegisteredPayee",
    "Signs",
    "TooLate",
    "TooManyPayees",
    "Transfer",
    "TransferEvent",
    "TransferState",
    "Transfers",
    "TransfersPorts",
    "WhyLater",
    "named",
]
