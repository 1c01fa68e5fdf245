"""The ledger's rules as tables: one line a movement, and what the ledger answers to it.

open A 1,000 [overdraft 500]      an account with so much in it
cash A 500                        paid in at the counter
hold h1: A -> B 300 [fee 10]      set aside to pay B (`other`: an account at another bank)
settle h1 / void h1 / expire h1   the hold ends
close A / move A                  the account ends
wait 2h                           time passes; holds end an hour after they were made
A                                 what the account says: ledger / available
"""

import re
from datetime import timedelta

import pytest

from madoguchi.core_bank import (
    Account,
    Call,
    Held,
    Refusal,
    Refused,
    Released,
    ReleaseReason,
    Settled,
    Unknown,
)
from tests.core_bank.contract import (
    BANK,
    OTHER_BANK,
    ledger_and_available,
    transfer,
    writing,
)
from tests.core_bank.stages import EmbeddedStage

TABLES = {
    "a transfer between own accounts": """
        open A 10,000                | 10,000 / 10,000
        open B 0                     | 0 / 0
        hold h1: A -> B 3,000        | held 3,000
        A                            | 10,000 / 7,000
        B                            | 0 / 0
        settle h1                    | settled
        A                            | 7,000 / 7,000
        B                            | 3,000 / 3,000
    """,
    "a transfer to another bank with its fee": """
        open A 10,000                | 10,000 / 10,000
        hold h1: A -> other 3,000 fee 440 | held 3,440
        A                            | 10,000 / 6,560
        settle h1                    | settled
        A                            | 6,560 / 6,560
    """,
    "all the money, to the last yen": """
        open A 500                   | 500 / 500
        hold h1: A -> other 391 fee 110 | NOT_ENOUGH_FUNDS
        hold h2: A -> other 390 fee 110 | held 500
        A                            | 500 / 0
        hold h3: A -> other 1        | NOT_ENOUGH_FUNDS
        settle h2                    | settled
        A                            | 0 / 0
    """,
    "what is held cannot be held twice": """
        open A 1,000                 | 1,000 / 1,000
        hold h1: A -> other 600      | held 600
        hold h2: A -> other 600      | NOT_ENOUGH_FUNDS
        void h1                      | voided
        hold h3: A -> other 600      | held 600
        A                            | 1,000 / 400
    """,
    "settled, voided and expired are never mixed": """
        open A 900                   | 900 / 900
        hold h1: A -> other 100      | held 100
        hold h2: A -> other 100      | held 100
        hold h3: A -> other 100      | held 100
        settle h1                    | settled
        void h2                      | voided
        expire h3                    | HOLD_NOT_EXPIRED
        wait 1h                      |
        expire h3                    | expired
        settle h1                    | ALREADY_SETTLED
        void h1                      | ALREADY_SETTLED
        expire h1                    | ALREADY_SETTLED
        settle h2                    | ALREADY_VOIDED
        void h2                      | ALREADY_VOIDED
        settle h3                    | ALREADY_EXPIRED
        void h3                      | ALREADY_EXPIRED
        A                            | 800 / 800
    """,
    "a hold that ran out still holds the money until it is released": """
        open A 100                   | 100 / 100
        hold h1: A -> other 100      | held 100
        wait 1h                      |
        settle h1                    | HOLD_EXPIRED
        A                            | 100 / 0
        void h1                      | voided
        A                            | 100 / 100
    """,
    "an overdraft is used to its limit and no further": """
        open A 100 overdraft 500     | 100 / 600
        hold h1: A -> other 601      | NOT_ENOUGH_FUNDS
        hold h2: A -> other 600      | held 600
        settle h2                    | settled
        A                            | -500 / 0
        cash A 50                    | -450 / 50
        hold h3: A -> other 51       | NOT_ENOUGH_FUNDS
    """,
    "the payee's account ends between hold and settle": """
        open A 100                   | 100 / 100
        open B 0                     | 0 / 0
        open C 0                     | 0 / 0
        hold h1: A -> B 40           | held 40
        hold h2: A -> C 40           | held 40
        close B                      |
        move C                       |
        settle h1                    | PAYEE_CLOSED
        settle h2                    | PAYEE_MOVED
        A                            | 100 / 20
        void h1                      | voided
        void h2                      | voided
        A                            | 100 / 100
    """,
    "money in transit both ways at once": """
        open A 100                   | 100 / 100
        open B 100                   | 100 / 100
        hold h1: A -> B 100          | held 100
        hold h2: B -> A 100          | held 100
        settle h1                    | settled
        B                            | 200 / 100
        settle h2                    | settled
        A                            | 100 / 100
        B                            | 100 / 100
    """,
}
HOLD = re.compile(r"hold (\w+): (\w+) -> (\w+) ([\d,]+)(?: fee ([\d,]+))?")
OPEN = re.compile(r"open (\w) ([\d,]+)(?: overdraft ([\d,]+))?")


