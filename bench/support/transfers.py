"""Transfers per second by two worker processes, beside pgbench on the same server."""

import asyncio
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from bench.support.bank import CODE, Bank, DriverFailed, open_bank
from bench.support.cpu import cpu_seconds
from bench.support.many_accounts import BRANCHES, open_accounts, payee_of, payer_of
from bench.support.pgbench import PgBench, Transactions
from bench.support.processes import end, ended_in_order
from bench.support.table import machine
from madoguchi.app import Runtime, open_runtime
from madoguchi.core_bank import BooksVerified, NewAccount
from madoguchi.demo.clock import DemoClock
from madoguchi.demo.place import Place
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.kernel.money import Yen
from madoguchi.transfers import Accepted, Order, Quote, Signs

WORKERS = 2
ACCOUNTS = 400
TRANSFERS = 1_500
"""In one run."""
PAIRS = 3
PGBENCH_SECONDS = 5
AT_ONCE = 8
YEN = 1_000
GOAL = 0.5
LONGEST_RUN_SECONDS = 120.0
HEAD_START = timedelta(seconds=10)
"""Longer than jobs leave to the web, which executes right after it accepted."""
LEFT = "SELECT count(*) FROM jobs_queue WHERE kind = 'transfer' AND state <> 'done'"
COUNTS = """
SELECT (SELECT count(*) FROM transfers_transfer WHERE state = 'done') AS done,
    (SELECT count(*) FROM transfers_transfer WHERE state <> 'done') AS other,
    (SELECT count(*) FROM embedded_core.hold_end WHERE outcome = 'settled') AS settled,
    (SELECT count(*) FROM embedded_core.hold) AS holds,
    (SELECT count(*) FROM notices_outbox WHERE template = 'transfer-done') AS mails,
    (SELECT count(*) FROM jobs_queue WHERE kind = 'notices-mail') AS mail_jobs,
    (SELECT count(*) FROM operations_log_entries WHERE event = 'transfer:done') AS logged"""
DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True)
class Executed:
    """One run of the workers."""

    per_second: float
    worker_seconds: float
    database_seconds: float


def measure_transfers() -> None:
    """Measure transfers beside pgbench, in alternating pairs."""
    with ended_in_order(), open_bank() as bank:
        settings, accounts = asyncio.run(_prepare(bank))
        pgbench = PgBench(bank)
        pgbench.fill()
        pgbench.run(2)
        pairs = []
        for place in range(PAIRS + 1):
            asyncio.run(_accept(bank, accounts, place))
            pairs.append((pgbench.run(PGBENCH_SECONDS), _execute(bank)))
            asyncio.run(_check(bank, (place + 1) * TRANSFERS))
        _print(bank, settings, pgbench.name, pairs[1:])


async def _prepare(bank: Bank) -> tuple[str, list[NewAccount]]:
    runtime = await _runtime(bank)
    accounts = await open_accounts(runtime, CODE, ACCOUNTS)
    async with runtime.database.transaction() as tx:
        settings = [f"{name} {await tx.value(f'SHOW {name}')}" for name in DURABILITY]
    await runtime.close()
    return ", ".join(settings), accounts


