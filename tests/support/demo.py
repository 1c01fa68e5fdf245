"""A running demo, started as a person would: for tests from outside, by several processes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_SECONDS = 60.0
STOP_SECONDS = 15.0
NOW = "2026-11-20T09:00:00+09:00"


class DemoDidNotStart(Exception):
    """The demo ended, or was not ready in time."""


@dataclass
class RunningDemo:
    """One demo on free ports with its own data; `ready` is what its ready file says."""

    directory: Path
    process: subprocess.Popen[bytes]
    ready: dict[str, Any]
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @classmethod
    def start(cls, directory: Path, *, now: str = NOW) -> "RunningDemo":
        """Start a demo and wait until it is ready."""
        ready_file = directory / "ready.json"
        ready_file.unlink(missing_ok=True)
        with (directory / "demo.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "madoguchi", "demo", "--port", "0", "--now", now),
                    *("--data-dir", str(directory / "data"), "--ready-file", str(ready_file)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONWARNINGS": ""},
            )
        deadline = time.monotonic() + START_SECONDS
        while not ready_file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise DemoDidNotStart((directory / "demo.log").read_text("utf-8", "replace"))
            time.sleep(0.05)
        return cls(directory, process, json.loads(ready_file.read_text("utf-8")))

    def stop(self) -> int:
        """Stop everything; return the demo's exit status."""
        for other in self.others:
            if other.poll() is None:
                other.kill()
                other.wait()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    @property
    def home(self) -> str:
        """The address of the first web process, without a slash at its end."""
        return str(self.ready["home"]).rstrip("/")

    @property
    def settings(self) -> Path:
        """The settings file that the demo's processes run by."""
        return self.directory / "data" / "madoguchi.toml"

    def institution(self, code: str = "9901") -> dict[str, Any]:
        """Return an institution as the ready file has it."""
        return _one(self.ready["institutions"], code=code)

    def customer(self, case: str = "ordinary", institution: str = "9901") -> dict[str, Any]:
        """Return the first sample customer of a case."""
        return _one(self.ready["customers"], case=case, institution=institution)

    def customers(self, case: str = "ordinary", institution: str = "9901") -> list[dict[str, Any]]:
        """Return all sample customers of a case: take one of your own where a test locks it."""
        return [
            each
            for each in self.ready["customers"]
            if each["case"] == case and each["institution"] == institution
        ]

    def client(self, client_id: str = "tester", institution: str = "9901") -> dict[str, Any]:
        """Return a sample client, private key included."""
        return _one(self.ready["clients"], client_id=client_id, institution=institution)

    def second_web(self) -> str:
        """Start one more web process on the same data; return its address."""
        listening = socket.create_server(("127.0.0.1", 0))
        descriptor = listening.fileno()
        with (self.directory / "second.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "madoguchi", "serve"),
                    *("--settings", str(self.settings), "--fd", str(descriptor)),
                ],
                pass_fds=(descriptor,),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.others.append(process)
        address = f"http://localhost:{listening.getsockname()[1]}"
        listening.close()
        _wait_for(f"{address}/{self.institution()['slug']}/.well-known/openid-configuration")
        return address

    def call(self, caller: str | None, called: str) -> dict[str, Any]:
        """Have a customer's telephone call a number, through the simulator."""
        return self._post(
            self.ready["telephone"]["simulate_url"], {"caller": caller, "called": called}
        )

    def set_clock(self, now: str) -> None:
        """Set the demo's clock, for all its processes."""
        self._post(self.ready["clock"]["set_url"], {"now": now})

    def advance_clock(self, seconds: float) -> None:
        """Move the demo's clock on."""
        self._post(self.ready["clock"]["set_url"], {"advance_seconds": seconds})

    def mails(self) -> list[dict[str, Any]]:
        """Return the mails received, newest first."""
        with urllib.request.urlopen(self.ready["mailbox"]["json_url"], timeout=10) as answer:
            mails: list[dict[str, Any]] = json.load(answer)
        return mails

    def _post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            url, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return dict(json.loads(text)) if text else {}


@contextmanager
def demo_directory() -> Iterator[Path]:
    """Give a directory that root's database can be kept in too; remove it afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="madoguchi-demo-"))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _one(entries: list[dict[str, Any]], **wanted: str) -> dict[str, Any]:
    return next(
        each for each in entries if all(each[name] == value for name, value in wanted.items())
    )


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
