"""The gateway: whom it lets in, and what it answers to requests that nobody should send."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from madoguchi.core_bank import CoreFailure, CoreUnavailable, Refusal, Unknown
from madoguchi.core_bank.http.gateway import REQUEST_BYTES_AT_MOST, core_gateway
from madoguchi.core_bank.http.openapi import describe
from tests.core_bank.contract import BANK, reading, transfer, writing
from tests.core_bank.http.serving import TOKEN, core_over_http, served
from tests.core_bank.stages import FakeStage
from tests.support.clock import SettableClock

OLD_TOKEN = "core-token-0000-before"
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "Core-Institution": BANK,
    "Core-Correlation-Id": "c-1",
    "Core-Deadline": "2030-01-01T00:00:00+00:00",
    "Idempotency-Key": "k1",
    "Content-Type": "application/json",
}


@pytest.fixture
def stage(clock: SettableClock) -> FakeStage:
    """The core behind the gateway."""
    return FakeStage(clock)


@pytest.fixture
async def asking(stage: FakeStage) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the gateway that does as it likes."""
    gateway = gateway_of(stage, TOKEN, OLD_TOKEN)
    transport = httpx2.ASGITransport(gateway)
    base = "https://core.example.jp/core/v1"
    async with httpx2.AsyncClient(transport=transport, base_url=base) as client:
        yield client


def gateway_of(stage: FakeStage, *tokens: str) -> Starlette:
    """Return the gateway of one bank, which these tokens open."""
    return core_gateway(stage.core, institutions=(BANK,), tokens=tokens, clock=stage.clock)


def changed(**changes: str | None) -> dict[str, str]:
    """Return the headers, some changed; None leaves one out."""
    made = {**HEADERS, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return {name: value for name, value in made.items() if value is not None}


@pytest.mark.requirement("CORE-03")
@pytest.mark.parametrize(
    ("headers", "status", "name"),
    [
        (changed(Authorization=None), 401, "unauthorized"),
        (changed(Authorization="Bearer wrong"), 401, "unauthorized"),
        (changed(Authorization=f"Basic {TOKEN}"), 401, "unauthorized"),
        (changed(Core_Institution="9902"), 403, "wrong_institution"),
        (changed(Core_Institution=None), 400, "invalid_request"),
        (changed(Core_Deadline=None), 400, "invalid_request"),
        (changed(Core_Deadline="soon"), 400, "invalid_request"),
        (changed(Core_Deadline="2030-01-01T00:00:00"), 400, "invalid_request"),
        (changed(Idempotency_Key=None), 400, "invalid_request"),
        (changed(Content_Type="text/plain"), 400, "invalid_request"),
    ],
)
async def test_headers(
    asking: httpx2.AsyncClient,
    stage: FakeStage,
    headers: dict[str, str],
    status: int,
    name: str,
) -> None:
    """A write without what it needs, or for another institution, is not taken to the core."""
    answer = await asking.post(
        "/release", json={"hold_id": "h", "reason": "voided"}, headers=headers
    )
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:madoguchi:core:{name}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert stage.core.of(BANK).answers == {}
    assert stage.core.of("9902").answers == {}


@pytest.mark.requirement("CORE-03")
async def test_what_comes_too_late_is_not_begun(
    stage: FakeStage, asking: httpx2.AsyncClient
) -> None:
    """A request that was held up on the way changes nothing: the platform has given it up."""
    late = changed(Core_Deadline=stage.clock.now().isoformat())
    answer = await asking.post("/settle", json={"hold_id": "h"}, headers=late)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:madoguchi:core:link_failed")
    assert stage.core.of(BANK).answers == {}


@pytest.mark.requirement("CORE-03")
@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("teleport", b"{}", 404),
        ("account", b"", 400),
        ("account", b"{}", 400),
        ("account", b'{"account_id": 7}', 400),
        ("account", b'{"account_id": "\xff"}', 400),
        ("account", b'"' + b"a" * REQUEST_BYTES_AT_MOST, 413),
        ("transactions", b'{"account_id": "a", "from_day": "2026-1-1", "to_day": "?"}', 400),
        ("events", b'{"limit": 501}', 400),
    ],
)
async def test_bodies(asking: httpx2.AsyncClient, path: str, content: bytes, status: int) -> None:
    """Bodies that no operation has are answered by problems, without repeating them."""
    answer = await asking.post(f"/{path}", content=content, headers=HEADERS)
    assert answer.status_code == status
    assert answer.json()["status"] == status


