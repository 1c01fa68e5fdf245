"""A demo at an hour when its bank is open, and how the tests and the foreign clients meet."""

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from madoguchi.kernel.clock import in_japan
from tests.support.demo import RunningDemo
from tests.support.link_walk import walk_link

HERE = Path(__file__).parent
OPENS, CLOSES = 9, 18
SCOPE = "openid accounts balances transactions"


@dataclass(frozen=True)
class Meeting:
    """Where a client and the bank meet: the demo, and how far its clock is from ours."""

    demo: RunningDemo

    def now(self) -> datetime:
        """Return what the bank's clock says, in Japan."""
        with urllib.request.urlopen(self.demo.ready["clock"]["now_url"], timeout=10) as answer:
            return in_japan(datetime.fromisoformat(json.load(answer)["now"]))

    def terms(self, client_id: str) -> dict[str, Any]:
        """Return what a third party's engineer is told of the bank and of his client."""
        bank, client = self.demo.institution(), self.demo.client(client_id)
        return {
            "issuer": bank["issuer"],
            "api_base": bank["api_base"],
            "client_id": client_id,
            "private_jwk": client["private_jwk"],
            "redirect_uri": client["redirect_uris"][0],
            "scope": SCOPE,
            "clock_skew": round(self.now().timestamp() - time.time()),
        }

    def linked(self, authorization_url: str) -> str:
        """Walk the bank's screens as a customer; return the callback URL."""
        return walk_link(self.demo, authorization_url, self.demo.customer())


@pytest.fixture
def meeting(demo: RunningDemo) -> Meeting:
    """The shared demo, its clock set on to the next morning where it is late in the day."""
    meeting = Meeting(demo)
    now = meeting.now()
    if not OPENS <= now.hour < CLOSES:
        opens = now.replace(hour=OPENS, minute=0) + timedelta(days=now.hour >= CLOSES)
        demo.set_clock(opens.isoformat())
    return meeting


class Script:
    """A client in JavaScript: says and hears one JSON value a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def say(self, value: dict[str, Any]) -> None:
        """Tell the script something."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """Return what the script says next; fail with its error where it says nothing."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            assert self._process.stderr
            pytest.fail(self._process.stderr.read())
        return dict(json.loads(line))


@contextmanager
def running(script: str) -> Iterator[Script]:
    """Run one of the scripts beside this file, where there is Node and what they need."""
    if not shutil.which("node"):
        pytest.skip("no Node on this machine")
    if not (HERE / "node_modules").is_dir():
        pytest.skip("the JavaScript clients are not installed: npm is absent")
    with subprocess.Popen(
        ["node", HERE / script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Script(process)
        finally:
            process.kill()
