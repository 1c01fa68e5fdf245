"""A contract's limits: lowered at once, raised from the next Japan day (RET-22)."""

from datetime import datetime

from madoguchi.institutions import Institution, Limits
from madoguchi.kernel.business_days import ONE_DAY
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.money import Yen
from madoguchi.operations_log import Entry
from madoguchi.plumbing.database import Tx
from madoguchi.transfers import mails, rules, store
from madoguchi.transfers.events import TransferEvent
from madoguchi.transfers.model import ContractLimits, Signs
from madoguchi.transfers.outcomes import LimitsRefused
from madoguchi.transfers.ports import TransfersPorts


async def limits_of(
    tx: Tx, institution: Institution, contract_id: str, now: datetime
) -> ContractLimits:
    """Return the limits today and later."""
    return _limits(institution, await store.limits_row(tx, institution.code, contract_id), now)


async def used_of(
    tx: Tx, institution: Institution, contract_id: str, now: datetime
) -> tuple[Yen, Yen]:
    """Return what counts against today's and this month's limit."""
    day = japan_day(now)
    facts = await store.used(tx, institution.code, contract_id, day, rules.month_of(day), now)
    return Yen(facts.used_day), Yen(facts.used_month)


async def lower(
    ports: TransfersPorts, tx: Tx, institution: Institution, contract_id: str, limits: Limits,
    *, signs: Signs, now: datetime,
) -> ContractLimits | LimitsRefused:  # fmt: skip
    """Lower at once; what was to be raised tomorrow is not any more: the later wish counts."""
    row = await store.lock_limits(tx, institution.code, contract_id)
    if wrong := rules.unusable(limits):
        return LimitsRefused("no-amount", wrong)
    if higher := rules.lowered_too_little(_limits(institution, row, now).now, limits):
        return LimitsRefused("not-lower", higher)
    await store.set_limits(tx, row, limits, None, None)
    return await _changed(
        ports, tx, institution, contract_id, TransferEvent.LIMITS_LOWERED, signs, now
    )


async def raise_(
    ports: TransfersPorts, tx: Tx, institution: Institution, contract_id: str, limits: Limits,
    *, signs: Signs, now: datetime,
) -> ContractLimits | LimitsRefused:  # fmt: skip
    """Raise from tomorrow; a limit that is lower than now is lowered at once."""
    row = await store.lock_limits(tx, institution.code, contract_id)
    stand = _limits(institution, row, now)
    if wrong := rules.unusable(limits):
        return LimitsRefused("no-amount", wrong)
    if over := rules.too_high(stand, limits):
        return LimitsRefused("too-high", over)
    today = rules.lower_of(stand.now, limits)
    later_from = None if today == limits else japan_day(now) + ONE_DAY
    await store.set_limits(tx, row, today, limits if later_from else None, later_from)
    return await _changed(
        ports, tx, institution, contract_id, TransferEvent.LIMITS_RAISED, signs, now
    )


def _limits(institution: Institution, row: store.LimitsRow, now: datetime) -> ContractLimits:
    settings, today = institution.transfers, japan_day(now)
    highest, default = settings.highest_limits, settings.limits
    waits = row.later_from is not None and row.later_from > today
    later = rules.limits_in_force(row.later(), highest, default) if waits else None
    return ContractLimits(
        now=rules.limits_in_force(row.on(today), highest, default),
        later=later,
        later_from=row.later_from if waits else None,
        highest=highest,
    )


async def _changed(
    ports: TransfersPorts, tx: Tx, institution: Institution, contract_id: str,
    event: TransferEvent, signs: Signs, now: datetime,
) -> ContractLimits:  # fmt: skip
    limits = await limits_of(tx, institution, contract_id, now)
    later = limits.later or limits.now
    ports.log.append(
        tx,
        Entry(
            institution=institution.code, event=event, result="done", actor=contract_id,
            subject=contract_id, source=signs.source, reference=signs.reference,
            detail={
                "now": _as_text(limits.now),
                "later": _as_text(later),
                "later_from": limits.later_from.isoformat() if limits.later_from else "",
            },
        ),
    )  # fmt: skip
    change = ports.entropy.token(8)
    await mails.tell_of_limits(ports, tx, institution, limits, signs, f"{contract_id}:{change}")
    return limits


def _as_text(limits: Limits) -> str:
    return f"{limits.per_transfer}/{limits.per_day}/{limits.per_month}"
