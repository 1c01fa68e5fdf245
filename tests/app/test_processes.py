"""Web processes as operators meet them: health, readiness, metrics, and a graceful end (RUN-03)."""

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.conftest import free_port_number
from tests.support.demo import RunningDemo


@contextlib.contextmanager
def web_process(
    demo: RunningDemo, directory: Path, *options: str
) -> Iterator[tuple[str, int, Any]]:
    """Start one more web process on the demo's data; give its address, internal port, itself."""
    internal, port = free_port_number(), free_port_number()
    settings_beside(demo, directory, web=internal)
    with socket.create_server(("127.0.0.1", port)) as listening:
        command = [
            *(sys.executable, "-m", "madoguchi", "serve", "--fd", str(listening.fileno())),
            *("--settings", str(directory / "madoguchi.toml"), *options),
        ]
        process = subprocess.Popen(command, pass_fds=[listening.fileno()], stderr=subprocess.PIPE)
    try:
        yield f"http://127.0.0.1:{port}", internal, process
    finally:
        process.kill()
        process.communicate()


def settings_beside(demo: RunningDemo, directory: Path, **internal: int) -> Path:
    """Write the demo's settings for one more process, with internal ports of its own."""
    text = demo.settings.read_text("utf-8")
    settings = tomllib.loads(text)
    for section, port in internal.items():
        text = text.replace(settings[section]["internal"], f"127.0.0.1:{port}")
    sip = f"127.0.0.1:{free_port_number()}"
    text = text.replace(settings["telephone"]["sip"]["listen"], sip)
    (directory / "madoguchi.toml").write_text(text, "utf-8")
    for name in ("clock", "demo.json"):
        (directory / name).symlink_to(demo.settings.parent / name)
    return directory / "madoguchi.toml"


def get(url: str) -> str:
    """Return the body at `url`; a connection waits for a process that is starting."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.requirement("RUN-03", "LOG-02")
def test_health_readiness_and_metrics_stand_on_an_address_of_their_own(
    demo: RunningDemo, tmp_path: Path
) -> None:
    """The internal address tells that the process lives, can serve, and what it has counted."""
    with web_process(demo, tmp_path) as (public, internal, _):
        get(f"{public}/sample-shinkumi/.well-known/openid-configuration")
        assert get(f"http://127.0.0.1:{internal}/healthz") == "ok"
        assert get(f"http://127.0.0.1:{internal}/readyz") == "ok"
        metrics = get(f"http://127.0.0.1:{internal}/metrics")
        route = "GET /{slug}/.well-known/openid-configuration"
        assert f'madoguchi_requests_total{{route="{route}",status="200"}} 1.0' in metrics
        request = urllib.request.Request(f"{public}/metrics")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(request, timeout=10)


@pytest.mark.requirement("RUN-03", "LOG-02")
def test_a_worker_has_such_an_address_too(demo: RunningDemo, tmp_path: Path) -> None:
    """Mails, jobs and calls over SIP are counted in workers, which are asked for them."""
    port = free_port_number()
    settings = settings_beside(demo, tmp_path, worker=port)
    command = [sys.executable, "-m", "madoguchi", "worker", "--settings", str(settings)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        assert wait_until_open(port)
        assert get(f"http://127.0.0.1:{port}/readyz") == "ok"
        assert "madoguchi_jobs_running 0.0" in get(f"http://127.0.0.1:{port}/metrics")
        process.terminate()
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_worker_whose_trunk_is_taken_says_so_in_a_line(demo: RunningDemo, tmp_path: Path) -> None:
    """The line names the setting and the address."""
    settings = settings_beside(demo, tmp_path, worker=free_port_number())
    listen = tomllib.loads(settings.read_text("utf-8"))["telephone"]["sip"]["listen"]
    command = [sys.executable, "-m", "madoguchi", "worker", "--settings", str(settings)]
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", int(listen.rpartition(":")[2])))
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"Error: telephone.sip.listen {listen}: " in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def wait_until_open(port: int) -> bool:
    """Tell whether somebody listens on a port within half a minute."""
    for _ in range(300):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.1)
    return False


@pytest.mark.requirement("SEC-04")
def test_processes_that_cannot_start_say_why_and_end_with_a_status(
    demo: RunningDemo, tmp_path: Path
) -> None:
    """A webhook's secret that is missing is told at the start, not with the first call."""
    settings = settings_beside(demo, tmp_path)
    text = settings.read_text("utf-8")
    (secret,) = tomllib.loads(text)["telephone"]["webhooks"]["demo"]["secrets"]
    settings.write_text(text.replace(secret, "env:NOT_THERE"), "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        for workers in ("1", "2"):
            command = [
                *(sys.executable, "-m", "madoguchi", "serve", "--fd", str(listening.fileno())),
                *("--settings", str(settings), "--workers", workers),
            ]
            done = subprocess.run(
                command, capture_output=True, pass_fds=[listening.fileno()], timeout=60, check=False
            )
            said = [json.loads(line)["event"] for line in done.stderr.splitlines()]
            assert done.returncode == 3
            assert "env:NOT_THERE: the environment variable is not set" in said


@pytest.mark.requirement("RUN-03")
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_process_told_to_end_finishes_what_is_under_way(
    demo: RunningDemo, tmp_path: Path, workers: str
) -> None:
    """A request that waits for the database when the process has to end still gets its answer.

    Whoever comes then is refused at once, so that a proxy asks another machine.
    """
    locker = await asyncpg.connect(demo.ready["database_url"])
    with web_process(demo, tmp_path, "--workers", workers) as (public, _, process):
        discovery = f"{public}/sample-shinkumi/.well-known/openid-configuration"
        await asyncio.to_thread(get, discovery)
        transaction = locker.transaction()
        await transaction.start()
        await locker.execute("LOCK TABLE clients_client IN ACCESS EXCLUSIVE MODE")
        under_way = asyncio.create_task(asyncio.to_thread(_push, public))
        await _until_someone_waits(locker)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(1.5)
        assert process.poll() is None
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(public.rpartition(":")[2])), timeout=1)
        await transaction.rollback()
        assert (await under_way)["error"] == "invalid_client"
        assert await asyncio.to_thread(process.wait, 15) in {0, -signal.SIGTERM}
    await locker.close()


def _push(public: str) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{public}/sample-shinkumi/oauth/par",
        b"client_id=tester&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type"
        b"%3Ajwt-bearer&client_assertion=" + ASSERTION,
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))


ASSERTION = (
    b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ0ZXN0ZXIiLCJzdWIiOiJ0ZXN0ZXIifQ."
    b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


async def _until_someone_waits(connection: Any) -> None:
    for _ in range(200):
        if await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            return
        await asyncio.sleep(0.05)
    pytest.fail("the request never came to the lock")
