"""From an order to a written one: quoted, compared with what was shown, within the limits, once."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from madoguchi.institutions import Institution
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.entropy import Entropy, new_id
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import enqueue
from madoguchi.plumbing.keys import seal
from madoguchi.transfers import mails, rules, store
from madoguchi.transfers.events import TransferEvent
from madoguchi.transfers.model import Order, Quote, Signs, Transfer, TransferState
from madoguchi.transfers.outcomes import Accepted, OrderRefused, QuoteChanged
from madoguchi.transfers.ports import TransfersPorts
from madoguchi.transfers.recording import record
from madoguchi.transfers.scheduling import KIND

KNOWN_AFTER = timedelta(days=1)
"""A payee counts as known a day after it was registered or first paid.

A thief registers his own first, or pays him one yen.
"""
HEAD_START = timedelta(seconds=5)
"""The web executes right after the commit; the job is for when it could not."""
MOST_DRAWS = 10

_EVENTS = {
    TransferState.ACCEPTED: TransferEvent.ACCEPTED,
    TransferState.RESERVED: TransferEvent.RESERVED,
    TransferState.AWAITING_REVIEW: TransferEvent.HELD,
}
_MAILS: dict[TransferState, mails.Template] = {
    TransferState.RESERVED: "transfer-reserved",
    TransferState.AWAITING_REVIEW: "transfer-held",
}


async def quote(
    tx: Tx, institution: Institution, order: Order, now: datetime
) -> Quote | OrderRefused:
    """Return what the order would cost and when it would be executed; nothing is written."""
    priced = _price(institution, order, now)
    if isinstance(priced, OrderRefused):
        return priced
    shown, _ = priced
    own = await store.limits_row(tx, institution.code, order.payer.contract_id)
    facts = await _facts(tx, institution, shown, "", now)
    return _over_limit(institution, shown, own, facts, now) or _with_code(shown, facts)


async def accept(
    ports: TransfersPorts, tx: Tx, institution: Institution, order: Order, quote: Quote,
    *, once: str, signs: Signs, now: datetime,
) -> Accepted | OrderRefused | QuoteChanged:  # fmt: skip
    """Write the order down with all that belongs to it, or answer as the first time."""
    own = await store.lock_limits(tx, institution.code, order.payer.contract_id)
    facts = await _facts(tx, institution, quote, once, now)
    if facts.again is not None:
        return await _again(tx, institution.code, facts.again, order)
    priced = _price(institution, order, now)
    if isinstance(priced, OrderRefused):
        return priced
    plain, when = priced
    fresh = _with_code(plain, facts, asked=quote.needs_code)
    if replace(quote, fees_valid_from=fresh.fees_valid_from) != fresh:
        return QuoteChanged(fresh)
    refused = _over_limit(institution, fresh, own, facts, now)
    if refused:
        return refused
    score = rules.score_of(
        institution.transfers, fresh.destination, order.amount, known_payee=facts.known_payee,
        known_device=signs.known_device, now=now,
    )  # fmt: skip
    transfer = _transfer(ports, institution, fresh, when, score, signs, now)
    transfer = await _insert(ports, tx, transfer, once, signs)
    await _follow_up(ports, tx, institution, transfer, signs)
    return Accepted(transfer)


def _price(
    institution: Institution, order: Order, now: datetime
) -> tuple[Quote, rules.When] | OrderRefused:
    """Return the quote by the settings alone."""
    refused = rules.order_refusal(order)
    if refused:
        return refused
    settings = institution.transfers
    destination = rules.destination_of(institution.code, order.payer, order.payee)
    when = rules.schedule(settings, destination, order.payee.kind, order.on, now)
    if isinstance(when, OrderRefused):
        return when
    fee, valid_from = rules.fee_for(
        settings.fee_tables, destination, order.amount, member=order.payer.member,
        day=japan_day(now),
    )  # fmt: skip
    return Quote(
        order=order, destination=destination, fee=fee, fees_valid_from=valid_from,
        total=Yen(order.amount + fee), executes_on=when.executes_on, reserved=when.reserved,
        why_later=when.why_later, needs_code=order.on is None or settings.code_for_reserved,
    ), when  # fmt: skip


def _with_code(quote: Quote, facts: store.Facts, *, asked: bool = False) -> Quote:
    """Ask for a code wherever the payee is not known: a password alone opens no new way out.

    `asked`: the customer was asked for one; that is not undone by a payee who became known since.
    """
    new = quote.destination != "own" and not facts.known_payee
    return replace(quote, needs_code=quote.needs_code or new or asked)


async def _facts(
    tx: Tx, institution: Institution, quote: Quote, once: str, now: datetime
) -> store.Facts:
    day = quote.executes_on
    return await store.facts(
        tx, quote.order, institution.code, once, day, rules.month_of(day), now - KNOWN_AFTER
    )


def _over_limit(
    institution: Institution, quote: Quote, own: store.LimitsRow, facts: store.Facts, now: datetime
) -> OrderRefused | None:
    """Judge by the limits in force today: a raise that waits for tomorrow helps no reservation."""
    settings = institution.transfers
    limits = rules.limits_in_force(own.on(japan_day(now)), settings.highest_limits, settings.limits)
    return rules.limit_refusal(
        limits, quote.destination, quote.order.amount, facts.used_day, facts.used_month
    )


async def _again(
    tx: Tx, institution: str, transfer_id: str, order: Order
) -> Accepted | OrderRefused:
    """Return the first answer; another order under the same `once` is refused."""
    first = must(await store.find(tx, institution, transfer_id))
    return (
        Accepted(first, again=True)
        if first.order == order
        else OrderRefused("used-for-another-order")
    )


def _transfer(
    ports: TransfersPorts, institution: Institution, quote: Quote, when: rules.When,
    score: rules.Score, signs: Signs, now: datetime,
) -> Transfer:  # fmt: skip
    state = TransferState.RESERVED if when.reserved else TransferState.ACCEPTED
    if rules.needs_review(institution.transfers, score):
        state = TransferState.AWAITING_REVIEW
    until = rules.begins_until(
        institution.transfers, quote.destination, quote.order.payee.kind, when
    )
    transfer_id = new_id(ports.entropy)
    place = mails.place_of(institution.code, transfer_id)
    return Transfer(
        institution=institution.code, id=transfer_id, receipt_number="", state=state,
        order=quote.order, destination=quote.destination, fee=quote.fee,
        fees_valid_from=quote.fees_valid_from, made_at=now, executes_on=when.executes_on,
        runs_at=when.runs_at, begins_until=until, reserved=when.reserved, why_later=when.why_later,
        language=signs.language, reference=signs.reference, score=score.points,
        score_reasons=score.reasons,
        sealed_email=seal(ports.keys, "personal-data", signs.email.encode(), place),
    )  # fmt: skip


async def _insert(
    ports: TransfersPorts, tx: Tx, transfer: Transfer, once: str, signs: Signs
) -> Transfer:
    """Insert the transfer under a receipt number that none has."""
    for _ in range(MOST_DRAWS):
        numbered = replace(transfer, receipt_number=_receipt_number(ports.entropy))
        if await store.insert(tx, numbered, once=once, source=signs.source):
            return numbered
    raise BrokenInvariant("no receipt number is free")


def _receipt_number(entropy: Entropy) -> str:
    return f"{entropy.draw(range(10**12)):012}"


async def _follow_up(
    ports: TransfersPorts, tx: Tx, institution: Institution, transfer: Transfer, signs: Signs
) -> None:
    """Have it executed, logged, and told by mail; a transfer for now is mailed when it is done."""
    state = transfer.state
    if state is not TransferState.AWAITING_REVIEW:
        start = HEAD_START if state is TransferState.ACCEPTED else timedelta()
        await enqueue(
            tx, institution=institution.code, kind=KIND, key=transfer.id,
            payload={"transfer": transfer.id}, run_at=transfer.runs_at + start,
        )  # fmt: skip
    record(
        ports, tx, _EVENTS[state], transfer, actor=transfer.order.payer.contract_id,
        source=signs.source, reference=signs.reference,
    )  # fmt: skip
    if state in _MAILS:
        await mails.tell(ports, tx, institution, transfer, _MAILS[state])
