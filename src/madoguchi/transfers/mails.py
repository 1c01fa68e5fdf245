"""The mails about transfers: what happened, and how to stop what was not you (RET-18, RET-31)."""

from typing import Literal

from madoguchi.institutions import Institution, Limits
from madoguchi.kernel.kana import to_readable
from madoguchi.notices import Notice, sender_of
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import unseal
from madoguchi.plumbing.templates.formats import format_date, format_moment, format_yen
from madoguchi.transfers.model import ContractLimits, RegisteredPayee, Signs, Transfer
from madoguchi.transfers.ports import TransfersPorts

Template = Literal[
    "transfer-done", "transfer-reserved", "transfer-failed", "transfer-held",
    "transfer-cancelled", "transfer-returned", "transfer-refused-by-staff",
]  # fmt: skip

KINDS = {
    "ja": {"ordinary": "普通", "savings": "貯蓄", "current": "当座"},
    "en": {"ordinary": "Ordinary", "savings": "Savings", "current": "Current"},
}
SHOWN_DIGITS = 3


def place_of(institution: str, transfer_id: str) -> bytes:
    """Return the context that a transfer's sealed mail address is bound to."""
    return f"transfer|{institution}|{transfer_id}".encode()


def masked(number: str) -> str:
    """Return an account number as mails show it: `****567`."""
    return f"****{number[-SHOWN_DIGITS:]}"


async def tell(
    ports: TransfersPorts, tx: Tx, institution: Institution, transfer: Transfer, template: Template
) -> None:
    """Mail to the address that the customer had when he confirmed: a later change hides nothing."""
    await ports.notices.send(tx, notice_of(ports, institution, transfer, template))


def notice_of(
    ports: TransfersPorts, institution: Institution, transfer: Transfer, template: Template
) -> Notice:
    """Return the mail that tells of the transfer."""
    place = place_of(transfer.institution, transfer.id)
    email = unseal(ports.keys, "personal-data", transfer.sealed_email, place).decode()
    # a transfer that staff let go on another day is told of that day, too
    event_key = f"{template}:{transfer.id}"
    if template == "transfer-reserved":
        event_key += f":{transfer.executes_on.isoformat()}"
    return Notice(
        sender=sender_of(institution), event_key=event_key, template=template,
        language=transfer.language, to=email, values=_values(transfer),
    )  # fmt: skip


async def tell_of_limits(
    ports: TransfersPorts, tx: Tx, institution: Institution, limits: ContractLimits, signs: Signs,
    change: str,
) -> None:  # fmt: skip
    """Mail the limits that are now in force, and those that will be."""
    language = signs.language
    later_from = limits.later_from
    notice = Notice(
        sender=sender_of(institution), event_key=f"limits-changed:{change}",
        template="limits-changed", language=language, to=signs.email,
        values={
            "now": _limits(limits.now, language),
            "later": _limits(limits.later, language) if limits.later else (),
            "later_from": format_date(later_from, language) if later_from else "",
        },
    )  # fmt: skip
    await ports.notices.send(tx, notice)


async def tell_of_payee(
    ports: TransfersPorts, tx: Tx, institution: Institution, kept: RegisteredPayee, signs: Signs
) -> None:
    """Mail who was registered: transfers to him are looked at less closely from the next day on."""
    language, payee = signs.language, kept.payee
    notice = Notice(
        sender=sender_of(institution), event_key=f"payee-registered:{kept.id}",
        template="payee-registered", language=language, to=signs.email,
        values={
            "bank": payee.bank_name,
            "branch": payee.branch_name,
            "payee_kind": KINDS[language][payee.kind],
            "payee_number": masked(payee.number),
            "payee_name": to_readable(payee.name_kana),
            "at": format_moment(kept.registered_at, language),
        },
    )  # fmt: skip
    await ports.notices.send(tx, notice)


def _values(transfer: Transfer) -> dict[str, str]:
    language, order = transfer.language, transfer.order
    payee = order.payee
    at = transfer.done_at or transfer.made_at
    return {
        "receipt": transfer.receipt_number,
        "payer_kind": KINDS[language][order.payer.kind],
        "payer_number": masked(order.payer.number),
        "bank": payee.bank_name,
        "branch": payee.branch_name,
        "payee_kind": KINDS[language][payee.kind],
        "payee_number": masked(payee.number),
        "payee_name": to_readable(payee.name_kana),
        "amount": format_yen(order.amount, language),
        "fee": format_yen(transfer.fee, language),
        "total": format_yen(transfer.total, language),
        "day": format_date(transfer.executes_on, language),
        "at": format_moment(at, language),
        "reason": transfer.reason,
        "why_later": transfer.why_later,
    }


def _limits(limits: Limits, language: str) -> tuple[str, str, str]:
    each = (limits.per_transfer, limits.per_day, limits.per_month)
    per_transfer, per_day, per_month = (format_yen(amount, language) for amount in each)
    return per_transfer, per_day, per_month
