"""The mails on bills: paid, or not paid and why (RET-31)."""

from madoguchi.bill_payments.ports import BillPaymentPorts
from madoguchi.bill_payments.rules import BillPayment
from madoguchi.institutions import Institution
from madoguchi.notices import Notice, sender_of
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.templates.formats import format_moment, format_yen

TOLD_REASONS = frozenset(
    (
        *("not-enough-funds", "account-closed", "account-moved", "already-paid"),
        *("amount-changed", "expired", "no-such-bill"),
    )
)
"""Reasons that people are given words for; for all others the mail and the page say to call."""

SHOWN_DIGITS = 3
"""Of an account number: mails are read by others."""


def reason_key(payment: BillPayment) -> str:
    """Return the catalogue's key of why the payment failed."""
    return f"bill.reason.{payment.reason if payment.reason in TOLD_REASONS else 'other'}"


async def tell_paid(
    tx: Tx, ports: BillPaymentPorts, institution: Institution, payment: BillPayment
) -> None:
    """Mail that the bill is paid, once."""
    await _send(tx, ports, institution, payment, "bill-paid", {})


async def tell_failed(
    tx: Tx, ports: BillPaymentPorts, institution: Institution, payment: BillPayment
) -> None:
    """Mail that the bill is not paid, nothing was debited, and why, once."""
    why = ports.texts(reason_key(payment), language=payment.signs.language)
    await _send(tx, ports, institution, payment, "bill-failed", {"why": why})


async def _send(
    tx: Tx, ports: BillPaymentPorts, institution: Institution, payment: BillPayment,
    template: str, more: dict[str, str],
) -> None:  # fmt: skip
    if not payment.signs.email:
        return
    language = payment.signs.language
    payer = payment.payer
    kind = ports.texts(f"transfer.kind.{payer.kind}", language=language)
    values = {
        "payer": f"{kind} ****{payer.number[-SHOWN_DIGITS:]}",
        "biller": payment.bill.biller_name,
        "what": payment.bill.what,
        "amount": format_yen(payment.bill.amount, language),
        "receipt": payment.receipt_number,
        "at": format_moment(payment.made_at, language),
        **more,
    }
    notice = Notice(
        sender=sender_of(institution),
        event_key=f"{template}:{payment.id}",
        template=template,
        language=language,
        to=payment.signs.email,
        values=values,
    )
    await ports.notices.send(tx, notice)
