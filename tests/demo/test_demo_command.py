"""`madoguchi demo` as a whole: the real processes, on an embedded database."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import pytest

CONTRACT = {
    "retail": {
        *("institution", "login_url", "login_id", "login_password", "confirmation_password"),
        *("questions", "state", "branch_code", "account_kind", "account_number", "email"),
    },
    "institutions": {"slug", "code", "name", "kind", "link_modes", "issuer", "api_base"},
    "customers": {
        *("institution", "name_kana", "branch_code", "account_kind", "account_number"),
        *("birth_date", "phone", "email", "card_pin", "case"),
    },
    "clients": {
        *("institution", "client_id", "client_auth", "sender", "private_jwk"),
        *("certificate_file", "key_file", "redirect_uris", "scopes"),
    },
}


class RunningDemo:
    """A demo in a process of its own; what it starts are its children."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.ready = ready = directory.with_suffix(".ready.json")
        ready.write_text("{}", "ascii")  # as a demo that was killed left it: the first to go
        self.log = directory.with_suffix(".log")
        command = [sys.executable, "-m", "madoguchi", "demo", "--port", "0", *options]
        command += ["--data-dir", str(directory), "--ready-file", str(ready)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": "src"}
            )
        self.wait_for(lambda: not ready.exists(), seconds=20)
        self.wait_for(ready.exists, seconds=40)
        self.offer: dict[str, Any] = json.loads(ready.read_text("utf-8"))

    def wait_for(self, condition: Callable[[], object], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() < deadline, self.log.read_text("utf-8")
            time.sleep(0.05)

    def get(self, url: str) -> Any:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.loads(answer.read())

    def answers(self) -> bool:
        try:
            self.get(f"{self.offer['institutions'][0]['issuer']}/.well-known/openid-configuration")
        except OSError:
            return False
        return True

    def child(self, words: str) -> int:
        """Return the id of the child whose command holds `words`; 0 where there is none."""
        return next((pid for pid, said in children(self.process.pid).items() if words in said), 0)

    def stop(self) -> float:
        """Ask it to end; return how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(15) == 0
        return time.monotonic() - began


def children(parent: int) -> dict[int, str]:
    """Return the command lines of a process's children."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
            said = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if stat[1] == str(parent) and stat[0] != "Z":
            found[int(entry.name)] = said
    return found


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RunningDemo]]:
    """Start a demo on the test's one directory."""
    started: list[RunningDemo] = []

    def start_one(*options: str) -> RunningDemo:
        started.append(RunningDemo(tmp_path / "demo", *options))
        return started[-1]

    tmp_path.chmod(0o711)
    yield start_one
    for demo in started:
        demo.process.kill()
        demo.process.wait()


@pytest.mark.requirement("RUN-01")
def test_the_demo_from_start_to_end(start: Callable[..., RunningDemo]) -> None:
    """It keeps the contract, heals what is killed, ends in time, and goes on with its data."""
    first = start("--now", "2026-11-20T09:00:00+09:00")
    offers_the_contract(first)
    heals(first)
    left = children(first.process.pid)
    assert first.stop() < 10
    assert not first.ready.exists()
    assert not [pid for pid in left if Path(f"/proc/{pid}").exists()]

    again = start()
    for kept in ("home", "customers", "clients", "retail", "telephone", "mailbox"):
        assert again.offer[kept] == first.offer[kept]
    assert again.get(again.offer["clock"]["now_url"])["now"].startswith("2026-11-20T09:0")
    again.stop()


def offers_the_contract(demo: RunningDemo) -> None:
    assert demo.offer["pid"] == demo.process.pid
    demo.wait_for(lambda: "Ctrl-C" in demo.log.read_text("utf-8"), 5)
    said = demo.log.read_text("utf-8").split()
    for address in (word for word in said if word.startswith("http://")):
        with browser().open(address, timeout=10) as answer:
            assert answer.status == 200, address
    for name, keys in CONTRACT.items():
        assert demo.offer[name]
        assert all(keys <= entry.keys() for entry in demo.offer[name])
    assert demo.get(demo.offer["mailbox"]["json_url"]) == []
    assert demo.get(demo.offer["clock"]["now_url"])["now"].startswith("2026-11-20T09:00")
    assert {"host", "port", "transport"} == demo.offer["telephone"]["sip"].keys()


def browser() -> urllib.request.OpenerDirector:
    """Return what keeps cookies as a browser does, which trusts localhost with secure ones."""
    policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
    return urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(CookieJar(policy)),
    )


def heals(demo: RunningDemo) -> None:
    for words in (" serve ", " worker ", "sample_app", "postgres", "reaper.py"):
        killed = demo.child(words)
        assert killed, words
        os.kill(killed, signal.SIGKILL)
        demo.wait_for(lambda w=words, k=killed: demo.child(w) not in {0, k}, 5)  # type: ignore[misc]
        demo.wait_for(demo.answers, 10)
