"""Transfers that are out with the interbank network, and those that come back.

The ledger says first that an order is being sent, then the network is asked, then the ledger books
what it said: three commits, and each step can be repeated by anybody at any time. The network
knows an order by its id, so that it has one effect; the ledger books an answer once.
"""

from datetime import timedelta
from typing import Any

import structlog

from madoguchi.core_bank.embedded import store
from madoguchi.core_bank.embedded.answers import Out, answer_of
from madoguchi.core_bank.interbank import (
    Accepted,
    InterbankNetwork,
    NoAnswer,
    RefusedByNetwork,
    Returned,
)
from madoguchi.core_bank.port import NeverSeen, WriteAnswer
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.database import Database, DatabaseUnavailable

LATE_AFTER = timedelta(seconds=60)
"""Longer than anybody waits for a settlement: then nobody else is likely to be at it."""
log = structlog.get_logger("core")


class Orders:
    """The ledger's orders on one network."""

    def __init__(self, database: Database, clock: Clock, network: InterbankNetwork) -> None:
        self._database = database
        self._clock = clock
        self._network = network

    async def finish(self, out: Out) -> WriteAnswer | None:
        """Ask the network and book what it says; None where it does not answer.

        Raises `DatabaseUnavailable`.
        """
        said = await self._said(out)
        if isinstance(said, NoAnswer):
            return None
        refusal = said.reason if isinstance(said, RefusedByNetwork) else None
        order = out.order
        async with self._database.transaction() as tx:
            kept: dict[str, Any] = await tx.value(
                store.FINISH_OUTGOING, order.institution, self._clock.now(), order.id, refusal
            )
        answer = answer_of(kept)
        if isinstance(answer, Out):
            raise BrokenInvariant("an order that was answered is still out")
        return answer

    async def finish_late(self, institution: str) -> None:
        """Finish what nobody came back for: the process that sent it may be gone."""
        before = self._clock.now() - LATE_AFTER
        async with self._database.statements() as tx:
            rows = await tx.many(dict, store.UNANSWERED, institution, before)
        for row in rows:
            out = answer_of(row["sent_out"])
            if isinstance(out, Out):
                await self._finish_or_leave(out)

    async def collect_returns(self, institution: str) -> None:
        """Credit what came back since the last time, each once."""
        while True:
            async with self._database.statements() as tx:
                since = await tx.value(store.RETURN_CURSOR, institution)
            page = await self._network.returns(institution, since)
            if isinstance(page, NoAnswer) or not page:
                return
            for returned in page:
                if not await self._take(institution, since, returned):
                    return
                since = returned.cursor

    async def _finish_or_leave(self, out: Out) -> None:
        """Finish an order; what goes wrong with it keeps neither others nor returns waiting."""
        try:
            await self.finish(out)
        except DatabaseUnavailable:
            raise
        except Exception:
            log.exception("order-not-finished", order=out.order.id)

    async def _said(self, out: Out) -> Accepted | RefusedByNetwork | NoAnswer:
        order = out.order
        if out.again:
            said = await self._network.inquire(order.institution, order.id)
            if not isinstance(said, NeverSeen):
                return said
        return await self._network.send(order)

    async def _take(self, institution: str, since: str | None, returned: Returned) -> bool:
        """Credit one return; False where somebody else is collecting too, and went ahead."""
        async with self._database.transaction() as tx:
            became = await tx.value(
                store.TAKE_RETURN,
                institution,
                self._clock.now(),
                since,
                returned.cursor,
                returned.order_id,
                returned.reason,
                returned.at,
            )
        if became in ("suspense", "unmatched"):
            log.warning("transfer-returned", became=became, order=returned.order_id)
        return bool(became != "overtaken")
