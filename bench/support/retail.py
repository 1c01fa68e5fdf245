"""The measures of internet banking: pages and whole transfers, and logins in a flood."""

import asyncio
from typing import Any

from bench.support.bank import CODE, WEB_PROCESSES, Bank, open_bank
from bench.support.contracts import make_contracts
from bench.support.many_accounts import open_accounts
from bench.support.measures import bare_run, print_table
from bench.support.processes import end, ended_in_order
from bench.support.retail_load import READERS
from bench.support.table import Line, machine, quantile
from madoguchi.app import open_runtime
from madoguchi.core_bank import BankAccount, BooksVerified, Journal, Posting, TransactionKind
from madoguchi.demo.clock import DemoClock
from madoguchi.demo.place import Place
from madoguchi.kernel.clock import japan_day

USERS = 16
FLOOD = 48
MOVEMENTS = 60
"""More than a page of statements has."""
READ = {"users": USERS, "warm_up_seconds": 0.5, "alone_seconds": 1.5, "seconds": 4.0}
LOGIN = {"users": USERS, "warm_up_seconds": 0.5, "alone_seconds": 2.0, "seconds": 6.0}
TRANSFER = {"users": USERS, "warm_up_seconds": 0.5, "alone_seconds": 1.5, "seconds": 8.0}
"""So short that nobody makes as many as one customer may be mailed codes in an hour."""
STEADY = {"users": READERS, "warm_up_seconds": 0.5, "alone_seconds": 0.0, "seconds": 6.0}
FLOODED = {"users": READERS + FLOOD, "warm_up_seconds": 2.0, "alone_seconds": 0.0, "seconds": 10.0}


def measure_retail() -> None:
    """Measure what pages of internet banking cost, and whole transfers."""
    with ended_in_order(), open_bank() as bank:
        contracts = asyncio.run(_prepare(bank, USERS))
        first = bare_run(bank)
        web = bank.serve()
        jobs = {
            "login": LOGIN,
            **dict.fromkeys(("top", "balances", "statements"), READ),
            "transfer": TRANSFER,
        }
        runs = {
            what: bank.drive(bank.job(f"retail-{what}", bank.port, web, contracts=contracts, **job))
            for what, job in jobs.items()
        }
        end(web)
        asyncio.run(_check(bank))
        bare = Line.of("bare look-up", first, bare_run(bank), timed="bare")
        lines = [
            Line.of(f"whole {what}" if "journey" in run["loaded"] else what, run,
                    timed="journey" if "journey" in run["loaded"] else what)
            for what, run in runs.items()
        ]  # fmt: skip
        print_table(bank, "Internet banking", USERS, lines, bare)
        _print_per_request(lines, bare)
        _print_screens(runs["login"], runs["transfer"])


def measure_logins() -> None:
    """Measure logins in a flood, and what others notice of it."""
    with ended_in_order(), open_bank() as bank:
        contracts = asyncio.run(_prepare(bank, READERS + FLOOD))
        web = bank.serve()
        before, flooded, after = (
            bank.drive(bank.job(f"retail-{what}", bank.port, web, contracts=contracts, **job))
            for what, job in (("readers", STEADY), ("flood", FLOODED), ("readers", STEADY))
        )
        end(web)
        _print_flood(bank, [*_balances(before), *_balances(after)], flooded)


async def _prepare(bank: Bank, count: int) -> list[dict[str, Any]]:
    """Open accounts that have a page of movements, and make their holders' contracts."""
    clock = DemoClock(Place(bank.settings_file.parent).clock)
    runtime = await open_runtime(bank.settings, clock)
    accounts = await open_accounts(runtime, CODE, count)
    cash, remarks, day = TransactionKind.CASH, "ｹﾞﾝｷﾝ", japan_day(clock.now())
    deposits = [
        Journal(
            day=day,
            postings=(
                Posting(account=each.id, amount=1_000, kind=cash, remarks=remarks),
                Posting(bank=BankAccount.CASH, amount=-1_000, kind=cash, remarks=remarks),
            ),
        )
        for each in accounts * MOVEMENTS
    ]
    await runtime.core_administration().post(CODE, *deposits)
    contracts = await make_contracts(runtime, CODE, accounts)
    async with runtime.database.transaction() as tx:
        await tx.execute("ANALYZE")
    await runtime.close()
    return contracts


async def _check(bank: Bank) -> None:
    """Verify the books, and that no transfer is left half-way."""
    runtime = await open_runtime(bank.settings)
    books = await runtime.core_administration().verify_books(CODE)
    async with runtime.database.transaction() as tx:
        states = await tx.many(dict, "SELECT DISTINCT state FROM transfers_transfer")
    await runtime.close()
    if not isinstance(books, BooksVerified) or states != [{"state": "done"}]:
        raise RuntimeError(f"{books} {states}")


def _print_per_request(lines: list[Line], bare: Line) -> None:
    for line in lines:
        if line.requests > line.pieces:
            each = line.cpu_ms * line.pieces / line.requests
            print(
                f"CPU of a request of {line.name}: {each:.2f} ms, {each / bare.cpu_ms:.1f} x bare"
            )


def _print_screens(*runs: dict[str, Any]) -> None:
    print("\nEach request, one customer alone (ms):")
    for run in runs:
        for name, times in run["alone"].items():
            if name != "journey":
                print(f"  {name:<40} p50 {1000 * quantile(times, 0.5):6.1f}")


def _balances(run: dict[str, Any]) -> list[float]:
    return [float(each) for each in run["loaded"]["balances"]]


def _print_flood(bank: Bank, calm: list[float], flooded: dict[str, Any]) -> None:
    loaded = flooded["loaded"]
    logins, seconds = loaded.get("journey", []), flooded["seconds"]
    cpu = {name: 1000 * each / max(1, len(logins)) for name, each in flooded["cpu_seconds"].items()}
    print(f"Logins: {FLOOD} customers log in again and again, {WEB_PROCESSES} web processes")
    print(machine(bank.postgresql), end="\n\n")
    print(f"logins per second            {len(logins) / seconds:8.1f}")
    print(f"whole login, p50 / p95 ms    {_quantiles(logins, 0.5, 0.95)}")
    print(f"web / DB CPU ms per login    {cpu['web']:8.1f} {cpu['database']:8.1f}")
    print(f"turned away (503)            {len(loaded.get('turned away', [])):8}\n")
    print(f"Pages of balances of {READERS} customers who are signed in, ms:")
    print(f"{'':28} {'p50':>8} {'p95':>8} {'p99':>8} {'pages':>8} {'503':>8}")
    for name, times, away in (
        ("nobody logs in (reference)", calm, 0),
        ("while the others log in", _balances(flooded), len(loaded.get("reader turned away", []))),
    ):
        print(f"{name:28} {_quantiles(times, 0.5, 0.95, 0.99)} {len(times):8} {away:8}")
    ratios = [quantile(_balances(flooded), p) / quantile(calm, p) for p in (0.5, 0.95, 0.99)]
    print(f"{'ratio':28} " + " ".join(f"{ratio:8.1f}" for ratio in ratios))


def _quantiles(times: list[float], *parts: float) -> str:
    return " ".join(f"{1000 * quantile(times, part):8.1f}" for part in parts) if times else "-"
