"""Who may import what, where import-linter's layers (in pyproject.toml) do not say it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.source import ROOT, SOURCE, Import, imports, python_files

PRODUCT = SOURCE / "madoguchi"
GROUND = {"kernel", "plumbing"}
TOP = {"app", "cli"}
OPEN_MODULES = {"madoguchi.core_bank.port"}
CORE_ADAPTERS = (
    "madoguchi.core_bank.embedded",
    "madoguchi.core_bank.http",
    "madoguchi.core_bank.simulated_interbank",
)
IMPURE = re.compile(
    r"^(asyncio|asyncpg|httpx2?|starlette|uvicorn|uvloop|jinja2|aiosmtplib|aiosmtpd|socket|ssl"
    r"|subprocess|urllib\.request|http|secrets|random|time|logging|structlog|opentelemetry"
    r"|prometheus_client|madoguchi\.plumbing)(\.|$)"
)
CLOCKS = {"Clock", "SystemClock"}


def _context(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "madoguchi" else ""


def _product_imports() -> list[Import]:
    return [found for path in python_files("src/madoguchi") for found in imports(path)]


def _is_a_module(dotted: str) -> bool:
    place = SOURCE.joinpath(*dotted.split("."))
    return place.is_dir() or place.with_suffix(".py").exists()


def _target(found: Import) -> str:
    """Return the module that an import reaches: `from a import b` reaches `a.b` where it is one."""
    whole = f"{found.module}.{found.name}"
    return whole if found.name and _is_a_module(whole) else found.module


def _told(found: Import) -> str:
    return f"{found.importer}:{found.line} imports {found.name or 'it'} from {found.module}"


@pytest.mark.requirement("RUN-01")
def test_layers_point_downwards() -> None:
    """import-linter finds that every import points down, and that every package has its place."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_contexts_are_entered_by_their_face() -> None:
    """Nobody outside a context imports one of its inner modules."""
    broken = [
        _told(found)
        for found in _product_imports()
        for target in [_target(found)]
        if (there := _context(target))
        and there not in GROUND | TOP | {_context(found.importer)}
        and target.count(".") > 1
        and target not in OPEN_MODULES
        and not (target.startswith(CORE_ADAPTERS) and _context(found.importer) == "app")
        # the demo has no face: its sample app, a stranger, must load nothing else
        and not (there == "demo" and _context(found.importer) == "cli")
    ]
    assert not broken, "\n".join(broken)


def test_the_adapters_of_cores_are_known_to_app_only() -> None:
    """Ledger, HTTP and the simulated network are plugged in by `app` and by nobody else."""
    broken = [
        _told(found)
        for found in _product_imports()
        for target in [_target(found)]
        if target.startswith(CORE_ADAPTERS)
        and not found.importer.startswith(CORE_ADAPTERS)
        and _context(found.importer) != "app"
    ]
    assert not broken, "\n".join(broken)


def test_only_the_command_line_knows_the_demo() -> None:
    """No part that runs in production can reach the simulators."""
    broken = [
        _told(found)
        for found in _product_imports()
        if _context(_target(found)) == "demo" and _context(found.importer) not in {"demo", "cli"}
    ]
    assert not broken, "\n".join(broken)


def test_rules_and_kernel_are_pure() -> None:
    """Rules decide on what they are given: no database, no web, no clock, no randomness."""
    pure = [
        path
        for path in python_files("src/madoguchi")
        if path.name == "rules.py" or PRODUCT / "kernel" in path.parents
    ]
    ports = {"madoguchi.kernel.clock", "madoguchi.kernel.entropy"}
    broken = [
        _told(found)
        for path in pure
        for found in imports(path)
        if found.importer not in ports
        and (
            IMPURE.match(found.module)
            or found.name in CLOCKS
            or found.module.endswith((".store", ".service"))
            or found.name in {"store", "service"}
        )
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.requirement("RUN-04")
def test_time_comes_from_the_clock_alone() -> None:
    """Nothing but the clock asks the machine, or the database, what time it is."""
    asks = re.compile(
        r"\bdatetime\.now\(|\bdatetime\.utcnow\(|\bdate\.today\(|\btime\.time\(|\bnow\(\)\s*(AT|[-+,)])|\bCURRENT_(TIMESTAMP|DATE)\b"
    )
    broken = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in python_files("src/madoguchi")
        # the sample app is another company's, with a clock of its own
        if path.name != "clock.py" and "sample_app" not in path.parts
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if asks.search(line) and "clock.now()" not in line
    ]
    assert not broken, "\n".join(broken)
