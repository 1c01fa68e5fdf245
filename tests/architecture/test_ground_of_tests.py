"""What every test stands on: the closed sockets, the emptied database, the settable clock."""

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from madoguchi.plumbing.database import Database
from tests.support.clock import MORNING, SettableClock
from tests.support.postgres import emptying_statement
from tests.support.sockets import OutsideWorld
from tests.support.source import ROOT


def test_the_outside_is_closed(free_port: int) -> None:
    """No connection, datagram or look-up leaves the machine; loopback and Unix sockets are free."""
    with socket.socket() as tcp, pytest.raises(OutsideWorld):
        tcp.connect(("192.0.2.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        with pytest.raises(OutsideWorld):
            udp.sendto(b"", ("192.0.2.1", 5060))
        udp.sendto(b"", ("127.0.0.1", free_port))
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("www.example.jp", 443)
    assert socket.getaddrinfo("localhost", free_port)


@pytest.mark.requirement("RUN-04")
def test_the_clock_stands_until_it_is_moved(clock: SettableClock) -> None:
    """The clock begins on a business morning in Japan and goes only where it is sent."""
    assert clock.now() == MORNING == clock.now()
    clock.advance(90)
    assert clock.now() - MORNING == timedelta(seconds=90)


async def test_emptying_spares_nothing_but_what_is_kept(fresh_database_url: str) -> None:
    """Rows go, also where triggers forbid it, and sequences begin anew; kept tables keep theirs."""
    database = await Database.connect(fresh_database_url)
    try:
        async with database.transaction() as tx:
            await tx.execute("CREATE TABLE ground_kept (n int); INSERT INTO ground_kept VALUES (1)")
            await tx.execute("""
                CREATE TABLE ground_rows (n int GENERATED ALWAYS AS IDENTITY, note text);
                CREATE FUNCTION ground_refuse() RETURNS trigger LANGUAGE plpgsql
                    AS $$ BEGIN RAISE 'append-only'; END $$;
                CREATE TRIGGER ground_guard BEFORE DELETE ON ground_rows
                    FOR EACH ROW EXECUTE FUNCTION ground_refuse();
                INSERT INTO ground_rows (note) VALUES ('a'), ('b');
            """)
        with pytest.raises(asyncpg.RaiseError):
            async with database.transaction() as tx:
                await tx.execute("DELETE FROM ground_rows")
        async with database.transaction() as tx:
            await tx.execute(
                emptying_statement(["public.ground_kept", "public.migrations_applied"])
            )
        async with database.transaction() as tx:
            again = "INSERT INTO ground_rows (note) VALUES ('c') RETURNING n"
            assert await tx.value("SELECT count(*) FROM ground_rows") == 0
            assert await tx.value(again) == 1
            assert await tx.value("SELECT count(*) FROM ground_kept") == 1
            assert await tx.value("SELECT count(*) FROM migrations_applied") > 0
    finally:
        await database.close()


def test_a_killed_run_leaves_no_server_behind() -> None:
    """When a test run is killed, its PostgreSQL and its directory go too."""
    program = (
        "from tests.support.postgres import RunServer\n"
        "server = RunServer()\n"
        "server.start()\n"
        "print(server._server.process.pid, server.directory, flush=True)\n"
        "input()\n"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    run = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout
    pid, directory = run.stdout.readline().split()
    run.send_signal(signal.SIGKILL)
    run.communicate()
    deadline = time.monotonic() + 10
    while Path(directory).exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(directory).exists()
    assert (
        Path(f"/proc/{pid}/cmdline").exists() is False
        or not Path(f"/proc/{pid}/cmdline").read_bytes()
    )
