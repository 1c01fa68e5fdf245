"""Payees that a customer keeps, and those he has paid (RET-23)."""

from datetime import datetime

from madoguchi.institutions import Institution
from madoguchi.kernel.entropy import new_id
from madoguchi.kernel.kana import to_readable
from madoguchi.operations_log import Entry, harmless
from madoguchi.plumbing.database import Tx
from madoguchi.transfers import mails, store
from madoguchi.transfers.events import TransferEvent
from madoguchi.transfers.model import Payee, Signs
from madoguchi.transfers.outcomes import NicknameUnusable, PayeeRegistered, TooManyPayees
from madoguchi.transfers.ports import TransfersPorts

MOST_PAYEES = 100
LONGEST_NICKNAME = 30

list_of = store.list_payees
recent = store.recent_payees


async def register(
    ports: TransfersPorts, tx: Tx, institution: Institution, contract_id: str, payee: Payee,
    nickname: str, *, signs: Signs, now: datetime,
) -> PayeeRegistered | TooManyPayees | NicknameUnusable:  # fmt: skip
    """Keep a payee, or give the one that is kept a new nickname and its name of today."""
    nickname = nickname.strip() or to_readable(payee.name_kana)[:LONGEST_NICKNAME]
    if not nickname or len(nickname) > LONGEST_NICKNAME or harmless(nickname) != nickname:
        return NicknameUnusable()
    code = institution.code
    await store.lock_limits(tx, code, contract_id)  # so that two at once are counted
    kept = await store.rename_payee(tx, code, contract_id, payee, nickname)
    if kept is None:
        if await tx.value(store.COUNT_PAYEES, code, contract_id) >= MOST_PAYEES:
            return TooManyPayees(MOST_PAYEES)
        payee_id = new_id(ports.entropy)
        kept = await store.add_payee(tx, code, contract_id, payee_id, payee, nickname, now)
        await mails.tell_of_payee(ports, tx, institution, kept, signs)
    _record(ports, tx, TransferEvent.PAYEE_REGISTERED, code, contract_id, kept.id, signs, payee)
    return PayeeRegistered(kept)


async def remove(
    ports: TransfersPorts, tx: Tx, institution: str, contract_id: str, payee_id: str,
    *, signs: Signs,
) -> bool:  # fmt: skip
    """Forget a payee."""
    if await tx.value(store.REMOVE_PAYEE, institution, contract_id, payee_id) is None:
        return False
    _record(ports, tx, TransferEvent.PAYEE_REMOVED, institution, contract_id, payee_id, signs)
    return True


def _record(
    ports: TransfersPorts, tx: Tx, event: TransferEvent, institution: str, contract_id: str,
    payee_id: str, signs: Signs, payee: Payee | None = None,
) -> None:  # fmt: skip
    personal = {}
    if payee:
        account = (payee.bank_code, payee.branch_code, payee.kind, payee.number)
        personal = {"payee": "-".join(account)}
    entry = Entry(
        institution=institution, event=event, result="done", actor=contract_id, subject=payee_id,
        source=signs.source, reference=signs.reference, personal=personal,
    )  # fmt: skip
    ports.log.append(tx, entry)
