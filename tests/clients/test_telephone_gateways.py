"""An account linked with each real telephone gateway: a carrier's trunk, a provider's webhook."""

import asyncio
import json
import subprocess
import time
import urllib.request
import uuid
from datetime import datetime
from typing import Any

import httpx2
import pytest

from madoguchi.plumbing.telephone import sign
from tests.clients.conftest import SCOPE, Meeting
from tests.plumbing.telephone.sip_peer import SCENARIOS, needs_sipp
from tests.support.demo import RunningDemo
from tests.support.link_walk import walk_link
from tests.support.oauth_client import AppClient


class Caller:
    """A demo whose customers call by another gateway than the simulator."""

    def __init__(self, demo: RunningDemo) -> None:
        self.demo = demo

    def __getattr__(self, name: str) -> Any:
        return getattr(self.demo, name)


class ByTrunk(Caller):
    """Calls come in over SIP, from SIPp."""

    def call(self, caller: str, called: str) -> None:
        """Ring once, and be refused after the rings."""
        sip = self.demo.ready["telephone"]["sip"]
        sender = f"<sip:+81{caller[1:]}@carrier.example;user=phone>"
        subprocess.run(
            [
                *("sipp", f"{sip['host']}:{sip['port']}", "-sf", str(SCENARIOS / "refused.xml")),
                *("-i", sip["host"], "-nostdin", "-skip_rlimit", "-m", "1", "-timeout", "20s"),
                *("-s", "".join(filter(str.isdigit, called)), "-key", "sender", sender),
                *("-key", "identity", f"P-Asserted-Identity: {sender}"),
                *("-key", "privacy", "X-Privacy: none", "-timeout_error"),
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip


class ByWebhook(Caller):
    """Calls are told by a telephony provider, over HTTP, signed."""

    def call(self, caller: str, called: str) -> None:
        """Report the call."""
        telephone = self.demo.ready["telephone"]
        with urllib.request.urlopen(self.demo.ready["clock"]["now_url"], timeout=10) as answer:
            now = json.load(answer)["now"]
        body = json.dumps(
            {"call_id": str(uuid.uuid4()), "called": called, "caller": caller, "arrived_at": now}
        ).encode()
        stamp = str(int(datetime.fromisoformat(now).timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Madoguchi-Timestamp": stamp,
            "Madoguchi-Signature": sign(telephone["webhook_secret"].encode(), stamp, body),
        }
        request = urllib.request.Request(telephone["webhook_url"], body, headers)
        urllib.request.urlopen(request, timeout=10).close()


@pytest.mark.requirement("LINK-26")
@pytest.mark.parametrize("gateway", [pytest.param(ByTrunk, marks=needs_sipp), ByWebhook])
async def test_a_link_by_each_gateway(meeting: Meeting, gateway: type[Caller]) -> None:
    """The six screens end at the app where the call comes by SIP, and where by a signed webhook."""
    terms = meeting.terms("tester")
    async with httpx2.AsyncClient(trust_env=False) as http:
        app = AppClient(
            http, terms["issuer"], terms["client_id"], terms["private_jwk"], terms["redirect_uri"],
            lambda: time.time() + terms["clock_skew"], scope=SCOPE,
        )  # fmt: skip
        await app.discover()
        bank: Any = gateway(meeting.demo)
        url = await app.pushed_url()
        callback = await asyncio.to_thread(walk_link, bank, url, meeting.demo.customer())
        assert app.returned(callback)["code"]
