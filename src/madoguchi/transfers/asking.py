"""Asking the core to move a transfer's money: hold, settle, and release where it is not to be.

Each call has a key made from the transfer's id and a content that never changes, so that asking
again, at the same time or after a crash, gets the first answer and moves nothing twice.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from madoguchi.core_bank.port import (
    AccountKind,
    Call,
    CoreBank,
    CoreUnavailable,
    Held,
    KeyedTransfer,
    MovesMany,
    OtherBankPayee,
    OwnPayee,
    Refusal,
    Refused,
    Released,
    ReleaseReason,
    Settled,
    Unknown,
)
from madoguchi.core_bank.port import Transfer as Movement
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.transfers.model import Transfer

LONGEST_CALL = timedelta(seconds=15)

REASONS = {
    Refusal.NOT_ENOUGH_FUNDS: "not-enough-funds",
    Refusal.NO_SUCH_ACCOUNT: "account-unusable",
    Refusal.ACCOUNT_MOVED: "account-unusable",
    Refusal.ACCOUNT_CLOSED: "account-unusable",
    Refusal.KIND_NOT_PERMITTED: "account-unusable",
    Refusal.NO_SUCH_PAYEE: "payee-unusable",
    Refusal.PAYEE_MOVED: "payee-unusable",
    Refusal.PAYEE_CLOSED: "payee-unusable",
    Refusal.PAYEE_KIND_NOT_PERMITTED: "payee-unusable",
    Refusal.PAYEE_REFUSED: "payee-refused",
    Refusal.ALREADY_REFUSED: "payee-refused",
    Refusal.HOLD_EXPIRED: "took-too-long",
    Refusal.ALREADY_EXPIRED: "took-too-long",
    Refusal.ALREADY_VOIDED: "called-off-at-the-bank",
    Refusal.NOT_OFFERED: "not-offered",
}
"""What a customer is told; anything else is "refused-by-core"."""

IN_FLIGHT = frozenset((Refusal.KEY_IN_FLIGHT, Refusal.SETTLE_IN_FLIGHT))
HOLD_ENDED = frozenset(
    (
        Refusal.ALREADY_VOIDED,
        Refusal.ALREADY_EXPIRED,
        Refusal.ALREADY_REFUSED,
        Refusal.PAYEE_REFUSED,
    )
)
"""With these the hold is gone already."""
IMPOSSIBLE = frozenset(
    (Refusal.KEY_USED_FOR_OTHER_CONTENT, Refusal.NO_SUCH_HOLD, Refusal.ALREADY_SETTLED)
)
"""Never the answer to our own keys: money may have moved, so that nobody may call it failed."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The money has moved."""

    settled: Settled


@dataclass(frozen=True, slots=True)
class NotMoved:
    """No money has moved, and none is held."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The core has not answered: perhaps done, perhaps not. Ask again."""


NoteHold = Callable[[str], Awaitable[None]]


async def ask(
    core: CoreBank, clock: Clock, transfer: Transfer, note_hold: NoteHold
) -> Moved | NotMoved | NotKnown:
    """Have the money moved; `note_hold` is called with the hold's id before it is settled.

    Raises `BrokenInvariant` for an answer that our keys cannot get: for people to look at.
    """
    try:
        held = await core.hold(_call(clock, transfer, "hold"), movement_of(transfer))
        match held:
            case Held(hold_id):
                await note_hold(hold_id)
                return await _settle(core, clock, transfer, hold_id)
            case Refused(code):
                return _judge(code, transfer) or NotMoved(_reason(code))
            case Unknown():
                return NotKnown()
    except (CoreUnavailable, TimeoutError):  # writes should answer Unknown: the same
        return NotKnown()


async def ask_many(
    core: MovesMany, clock: Clock, transfers: Sequence[Transfer]
) -> dict[str, Moved | NotMoved]:
    """Have the money of many moved at once, each with the keys that `ask` uses.

    Return what became of each by its id, without those that are to be asked for one by one.
    Raises as `ask` does.
    """
    asked = [
        KeyedTransfer(
            hold_key=_key(each, "hold"), settle_key=_key(each, "settle"), transfer=movement_of(each)
        )
        for each in transfers
    ]  # fmt: skip
    call = Call(
        institution=transfers[0].institution, correlation_id=transfers[0].reference,
        deadline=clock.now() + LONGEST_CALL,
    )  # fmt: skip
    answers = await core.transfer_many(call, asked)
    known: dict[str, Moved | NotMoved] = {}
    for transfer, answer in zip(transfers, answers, strict=True):
        match answer:
            case Settled():
                known[transfer.id] = Moved(answer)
            case Refused(code) if not _judge(code, transfer):
                known[transfer.id] = NotMoved(_reason(code))
    return known


def movement_of(transfer: Transfer) -> Movement:
    """Return what the core is asked for: the same at every repetition."""
    order, payee = transfer.order, transfer.order.payee
    to: OwnPayee | OtherBankPayee
    if transfer.destination == "other_bank":
        to = OtherBankPayee(
            bank_code=payee.bank_code, branch_code=payee.branch_code,
            kind=AccountKind(payee.kind), number=payee.number, name_kana=payee.name_kana,
        )  # fmt: skip
    else:
        to = OwnPayee(account_id=must(payee.account_id, "the payee's account"))
    return Movement(
        from_account=order.payer.account_id, payee=to, amount=order.amount, fee=transfer.fee,
        remarks=payee.name_kana, payee_remarks=order.payer_name,
        expires_at=must(transfer.hold_expires_at, "the end of the hold"),
    )  # fmt: skip


async def _settle(
    core: CoreBank, clock: Clock, transfer: Transfer, hold_id: str
) -> Moved | NotMoved | NotKnown:
    answer = await core.settle(_call(clock, transfer, "settle"), hold_id)
    match answer:
        case Settled():
            return Moved(answer)
        case Unknown():
            return NotKnown()
        case Refused(code) if code in HOLD_ENDED:
            return NotMoved(_reason(code))
        case Refused(code):
            return _judge(code, transfer) or await _release(core, clock, transfer, hold_id, code)


async def _release(
    core: CoreBank, clock: Clock, transfer: Transfer, hold_id: str, why: Refusal
) -> NotMoved | NotKnown:
    """Free the money of a hold that cannot be settled; only then has the transfer failed."""
    expired = why is Refusal.HOLD_EXPIRED
    end = ReleaseReason.EXPIRED if expired else ReleaseReason.VOIDED
    match await core.release(_call(clock, transfer, "release"), hold_id, end):
        case Released():
            return NotMoved(_reason(why))
        case Unknown():
            return NotKnown()
        case Refused(code) if code in HOLD_ENDED:
            return NotMoved(_reason(why))
        case Refused(code) if code in IN_FLIGHT:
            return NotKnown()
        case Refused(code):
            raise BrokenInvariant(f"transfer {transfer.id}: not released, {code.name}")


def _judge(code: Refusal, transfer: Transfer) -> NotKnown | None:
    if code in IN_FLIGHT:
        return NotKnown()
    if code in IMPOSSIBLE:
        raise BrokenInvariant(f"transfer {transfer.id}: the core says {code.name}")
    return None


def _reason(code: Refusal) -> str:
    return REASONS.get(code, "refused-by-core")


def _call(clock: Clock, transfer: Transfer, step: str) -> Call:
    return Call(
        institution=transfer.institution,
        correlation_id=transfer.reference or transfer.id,
        deadline=clock.now() + LONGEST_CALL,
        idempotency_key=_key(transfer, step),
    )


def _key(transfer: Transfer, step: str) -> str:
    return f"transfer:{transfer.id}:{step}"
