"""What was measured, as a small table."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COLUMNS = (
    *("", "requests", "web CPU ms", "DB CPU ms", "x bare", "per s", "requests/s"),
    *("p50 ms", "p99 ms", "loaded p50", "loaded p99"),
)


@dataclass(frozen=True)
class Line:
    """One thing measured: per piece, be it a request or a whole journey."""

    name: str
    pieces: int
    requests: int
    seconds: float
    web_seconds: float
    database_seconds: float
    driver_seconds: float
    alone: Sequence[float]
    loaded: Sequence[float]

    @classmethod
    def of(cls, name: str, *runs: Mapping[str, Any], timed: str) -> "Line":
        """Return the line of one or several runs of the driver together."""
        costs = {
            who: sum(run["cpu_seconds"][who] for run in runs)
            for who in ("web", "database", "driver")
        }
        return cls(
            name,
            sum(run["units"] for run in runs),
            sum(run["requests"] for run in runs),
            sum(run["seconds"] for run in runs),
            costs["web"],
            costs["database"],
            costs["driver"],
            [each for run in runs for each in run["alone"][timed]],
            [each for run in runs for each in run["loaded"][timed]],
        )

    @property
    def cpu_ms(self) -> float:
        """Processor time of web and database together, per piece."""
        return 1000 * (self.web_seconds + self.database_seconds) / self.pieces

    def cells(self, bare: "Line") -> list[str]:
        """Return what stands in the table; `bare` is one bare request."""
        return [
            self.name,
            f"{self.requests / self.pieces:.0f}",
            f"{1000 * self.web_seconds / self.pieces:.2f}",
            f"{1000 * self.database_seconds / self.pieces:.2f}",
            f"{self.cpu_ms / bare.cpu_ms:.1f}",
            f"{self.pieces / self.seconds:,.0f}",
            f"{self.requests / self.seconds:,.0f}",
            *(f"{1000 * quantile(self.alone, part):.1f}" for part in (0.5, 0.99)),
            *(f"{1000 * quantile(self.loaded, part):.1f}" for part in (0.5, 0.99)),
        ]


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value that `part` of all values lie below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def table(lines: Sequence[Line], bare: Line) -> str:
    """Return the table, the bare handler first."""
    rows = [list(COLUMNS), *(line.cells(bare) for line in (bare, *lines))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def machine(postgresql: str) -> str:
    """Return what it was measured on."""
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return (
        f"{cores} cores, Linux {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, "
        f"PostgreSQL {postgresql.partition(' ')[0]} (durable); load average before: {load:.1f}"
    )
