"""Why the fake core refuses a transfer, in the order of the port's numbers."""

from madoguchi.core_bank import (
    LARGEST_AMOUNT,
    Account,
    AccountKind,
    AccountStatus,
    Refusal,
    Transfer,
)


def amount_refusal(transfer: Transfer) -> Refusal | None:
    """Return why this amount or fee cannot be moved."""
    right = 1 <= transfer.amount <= LARGEST_AMOUNT and 0 <= transfer.fee <= LARGEST_AMOUNT
    return None if right else Refusal.AMOUNT_OUT_OF_RANGE


def payer_refusal(payer: Account | None) -> Refusal | None:
    """Return why this account cannot pay."""
    if payer is None:
        return Refusal.NO_SUCH_ACCOUNT
    if payer.kind == AccountKind.TIME_DEPOSIT and payer.status == AccountStatus.OPEN:
        return Refusal.KIND_NOT_PERMITTED
    refusals = {"moved": Refusal.ACCOUNT_MOVED, "closed": Refusal.ACCOUNT_CLOSED}
    return refusals.get(payer.status)


def payee_refusal(payee: Account | None) -> Refusal | None:
    """Return why this account cannot be paid."""
    if payee is None:
        return Refusal.NO_SUCH_PAYEE
    if payee.kind == AccountKind.TIME_DEPOSIT and payee.status == AccountStatus.OPEN:
        return Refusal.PAYEE_KIND_NOT_PERMITTED
    refusals = {"moved": Refusal.PAYEE_MOVED, "closed": Refusal.PAYEE_CLOSED}
    return refusals.get(payee.status)
