"""Telling the log and the customers how transfers ended."""

from collections.abc import Iterator, Sequence

from madoguchi.institutions import Institution
from madoguchi.plumbing.database import Tx
from madoguchi.transfers import mails
from madoguchi.transfers.events import TransferEvent
from madoguchi.transfers.model import Transfer, TransferState
from madoguchi.transfers.ports import TransfersPorts
from madoguchi.transfers.recording import record

EXECUTOR = "transfers"
"""Who the log names for what nobody does by hand."""


async def tell_ends(
    ports: TransfersPorts, tx: Tx, institution: Institution, ended: Sequence[Transfer]
) -> None:
    """Log and mail what became of each; one that has come back already is told as both."""
    notices = []
    for transfer in ended:
        for event, template, reason in _ends(transfer):
            record(ports, tx, event, transfer, actor=EXECUTOR, reason=reason)
            notices.append(mails.notice_of(ports, institution, transfer, template))
    await ports.notices.send_many(tx, institution.code, notices)


def _ends(transfer: Transfer) -> Iterator[tuple[TransferEvent, mails.Template, str]]:
    if transfer.state is TransferState.FAILED:
        yield TransferEvent.FAILED, "transfer-failed", transfer.reason
        return
    yield TransferEvent.DONE, "transfer-done", ""
    if transfer.state is TransferState.RETURNED:
        yield TransferEvent.RETURNED, "transfer-returned", transfer.reason
