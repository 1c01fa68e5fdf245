"""A PostgreSQL server of our own, for the demo and the tests: nothing to configure (RUN-01).

It listens on a Unix socket only, in a directory that nobody but its user (and root) can enter; that
permission is the authentication. Started by root it runs as an unprivileged user, since PostgreSQL
refuses to be root.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import quote

from madoguchi.kernel.errors import Fault
from madoguchi.plumbing.database.binaries import Binaries, find_binaries

LONGEST_SOCKET_PATH_BYTES = 107
SOCKET_NAME = ".s.PGSQL.5432"
START_TIMEOUT_SECONDS = 30.0
STOP_TIMEOUT_SECONDS = 5.0
LARGEST_LOG_BYTES = 10_000_000
UNPRIVILEGED_USERS = ("postgres", "nobody")
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

    `settings` are put over the server's own. A context manager; `process` is the running postmaster, for
    whoever watches over it: where `process.poll()` is not None it died, and `start()` starts it again.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory.absolute()
        self.process: subprocess.Popen[bytes] | None = None
        self._settings = {**SETTINGS, **(settings or {})}
        self._user = _server_user()
        self._lock: IO[str] | None = None
        self._home = self.directory

    @property
    def url(self) -> str:
        """The libpq URL of the database; it stays the same from start to start."""
        host = quote(str(self._socket_directory()), safe="")
        return f"postgresql://madoguchi@/postgres?host={host}"

    def start(self) -> None:
        """Start the server and wait until it answers; does nothing where it runs.

        Raises `AlreadyRunning`, `NoPostgres` or `LauncherError` (with the end of the server's log).
        """
        if self.process and self.process.poll() is None:
            return
        self._take_lock()
        try:
            self._prepare_home()
            _end_orphan(self._cluster)
            binaries = self._readable(find_binaries(self._major_of_cluster()))
            self._make_cluster(binaries)
            self._launch(binaries)
        except BaseException:
            self._release_lock()
            raise

    def stop(self) -> None:
        """Stop the server within `STOP_TIMEOUT_SECONDS`, ending its connections; no matter if it runs."""
        if self.process:
            _end(self.process)
            self.process = None
        self._release_lock()

    def erase(self) -> None:
        """Remove the (stopped) server's data, wherever it is kept."""
        for link in (self.directory / "elsewhere", self._linked_home() / "socket"):
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

    # ── where things lie ─────────────────────────────────────────────────

    @property
    def _cluster(self) -> Path:
        return self._linked_home() / "cluster"

    @property
    def _log(self) -> Path:
        return self.directory / "postgres.log"

    def _linked_home(self) -> Path:
        """Return where server and data live: `directory`, or where its user can reach."""
        link = self.directory / "elsewhere"
        return link.readlink() if link.is_symlink() else self.directory

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

    def _prepare_home(self) -> None:
        if (
            self._user
            and not (self.directory / "elsewhere").is_symlink()
            and not self._can_enter(self.directory)
        ):
            REACHABLE_BY_ALL.mkdir(mode=0o755, parents=True, exist_ok=True)
            (self.directory / "elsewhere").symlink_to(tempfile.mkdtemp(dir=REACHABLE_BY_ALL))
        home = self._linked_home()
        if not home.is_dir():
            raise LauncherError(f"{home}, where the data of {self.directory} was, is gone")
        if self._user:
            home.chmod(0o711)
        self._cluster.mkdir(mode=0o700, exist_ok=True)
        self._own(self._cluster)
        self._make_socket_directory(home / "socket")

    def _make_socket_directory(self, place: Path) -> None:
        if len(os.fsencode(place / SOCKET_NAME)) > LONGEST_SOCKET_PATH_BYTES and not _is_private(
            place, self._uid
        ):
            place.unlink(missing_ok=True)
            place.symlink_to(tempfile.mkdtemp(prefix="madoguchi-", dir="/tmp"))
        place.mkdir(mode=0o700, exist_ok=True)
        self._own(place)

    def _socket_directory(self) -> Path:
        place = self._linked_home() / "socket"
        return place.readlink() if place.is_symlink() else place

    # ── the user that it runs as ─────────────────────────────────────────

    @property
    def _uid(self) -> int:
        return self._user.pw_uid if self._user else os.geteuid()

    def _own(self, path: Path) -> None:
        if self._user and path.stat().st_uid != self._user.pw_uid:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _as_server_user(self) -> dict[str, Any]:
        """Return what has `subprocess` drop root's rights and the terminal's signals."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))
        }
        common: dict[str, Any] = {
            "env": {**environment, "LC_ALL": "C"},
            "cwd": "/",
            "start_new_session": True,
        }
        if self._user:
            common |= {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return common

    def _can_enter(self, path: Path) -> bool:
        """Return whether the server's user may go through `path` and all above it."""
        return (
            subprocess.run(
                ["/bin/sh", "-c", 'cd -- "$1"', "sh", path.parent],
                **self._as_server_user(),
                stderr=subprocess.DEVNULL,
                check=False,
            ).returncode
            == 0
        )

    def _readable(self, binaries: Binaries) -> Binaries:
        if not self._user or self._can_enter(binaries.directory / "postgres"):
            return binaries
        return binaries.copied_to(self._linked_home() / f"postgresql-{binaries.major}")

    # ── the cluster and its server ───────────────────────────────────────

    def _major_of_cluster(self) -> int | None:
        version = self._cluster / "PG_VERSION"
        return int(version.read_text("ascii")) if version.exists() else None

    def _make_cluster(self, binaries: Binaries) -> None:
        """Run initdb beside, so that what was interrupted is never taken for whole."""
        if self._major_of_cluster():
            return
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if binaries.major >= 17
            else ["--locale=C.UTF-8"]
        )
        fresh = self._linked_home() / "cluster-being-made"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._own(fresh)
        done = subprocess.run(
            [
                binaries.directory / "initdb",
                "--pgdata",
                fresh,
                "--username=madoguchi",
                "--encoding=UTF8",
                *locale,
                "--auth-local=trust",
                "--auth-host=reject",
                "--no-sync",
                "--no-instructions",
            ],
            **self._as_server_user(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LauncherError(f"initdb failed: {done.stderr.strip()}")
        self._cluster.rmdir()
        fresh.rename(self._cluster)

    def _launch(self, binaries: Binaries) -> None:
        settings = {**self._settings, "unix_socket_directories": str(self._socket_directory())}
        command: list[str | Path] = [binaries.directory / "postgres", "-D", self._cluster]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        if self._log.exists() and self._log.stat().st_size > LARGEST_LOG_BYTES:
            self._log.unlink()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            process, begin = self._spawn(command)
            if self._is_ready(process, deadline):
                self.process = process
                return
            _end(process)
            said = self._log.read_bytes()[begin:].decode(errors="replace").strip()
            # after a kill -9 of the postmaster its children take a moment to notice and go
            if "still in use" not in said or time.monotonic() > deadline:
                raise LauncherError(f"PostgreSQL did not start: {said[-2000:]}")
            time.sleep(0.2)

    def _spawn(self, command: list[str | Path]) -> "tuple[subprocess.Popen[bytes], int]":
        """Start the postmaster; return it and where in the log its words begin."""
        with self._log.open("ab") as log:
            begin = log.tell()
            process: subprocess.Popen[bytes] = subprocess.Popen(
                command, **self._as_server_user(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return process, begin

    def _is_ready(self, process: "subprocess.Popen[bytes]", deadline: float) -> bool:
        while process.poll() is None and time.monotonic() < deadline:
            lines = _postmaster_file(self._cluster)
            if len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return True
            time.sleep(0.01)
        return False


def _server_user() -> "pwd.struct_passwd | None":
    """Return the user to drop to, or None where we are not root."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED_USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LauncherError(
        f"PostgreSQL does not run as root, and there is none of the users {UNPRIVILEGED_USERS}"
    )


def _is_private(place: Path, uid: int) -> bool:
    """Return whether the link `place` leads to a directory of `uid` that is closed to others."""
    if not place.is_symlink() or not place.is_dir():
        return False
    found = place.readlink().lstat()
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == uid and stat.S_IMODE(found.st_mode) == 0o700
    )


def _postmaster_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []


def _end_orphan(cluster: Path) -> None:
    """End a postmaster whose launcher was killed, so that the data can be opened again.

    Only called under the lock: so no living launcher owns the server. Where the process number in the
    file belongs to another program by now, the file is removed: PostgreSQL would refuse to start.
    """
    lines = _postmaster_file(cluster)
    pid = int(lines[0]) if lines and lines[0].isdigit() else 0
    if not pid or not _is_alive(pid):
        return
    try:
        is_ours = Path(f"/proc/{pid}/cwd").readlink() == cluster.resolve()
    except OSError:  # no /proc here, or another user's process: PostgreSQL itself decides
        return
    if not is_ours:
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        return
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while _is_alive(pid):
        if time.monotonic() > deadline:
            raise AlreadyRunning(
                f"a database of process {pid} is already running on {cluster} and does not end"
            )
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a postmaster: fast shutdown, then at once, then by force."""
    for number, patience in (
        (signal.SIGINT, STOP_TIMEOUT_SECONDS - 1),
        (signal.SIGQUIT, 0.5),
        (signal.SIGKILL, 0.5),
    ):
        if process.poll() is None:
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