async def _accept(bank: Bank, accounts: Sequence[NewAccount], run: int) -> None:
    """Accept one run's transfers, each from one account to another."""
    runtime = await _runtime(bank)
    institution = must(runtime.institutions.by_code(CODE))
    places = iter(range(TRANSFERS))

    async def accept_some() -> None:
        for place in places:
            number = run * TRANSFERS + place
            payer = accounts[number % ACCOUNTS]
            # each time another one
            payee = accounts[(number + 1 + number // ACCOUNTS * 7) % ACCOUNTS]
            await _accept_one(runtime, institution, payer, payee, f"{number}")

    await asyncio.gather(*(accept_some() for _ in range(AT_ONCE)))
    async with runtime.database.transaction() as tx:
        await tx.execute("ANALYZE")
    await runtime.close()
    clock = DemoClock(Place(bank.settings_file.parent).clock)
    clock.advance(HEAD_START.total_seconds())


async def _accept_one(
    runtime: Runtime, institution: Institution, payer: NewAccount, payee: NewAccount, once: str
) -> None:
    now, transfers = runtime.clock.now(), runtime.banking.transfers
    order = Order(
        payer=payer_of(payer), payee=payee_of(CODE, payee), amount=Yen(YEN), on=None,
        payer_name="ｹｲｿｸ ﾀﾛｳ",
    )  # fmt: skip
    signs = Signs(
        known_device=True, source="127.0.0.1", reference=f"bench-{once}", language="ja",
        email=f"{payer.holder_id}@example.jp",
    )  # fmt: skip
    async with runtime.database.transaction() as tx:
        quote = await transfers.quote(tx, institution, order, now)
        if not isinstance(quote, Quote):
            raise DriverFailed(f"{quote}")
        answer = await transfers.accept(
            tx, institution, order, quote, once=once, signs=signs, now=now
        )
    if not isinstance(answer, Accepted) or answer.transfer.state != "accepted":
        raise DriverFailed(f"{answer}")


def _execute(bank: Bank) -> Executed:
    """Have fresh workers, once all are up, execute what was accepted; as long as any is left."""
    workers = [bank.start_waiting("bench.support.transfer_worker", n) for n in range(WORKERS)]
    pids = [worker.pid for worker in workers]
    before = [cpu_seconds(pid) for pid in (*pids, bank.database_pid)]
    began = time.perf_counter()
    for worker in workers:
        worker.send_signal(signal.SIGUSR1)
    asyncio.run(_until_none_is_left(bank, began))
    seconds = time.perf_counter() - began
    *used, database = (
        after - was
        for after, was in zip(
            [cpu_seconds(pid) for pid in (*pids, bank.database_pid)], before, strict=True
        )
    )
    for worker in workers:
        end(worker)
    return Executed(TRANSFERS / seconds, sum(used), database)


async def _until_none_is_left(bank: Bank, began: float) -> None:
    runtime = await _runtime(bank)
    async with runtime.database.statements() as one:
        while await one.value(LEFT):
            if time.perf_counter() - began > LONGEST_RUN_SECONDS:
                raise DriverFailed("the workers do not get done")
            await asyncio.sleep(0.1)
    await runtime.close()


async def _check(bank: Bank, transfers: int) -> None:
    """Verify the books, and that everything was done for each transfer, once."""
    runtime = await _runtime(bank)
    books = await runtime.core_administration().verify_books(CODE)
    async with runtime.database.transaction() as tx:
        counts: dict[str, Any] = await tx.one(dict, COUNTS)
    await runtime.close()
    if not isinstance(books, BooksVerified):
        raise DriverFailed(f"the books are broken: {books}")
    expected = {**dict.fromkeys(counts, transfers), "other": 0}
    if counts != expected:
        raise DriverFailed(f"{counts}, where {expected} were right")


async def _runtime(bank: Bank) -> Runtime:
    return await open_runtime(bank.settings, DemoClock(Place(bank.settings_file.parent).clock))


def _print(
    bank: Bank, settings: str, reference: str, pairs: Sequence[tuple[Transactions, Executed]]
) -> None:
    ratios = [executed.per_second / tpcb.per_second for tpcb, executed in pairs]
    print(f"Transfers: {WORKERS} worker processes, {ACCOUNTS} accounts in {len(BRANCHES)} branches")
    print(machine(bank.postgresql))
    print(f"every transaction durable, for both: {settings}\n")
    print(f"{'':8}{reference:>44}  {'transfers':>34}")
    heads = ("tps", "DB CPU ms", "per s", "worker CPU ms", "DB CPU ms", "ratio")
    print("  pair" + "".join(f"{head:>15}" for head in heads))
    for place, ((tpcb, executed), ratio) in enumerate(zip(pairs, ratios, strict=True), start=1):
        cells = (
            f"{tpcb.per_second:,.0f}", f"{1000 * tpcb.database_seconds / tpcb.done:.2f}",
            f"{executed.per_second:,.0f}", f"{1000 * executed.worker_seconds / TRANSFERS:.2f}",
            f"{1000 * executed.database_seconds / TRANSFERS:.2f}", f"{ratio:.2f}",
        )  # fmt: skip
        print(f"  {place:>4}" + "".join(f"{cell:>15}" for cell in cells))
    middle = median(ratios)
    met = "met" if middle >= GOAL else "MISSED"
    print(f"\nmedian ratio: {middle:.2f} (goal: at least {GOAL}: {met})")
    print(
        "A transfer: claimed, held and settled in the core's books, recorded, its mail queued, its"
        " log chained, its job\nrecorded, up to 64 together. After each run the books were"
        " verified, and each was done, settled, mailed and logged once."
    )
