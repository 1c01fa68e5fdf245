"""The two measures."""

from collections.abc import Sequence
from typing import Any

from bench.support.bank import WEB_PROCESSES, Bank, open_bank
from bench.support.processes import end, ended_in_order
from bench.support.table import Line, machine, quantile, table

READERS = 16
LINKERS = 6
"""As many as there are customers of their own: two calls from one telephone would be ambiguous."""
BARE = {"users": READERS, "warm_up_seconds": 0.5, "alone_seconds": 1.0, "seconds": 2.5}
READ = {"users": READERS, "consents": 6, "warm_up_seconds": 1.0, "alone_seconds": 2.0}
LINK = {"users": LINKERS, "warm_up_seconds": 2.0, "alone_seconds": 4.0}


def measure_account_api() -> None:
    """Measure reads of the account API."""
    with ended_in_order(), open_bank() as bank:
        first = bare_run(bank)
        web = bank.serve()
        whats = ("balance", "transactions")
        runs = {
            what: bank.drive(bank.job(what, bank.port, web, **READ, seconds=6.0)) for what in whats
        }
        end(web)
        bare = Line.of("bare look-up", first, bare_run(bank), timed="bare")
        lines = [
            Line.of("balance", runs["balance"], timed="balance"),
            Line.of("transactions (100)", runs["transactions"], timed="transactions"),
        ]
        print_table(bank, "Reads of the account API", READERS, lines, bare)


def measure_link() -> None:
    """Measure whole journeys: from the pushed request to the code."""
    with ended_in_order(), open_bank() as bank:
        first = bare_run(bank)
        web = bank.serve()
        run = bank.drive(bank.job("link", bank.port, web, **LINK, seconds=12.0))
        end(web)
        bare = Line.of("bare look-up", first, bare_run(bank), timed="bare")
        journey = Line.of("whole journey", run, timed="journey")
        print_table(bank, "Linking an account, pushed request to code", LINKERS, [journey], bare)
        print(f"\nCPU of a request of the journey: {_per_request(journey, bare)}")
        print("\nEach request of the journey, one visitor alone (ms):")
        for name, times in run["alone"].items():
            if name != "journey":
                print(f"  {name:<40} p50 {1000 * quantile(times, 0.5):6.1f}")


def _per_request(journey: Line, bare: Line) -> str:
    requests = journey.requests / journey.pieces
    each = journey.cpu_ms / requests
    return f"{each:.2f} ms, {each / bare.cpu_ms:.1f} x bare"


def bare_run(bank: Bank) -> dict[str, Any]:
    """Run the bare handler, the reference of all measures."""
    with bank.bare() as (port, web):
        measured = bank.drive(bank.job("bare", port, web, **BARE))
        end(web)
    return measured


def print_table(bank: Bank, title: str, users: int, lines: Sequence[Line], bare: Line) -> None:
    """Print what was measured beside the bare handler."""
    print(f"{title}: {WEB_PROCESSES} web processes, {users} connections at once")
    print(machine(bank.postgresql), end="\n\n")
    print(table(lines, bare))
    cores = "; ".join(
        f"{line.name} web {line.web_seconds / line.seconds:.2f}, "
        f"database {line.database_seconds / line.seconds:.2f}, "
        f"driver {line.driver_seconds / line.seconds:.2f}"
        for line in (bare, *lines)
    )
    print(f"\nCores used: {cores}.")
    print(
        "CPU is per piece at full load, the driver's own not counted; `x bare` compares web and"
        " database together.\np50 and p99 are of one connection alone, then of all at once. The"
        " driver shares the cores, so requests/s\nand latencies are a lower bound; the ratios of"
        " one run are what counts."
    )
