"""Mailed codes with a mailbox that can be read, for tests."""

from datetime import datetime

from madoguchi.one_time_passwords import Asked, Begun, Judged, MailedCodes
from madoguchi.plumbing.database import Database, Tx
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys

ASKED = Asked(
    institution="9901",
    owner="contract-1",
    purpose="transfer",
    facts=(("payee", "0001 001 ordinary 1234567"), ("amount", "10000")),
    bound_to="visit-1",
    to="taro.mihon@example.jp",
    language="ja",
    minutes=10,
    failures_limit=5,
    per_hour=3,
)
"""A code for one transfer of a sample customer."""


class Codes:
    """The mailed codes; each call is a request of its own."""

    def __init__(
        self,
        database: Database,
        counters: Database,
        clock: SettableClock,
        keys: FixedKeys,
        entropy: SeededEntropy,
    ) -> None:
        self.database, self.clock = database, clock
        self.sent: list[str] = []
        self.port = MailedCodes(keys, entropy, counters, self.tell)

    async def tell(self, tx: Tx, asked: Asked, code: str, expires_at: datetime) -> None:
        self.sent.append(code)

    async def begin(self, asked: Asked = ASKED) -> str:
        """Have a code sent; return it."""
        async with self.database.transaction() as tx:
            begun = await self.port.begin(tx, asked, self.clock.now())
        assert isinstance(begun, Begun)
        return self.sent[-1]

    async def judge(self, typed: str, asked: Asked = ASKED) -> Judged:
        async with self.database.transaction() as tx:
            return await self.port.judge(tx, asked, typed, self.clock.now())


def wrong(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"
