"""A transfer's rows in the operations log."""

from madoguchi.operations_log import Entry
from madoguchi.plumbing.database import Tx
from madoguchi.transfers.events import TransferEvent
from madoguchi.transfers.model import Transfer
from madoguchi.transfers.ports import TransfersPorts


def record(
    ports: TransfersPorts, tx: Tx, event: TransferEvent, transfer: Transfer, *, actor: str,
    reason: str = "", source: str = "", reference: str = "",
) -> None:  # fmt: skip
    """Log what happened to the transfer; who is paid is sealed."""
    payee = transfer.order.payee
    entry = Entry(
        institution=transfer.institution, event=event,
        result="failed" if event is TransferEvent.FAILED else "done", actor=actor,
        subject=transfer.id, reason=reason, source=source,
        reference=reference or transfer.reference,
        detail={
            "receipt": transfer.receipt_number,
            "state": transfer.state,
            "destination": transfer.destination,
            "amount_yen": str(transfer.order.amount),
            "fee_yen": str(transfer.fee),
            "day": transfer.executes_on.isoformat(),
            "score": " ".join((str(transfer.score), *transfer.score_reasons)),
            "acceptance": transfer.acceptance_number,
        },
        personal={
            "from": transfer.order.payer.account_id,
            "to": f"{payee.bank_code}-{payee.branch_code}-{payee.kind}-{payee.number}",
            "name": payee.name_kana,
        },
    )  # fmt: skip
    ports.log.append(tx, entry)
