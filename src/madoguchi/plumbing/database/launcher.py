"""A PostgreSQL server of our own, for the demo and the tests: nothing to configure (RUN-01).

It listens on a Unix socket only, in a directory that nobody but its user (and root) can enter; that
permission is the authentication. Started by root it runs as an unprivileged user, since PostgreSQL
refuses to be root.
"""

import fcntl
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from madoguchi.kernel.errors import Fault
from madoguchi.plumbing.database.binaries import Binaries, find_binaries
from madoguchi.plumbing.database.postmaster import end, end_orphan, wait_until_ready
from madoguchi.plumbing.database.server_user import ServerUser

LONGEST_SOCKET_PATH_BYTES = 107
SOCKET_NAME = ".s.PGSQL.5432"
START_TIMEOUT_SECONDS = 30.0
LARGEST_LOG_BYTES = 10_000_000
REACHABLE_BY_ALL = Path("/var/lib/madoguchi")
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FASTER_BUT_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Settings for data that nobody will miss after a power cut: the tests."""


class LauncherError(Fault):
    """The embedded PostgreSQL could not be started."""


class AlreadyRunning(LauncherError):
    """Another process runs a server on this data directory."""


class EmbeddedPostgres:
    """One PostgreSQL server on the data in `directory`, made there on the first start.

    `settings` are put over the server's own. A context manager. `process` is the server, for
    whoever watches over it: once `process.poll()` is not None it died; `start()` starts it again.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory.absolute()
        self.process: subprocess.Popen[bytes] | None = None
        self._settings = {**SETTINGS, **(settings or {})}
        self._user = ServerUser.choose()
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """The libpq URL of the database; it stays the same from start to start."""
        return f"postgresql://madoguchi@/postgres?host={quote(str(self._socket), safe='')}"

    def start(self) -> None:
        """Start the server and wait until it answers; does nothing where it runs.

        Raises `AlreadyRunning`, `NoPostgres` or `LauncherError` (with the end of the server's log).
        """
        if self.process and self.process.poll() is None:
            return
        self._take_lock()
        try:
            self._make_places()
            end_orphan(self._cluster)
            binaries = self._readable(find_binaries(self._major_of_cluster()))
            if not self._major_of_cluster():
                self._make_cluster(binaries)
            self._launch(binaries)
        except BaseException:
            self._release_lock()
            raise

    def stop(self) -> None:
        """Stop the server, whoever is connected, within 5 seconds; does nothing where none runs."""
        if self.process:
            end(self.process)
            self.process = None
        self._release_lock()

    def erase(self) -> None:
        """Remove the (stopped) server's data, wherever they are kept."""
        for link in (self._home / "socket", self.directory / "elsewhere"):
            if link.is_symlink():
                shutil.rmtree(link.readlink(), ignore_errors=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    def _take_lock(self) -> None:
        if self._lock:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        lock = (self.directory / "lock").open("w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise AlreadyRunning(f"a database is already running on {self.directory}") from error
        self._lock = lock

    def _release_lock(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None

    @property
    def _home(self) -> Path:
        """Where the data live: `directory`, or where the server's user can reach them."""
        link = self.directory / "elsewhere"
        return link.readlink() if link.is_symlink() else self.directory

    @property
    def _cluster(self) -> Path:
        return self._home / "cluster"

    @property
    def _socket(self) -> Path:
        place = self._home / "socket"
        return place.readlink() if place.is_symlink() else place

    def _make_places(self) -> None:
        """Make the directories that are still missing, each open to those who need it."""
        if self._home == self.directory and not self._user.can_enter(self.directory.parent):
            REACHABLE_BY_ALL.mkdir(mode=0o755, parents=True, exist_ok=True)
            elsewhere = tempfile.mkdtemp(dir=REACHABLE_BY_ALL)
            (self.directory / "elsewhere").symlink_to(elsewhere)
        if not self._home.is_dir():
            raise LauncherError(f"{self._home}, where {self.directory} had its data, is gone")
        if self._user.dropped:
            self._home.chmod(0o711)
        self._make_private(self._cluster)
        place = self._home / "socket"
        too_long = len(os.fsencode(place / SOCKET_NAME)) > LONGEST_SOCKET_PATH_BYTES
        if too_long and not self._is_private(place):  # never made, or cleaned away with /tmp
            place.unlink(missing_ok=True)
            place.symlink_to(tempfile.mkdtemp(prefix="madoguchi-", dir="/tmp"))
        self._make_private(place)

    def _make_private(self, place: Path) -> None:
        place.mkdir(mode=0o700, exist_ok=True)
        self._user.own(place)

    def _is_private(self, link: Path) -> bool:
        if not link.is_symlink() or not link.is_dir():
            return False
        found = link.readlink().lstat()
        return stat.S_IMODE(found.st_mode) == 0o700 and found.st_uid == self._user.uid

    def _readable(self, binaries: Binaries) -> Binaries:
        if self._user.can_enter(binaries.directory):
            return binaries
        return binaries.copied_to(self._home / f"postgresql-{binaries.major}")

    def _major_of_cluster(self) -> int | None:
        version = self._cluster / "PG_VERSION"
        return int(version.read_text("ascii")) if version.exists() else None

    def _make_cluster(self, binaries: Binaries) -> None:
        """Run initdb beside, so that what was interrupted is never taken for whole."""
        locale = ["--locale=C.UTF-8"]
        if binaries.major >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        fresh = self._home / "cluster-being-made"
        shutil.rmtree(fresh, ignore_errors=True)
        self._make_private(fresh)
        access = ["--username=madoguchi", "--auth-local=trust", "--auth-host=reject"]
        command: list[str | Path] = [binaries.directory / "initdb", "--pgdata", fresh]
        command += ["--encoding=UTF8", *locale, *access, "--no-sync", "--no-instructions"]
        made = subprocess.run(
            command, **self._user.arguments(), capture_output=True, text=True, check=False
        )
        if made.returncode != 0:
            raise LauncherError(f"initdb failed: {made.stderr.strip()}")
        self._cluster.rmdir()
        fresh.rename(self._cluster)

    def _launch(self, binaries: Binaries) -> None:
        settings = {**self._settings, "unix_socket_directories": str(self._socket)}
        command: list[str | Path] = [binaries.directory / "postgres", "-D", self._cluster]
        command += [part for name in settings for part in ("-c", f"{name}={settings[name]}")]
        log = self.directory / "postgres.log"
        if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
            log.unlink()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            begin = log.stat().st_size if log.exists() else 0
            process = self._spawn(command, log)
            if wait_until_ready(process, self._cluster, deadline):
                self.process = process
                return
            end(process)
            said = log.read_bytes()[begin:].decode(errors="replace").strip()
            # after a kill -9 of the postmaster its children take a moment to notice and go
            if "still in use" not in said or time.monotonic() > deadline:
                raise LauncherError(f"PostgreSQL did not start: {said[-2000:]}")
            time.sleep(0.2)

    def _spawn(self, command: list[str | Path], log: Path) -> "subprocess.Popen[bytes]":
        with log.open("ab") as out:
            return subprocess.Popen(
                command, **self._user.arguments(), stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