@pytest.mark.requirement("CORE-03", "SEC-04")
async def test_tokens_rotate(
    stage: FakeStage, clock: SettableClock, asking: httpx2.AsyncClient, tmp_path: Path
) -> None:
    """The old token and the new one both open it, and the adapter takes up a new one by itself."""
    account = await stage.open_account()
    for token in (TOKEN, OLD_TOKEN):
        headers = changed(Authorization=f"Bearer {token}")
        answer = await asking.post("/account", json={"account_id": account.id}, headers=headers)
        assert answer.status_code == 200
    gateway = gateway_of(stage, "another")
    async with served(gateway) as port, core_over_http(port, clock, tmp_path) as core:
        with pytest.raises(CoreUnavailable):
            await core.account(reading(stage), account.id)
        (tmp_path / "token").write_text("another")
        assert await core.account(reading(stage), account.id) == account
        (tmp_path / "token").unlink()
        assert await core.account(reading(stage), account.id) == account


@pytest.mark.requirement("CORE-03", "INST-04")
async def test_an_institution_that_is_not_its_own(
    stage: FakeStage, clock: SettableClock, tmp_path: Path
) -> None:
    """Through a gateway of one bank nothing of another's is read or written."""
    account = await stage.open_account(institution="9902", balance=10)
    gateway = gateway_of(stage, TOKEN)
    async with served(gateway) as port, core_over_http(port, clock, tmp_path) as core:
        with pytest.raises(CoreUnavailable) as raised:
            await core.account(reading(stage, "9902"), account.id)
        assert raised.value.kind is CoreFailure.CANNOT_HANDLE
        unknown = await core.hold(writing(stage, "k", "9902"), transfer(account, 1))
        assert unknown == Unknown("k")
    assert stage.core.of("9902").holds == {}


@pytest.mark.requirement("CORE-03", "LINK-35")
@pytest.mark.parametrize("kind", list(CoreFailure))
async def test_a_core_that_is_down_behind(
    stage: FakeStage, clock: SettableClock, tmp_path: Path, kind: CoreFailure
) -> None:
    """How the core fails behind the gateway is what the adapter tells."""
    stage.core.down = kind
    gateway = gateway_of(stage, TOKEN)
    async with served(gateway) as port, core_over_http(port, clock, tmp_path) as core:
        with pytest.raises(CoreUnavailable) as raised:
            await core.balances(reading(stage), "a")
        assert raised.value.kind is kind
        assert await core.settle(writing(stage, "k"), "h") == Unknown("k")


@pytest.mark.requirement("CORE-03", "SEC-04")
async def test_a_fault_behind_tells_nothing(
    stage: FakeStage, asking: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A core that breaks is a problem without its text; tokens stand in no log."""

    async def broken(*_: Any) -> None:
        raise RuntimeError("row of ﾐﾎﾝ ﾀﾛｳ")

    monkeypatch.setattr(stage.core, "account", broken)
    with capture_logs() as lines:
        answer = await asking.post("/account", json={"account_id": "a"}, headers=HEADERS)
    assert (answer.status_code, "ﾐﾎﾝ" in answer.text) == (500, False)
    assert [line["event"] for line in lines] == ["gateway failed"]
    assert TOKEN not in str(lines)


async def test_refusals_on_the_wire(stage: FakeStage, asking: httpx2.AsyncClient) -> None:
    """A refused write is a problem with a stable number and name; asked again it is an answer."""
    answer = await asking.post("/settle", json={"hold_id": "?"}, headers=HEADERS)
    assert answer.status_code == 409
    assert (answer.json()["number"], answer.json()["name"]) == (20, "no_such_hold")
    again = await asking.post("/inquire", json={"idempotency_key": "k1"}, headers=HEADERS)
    assert again.json() == {"answer": "refused", "number": 20, "name": "no_such_hold"}
    told = describe()["components"]["schemas"]["ProblemBody"]["description"]
    assert all(f"{each.value} `{each.name.lower()}`" in told for each in Refusal)