class Table:
    """Plays a table on a ledger."""

    def __init__(self, stage: EmbeddedStage) -> None:
        self._stage = stage
        self._accounts: dict[str, Account] = {}
        self._holds: dict[str, str] = {}
        self._keys = 0

    async def play(self, table: str) -> None:
        """Make each line's movement and compare the answer."""
        for line in table.strip().splitlines():
            movement, _, expected = line.partition("|")
            answer = await self._move(movement.strip())
            assert answer == expected.strip(), line.strip()

    async def _move(self, movement: str) -> str:
        word, _, rest = movement.partition(" ")
        match word:
            case "open":
                return await self._open(movement)
            case "hold":
                return await self._hold(movement)
            case "settle":
                call = self._call()
                return self._told(await self._stage.core.settle(call, self._holds[rest]))
            case "void" | "expire":
                reason = {"void": ReleaseReason.VOIDED, "expire": ReleaseReason.EXPIRED}[word]
                call, hold = self._call(), self._holds[rest]
                return self._told(await self._stage.core.release(call, hold, reason))
            case _:
                return await self._plain(word, rest)

    async def _plain(self, word: str, rest: str) -> str:
        match word:
            case "cash":
                name, amount = rest.split()
                await self._stage.pay_in(self._accounts[name].id, _yen(amount))
                return await self._balances(name)
            case "close":
                await self._stage.close(self._accounts[rest].id)
            case "move":
                await self._stage.move(self._accounts[rest].id, "002", "9999999")
            case "wait":
                self._stage.clock.advance(3600 * int(rest.removesuffix("h")))
            case name:
                return await self._balances(name)
        return ""

    async def _open(self, movement: str) -> str:
        name, balance, overdraft = must_match(OPEN, movement)
        self._accounts[name] = await self._stage.open_account(
            f"{ord(name):07}", balance=_yen(balance), overdraft_limit=_yen(overdraft)
        )
        return await self._balances(name)

    async def _hold(self, movement: str) -> str:
        hold, payer, payee, amount, fee = must_match(HOLD, movement)
        wanted = transfer(
            self._accounts[payer],
            _yen(amount),
            to=self._accounts.get(payee, OTHER_BANK),
            fee=_yen(fee),
            expires_at=self._stage.clock.now() + timedelta(hours=1),
        )
        answer = await self._stage.core.hold(self._call(), wanted)
        if isinstance(answer, Held):
            self._holds[hold] = answer.hold_id
        return self._told(answer)

    def _told(self, answer: Held | Settled | Released | Refused | Unknown) -> str:
        match answer:
            case Held():
                return f"held {answer.held:,}"
            case Settled():
                return "settled"
            case Released():
                return answer.reason
            case Refused():
                return Refusal(answer.code).name
            case Unknown():
                return "unknown"

    async def _balances(self, name: str) -> str:
        ledger, available = await ledger_and_available(self._stage, self._accounts[name])
        return f"{ledger:,} / {available:,}"

    def _call(self) -> Call:
        self._keys += 1
        return writing(self._stage, f"key {self._keys}", BANK)


def must_match(pattern: re.Pattern[str], movement: str) -> tuple[str, ...]:
    """Return the movement's parts."""
    found = pattern.fullmatch(movement)
    assert found, movement
    return found.groups(default="0")


def _yen(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.requirement("CORE-02")
@pytest.mark.parametrize("name", TABLES)
async def test_table(ledger: EmbeddedStage, name: str) -> None:
    """The ledger answers each movement of the table as a banker expects."""
    await Table(ledger).play(TABLES[name])
