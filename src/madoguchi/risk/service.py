"""Assessing logins, learning from them, and what staff see of it (RET-14)."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import msgspec

from madoguchi.plumbing.database import Tx
from madoguchi.risk import store
from madoguchi.risk.environment import Environment
from madoguchi.risk.rules import (
    FORGOTTEN_AFTER,
    KEPT_OF_EACH,
    Assessment,
    Decision,
    Reason,
    Usual,
    assessed,
    learned_from,
)

MOST_LISTED = 1000


class RecordedDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision about a login, as it was made then."""

    id: str
    subject: str
    at: datetime
    assessment: Assessment
    environment: Environment


async def assess(
    tx: Tx, institution: str, subject: str, env: Environment, *, ask_at: int, stop_at: int,
    now: datetime, extra: Sequence[Reason] = (),
) -> Assessment:  # fmt: skip
    """Return what a login of `subject` from `env` scores, and what follows; changes nothing.

    Below `ask_at` it is let in, from `stop_at` on it is stopped (settings). The first login ever is
    let in, since it teaches; a customer whose usual environment is forgotten is no such: there
    everything is unusual. `extra` are reasons that the caller knows of.
    """
    usual = None
    if await tx.value(store.KNOWN, institution, subject):
        since = now - FORGOTTEN_AFTER
        usual = _usual(await tx.many(store.UsualRow, store.USUAL, institution, subject, since))
    return assessed(env, usual, extra, ask_at=ask_at, stop_at=stop_at)


async def learn(tx: Tx, institution: str, subject: str, env: Environment, now: datetime) -> None:
    """Make `env` usual: once all that was asked at the login is answered, and never before."""
    await tx.execute(store.TEACH, institution, subject, now)
    for kind, value in learned_from(env):
        await tx.execute(store.LEARN, institution, subject, kind, value, now)
    await tx.execute(store.KEEP_THE_LATEST, institution, subject, KEPT_OF_EACH)


async def record(
    tx: Tx, institution: str, subject: str, decision_id: str, assessment: Assessment,
    env: Environment, now: datetime,
) -> None:  # fmt: skip
    """Keep a decision with its reasons, for staff; a second one of the same id does nothing."""
    await tx.execute(
        store.RECORD, institution, decision_id, subject, now, assessment.decision,
        assessment.score, list(assessment.reasons), assessment.first,
        *msgspec.structs.astuple(env),
    )  # fmt: skip


async def list_decisions(
    tx: Tx, institution: str, since: datetime, decision: Decision | None = None,
    subject: str | None = None, *, limit: int = 200,
) -> list[RecordedDecision]:  # fmt: skip
    """Return the institution's decisions from `since` on, newest first, 1,000 at most."""
    rows = await tx.many(
        store.DecisionRow, store.DECISIONS, institution, since, decision, subject,
        min(limit, MOST_LISTED),
    )  # fmt: skip
    return [_decision(row) for row in rows]


async def purge(tx: Tx, now: datetime, *, decisions_before: datetime) -> int:
    """Delete what is forgotten, and decisions made before a time, of every institution.

    Return how many rows.
    """
    usual = await tx.execute(store.PURGE_USUAL, now - FORGOTTEN_AFTER)
    return usual + await tx.execute(store.PURGE_DECISIONS, decisions_before)


def _usual(rows: Sequence[store.UsualRow]) -> Usual:
    def of(kind: str) -> frozenset[str]:
        return frozenset(row.value for row in rows if row.kind == kind)

    return Usual(
        devices=of("device"),
        browsers=of("browser"),
        networks=of("network"),
        places=of("place"),
        languages=of("language"),
    )


def _decision(row: store.DecisionRow) -> RecordedDecision:
    return RecordedDecision(
        id=row.id,
        subject=row.subject,
        at=row.at,
        assessment=Assessment(
            score=row.score,
            decision=cast("Decision", row.decision),
            reasons=tuple(row.reasons),
            first=row.first,
        ),
        environment=Environment(
            device_id=row.device_id,
            network=row.network,
            place=row.place,
            browser=row.browser,
            language=row.language,
        ),
    )
