"""Following what happens in a core: each event is taken once, in order."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from madoguchi.core_bank import store
from madoguchi.core_bank.port import BadCursor, Call, CoreBank, CoreEvent
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.database import Database, Tx

Taking: TypeAlias = Callable[[Tx, CoreEvent], Awaitable[None]]


async def take_events(database: Database, core: CoreBank, call: Call, take: Taking) -> int:
    """Call `take` for each event of one page, in the transaction that moves the cursor on.

    Returns how many were taken: 0 where there was none, or another process was first; then nothing
    is changed. Raises `CoreUnavailable`; what `take` raises leaves everything as it was.
    """
    async with database.statements() as tx:
        since: str | None = await tx.value(store.CURSOR, call.institution)
    page = await core.events(call, since)
    if isinstance(page, BadCursor):
        raise BrokenInvariant(f"the core of {call.institution} does not know its own cursor")
    if not page.events:
        return 0
    async with database.transaction() as tx:
        moved = await tx.value(store.MOVE_CURSOR, call.institution, since, page.next_cursor)
        if moved is None:
            return 0
        for event in page.events:
            await take(tx, event)
    return len(page.events)
