"""What one web process knows, every other knows at the next request (AS-07)."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest

from tests.clients.conftest import SCOPE, Meeting
from tests.support.oauth_client import AppClient


@dataclass
class TwoDoors:
    """A linked app, and the address of the API at each of two processes."""

    app: AppClient
    token: str
    published: str
    other: str

    async def ask(
        self, door: str, path: str, method: str = "GET", proof_of: str = ""
    ) -> httpx2.Response:
        """Ask one process; with an earlier proof where `proof_of` gives one."""
        for _ in range(2):
            headers = self.app.resource_headers(method, self.published + path, self.token)
            if proof_of:
                headers["DPoP"] = proof_of
            response = await self.app.http.request(method, door + path, headers=headers)
            self.app.dpop_nonce = response.headers.get("dpop-nonce", self.app.dpop_nonce)
            if "use_dpop_nonce" not in response.headers.get("www-authenticate", ""):
                break
        return response


@pytest.fixture
async def doors(meeting: Meeting) -> AsyncIterator[TwoDoors]:
    """An app linked through the first process, and a second process beside it."""
    terms = meeting.terms("tester")
    skew = terms["clock_skew"]
    async with httpx2.AsyncClient(trust_env=False) as http:
        app = AppClient(
            http, terms["issuer"], terms["client_id"], terms["private_jwk"], terms["redirect_uri"],
            lambda: time.time() + skew, scope=SCOPE,
        )  # fmt: skip
        await app.discover()
        callback = await asyncio.to_thread(meeting.linked, await app.pushed_url())
        tokens = (await app.redeem(app.returned(callback)["code"])).json()
        second = await asyncio.to_thread(meeting.demo.second_web)
        other = terms["api_base"].replace(meeting.demo.home, second)
        yield TwoDoors(app, tokens["access_token"], terms["api_base"], other)


@pytest.mark.requirement("AS-03", "AS-07", "API-05")
async def test_two_processes_agree(doors: TwoDoors) -> None:
    """A nonce holds at both, a proof works once, a revoked consent is over at both."""
    published, other = doors.published, doors.other
    assert (await doors.ask(published, "/accounts")).status_code == 200
    proof = doors.app.resource_headers("GET", f"{published}/accounts", doors.token)["DPoP"]
    assert (await doors.ask(other, "/accounts", proof_of=proof)).status_code == 200
    replayed = await doors.ask(published, "/accounts", proof_of=proof)
    assert replayed.json()["error"] == "invalid_dpop_proof"
    assert (await doors.ask(other, "/consent", "DELETE")).status_code == 204
    for door in (published, other):
        refused = await doors.ask(door, "/accounts")
        assert refused.json()["type"] == "urn:madoguchi:problem:consent_revoked"
