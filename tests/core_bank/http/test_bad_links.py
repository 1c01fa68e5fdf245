"""What the adapter makes of links and answers that are not as they should be (CORE-03)."""

import asyncio
import gzip
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from madoguchi.core_bank import (
    AccountKind,
    Call,
    CoreFailure,
    CoreUnavailable,
    Refusal,
    Refused,
    ReleaseReason,
    Unknown,
)
from madoguchi.core_bank.http import HttpCore
from madoguchi.kernel.clock import japan_day
from tests.core_bank.contract import BANK, transfer
from tests.core_bank.http.serving import (
    NEVER,
    TOKEN,
    Answering,
    BadGateway,
    core_over_http,
    saying,
)
from tests.support.clock import SettableClock
from tests.support.fake_core_bank import FakeCoreBank

LINK_FAILED, CANNOT_HANDLE = CoreFailure.LINK_FAILED, CoreFailure.CANNOT_HANDLE
NO_ACCOUNT = b'{"account": null}'


def call(clock: SettableClock, seconds: float = 20, key: str | None = None) -> Call:
    """Return a call with so much time."""
    deadline = clock.now() + timedelta(seconds=seconds)
    return Call(institution=BANK, correlation_id="c-1", deadline=deadline, idempotency_key=key)


async def kind_of(reading: Awaitable[object]) -> CoreFailure:
    """Return how a read fails."""
    with pytest.raises(CoreUnavailable) as raised:
        await reading
    return raised.value.kind


def problem(status: int, kind: str, **members: Any) -> Answering:
    """Return the answer that is this problem."""
    body = {"type": f"urn:madoguchi:core:{kind}", "status": status, **members}
    return saying(
        msgspec.json.encode(body),
        status=f"{status} X",
        media_type="application/problem+json",
    )


ANSWERS: dict[str, tuple[Answering, CoreFailure]] = {
    "500 of a proxy": (saying(b"<html>", status="500 Oops", media_type="text/html"), LINK_FAILED),
    "502 of a proxy": (saying(b"", status="502 Bad Gateway", media_type="text/html"), LINK_FAILED),
    "gateway's own fault": (problem(500, "internal_error"), LINK_FAILED),
    "core is down": (problem(503, "link_failed"), LINK_FAILED),
    "core cannot": (problem(503, "cannot_handle"), CANNOT_HANDLE),
    "wrong token": (problem(401, "unauthorized"), CANNOT_HANDLE),
    "wrong institution": (problem(403, "wrong_institution"), CANNOT_HANDLE),
    "no such place": (saying(NO_ACCOUNT, status="404 Not Found"), CANNOT_HANDLE),
    "a refusal of a read": (problem(409, "refused", number=50), CANNOT_HANDLE),
    "a redirect": (
        saying(NO_ACCOUNT, status="307 Elsewhere", more="Location: http://127.0.0.1:1/x\r\n"),
        CANNOT_HANDLE,
    ),
    "wrong media type": (saying(NO_ACCOUNT, media_type="text/plain"), CANNOT_HANDLE),
    "no JSON": (saying(b"\xff\xfe\x00 nonsense"), CANNOT_HANDLE),
    "bad UTF-8": (saying(b'{"account": "\xff\xff"}'), CANNOT_HANDLE),
    "cut short": (saying(b'{"account": nul'), CANNOT_HANDLE),
    "wrong type": (saying(b'{"account": 7}'), CANNOT_HANDLE),
    "a member missing": (saying(b"{}"), CANNOT_HANDLE),
    "a problem that is none": (
        saying(b"[", status="409 X", media_type="application/problem+json"),
        CANNOT_HANDLE,
    ),
    "huge": (saying(b" " * 3_000_000), CANNOT_HANDLE),
    "compressed": (
        saying(gzip.compress(NO_ACCOUNT), more="Content-Encoding: gzip\r\n"),
        CANNOT_HANDLE,
    ),
}


@pytest.mark.requirement("CORE-03", "LINK-35")
@pytest.mark.parametrize("name", ANSWERS)
async def test_bad_answers(
    bad: BadGateway, core: HttpCore, clock: SettableClock, name: str
) -> None:
    """A read fails by the kind that fits, and is sent once; a write is unknown, never done."""
    bad.answer, kind = ANSWERS[name]
    assert await kind_of(core.account(call(clock), "a")) is kind
    assert len(bad.requests) == 1
    if name != "a refusal of a read":
        assert await core.settle(call(clock, key="k"), "h") == Unknown("k")
        assert await core.inquire(call(clock), "k") == Unknown("k")


@pytest.mark.requirement("CORE-03")
async def test_unknown_members_are_tolerated(
    bad: BadGateway, core: HttpCore, clock: SettableClock
) -> None:
    """A newer gateway may say more than the platform knows of."""
    bad.answer = saying(b'{"account": null, "colour": "blue"}')
    assert await core.account(call(clock), "a") is None
    bad.answer = saying(b'{"capabilities": ["transfers", "teleport"]}')
    assert await core.capabilities(call(clock)) == {"transfers"}


def account(clock: SettableClock, **changes: Any) -> dict[str, Any]:
    """Return an account on the wire, with some members changed."""
    made = FakeCoreBank(clock).add_account()
    return {**msgspec.to_builtins(made), "id": "a", **changes}


@pytest.mark.requirement("CORE-03")
@pytest.mark.parametrize(
    "changes",
    [
        {"id": "b"},
        {"number": "123456"},
        {"number": "１２３４５６７"},
        {"branch_code": "1"},
        {"kind": "golden"},
        {"status": "moved"},
        {"moved_to": "c"},
        {"opened_on": "yesterday"},
    ],
)
async def test_accounts_that_cannot_be_right(
    bad: BadGateway, core: HttpCore, clock: SettableClock, changes: dict[str, Any]
) -> None:
    """Another account than the one asked for, or one of another form, is never taken for it."""
    bad.answer = saying(msgspec.json.encode({"account": account(clock)}))
    assert await core.account(call(clock), "a")
    bad.answer = saying(msgspec.json.encode({"account": account(clock, **changes)}))
    assert await kind_of(core.account(call(clock), "a")) is CANNOT_HANDLE


@pytest.mark.requirement("CORE-03")
async def test_answers_to_another_question(
    bad: BadGateway, core: HttpCore, clock: SettableClock
) -> None:
    """A gateway that mixes questions up moves no money and shows nobody another's account."""
    bad.answer = saying(msgspec.json.encode({"account": account(clock)}))
    other = core.find_account(call(clock), "001", AccountKind.ORDINARY, "7654321")
    assert await kind_of(other) is CANNOT_HANDLE
    bad.answer = saying(msgspec.json.encode({"accounts": [account(clock)]}))
    assert await kind_of(core.accounts_of(call(clock), "somebody")) is CANNOT_HANDLE
    bad.answer = saying(b'{"answer": "held", "hold_id": "h", "held": 999}')
    assert await core.hold(call(clock, key="k"), transfer("a", 1_000)) == Unknown("k")
    bad.answer = saying(b'{"answer": "released", "hold_id": "other", "reason": "voided"}')
    released = await core.release(call(clock, key="k"), "h", ReleaseReason.VOIDED)
    assert released == Unknown("k")
    bad.answer = saying(b'{"answer": "held", "hold_id": "h", "held": 1}')
    assert await core.settle(call(clock, key="k"), "h") == Unknown("k")


@pytest.mark.requirement("CORE-03")
@pytest.mark.parametrize("as_of", ["2026-11-20T09:00:00", "today"])
async def test_instants_have_a_zone(
    bad: BadGateway, core: HttpCore, clock: SettableClock, as_of: str
) -> None:
    """An instant without a zone is refused; one with any zone is the same instant in UTC."""
    balances = {
        "account_id": "a", "status": "open", "moved_to": None, "ledger": 5, "available": 5,
        "as_of": "2026-11-20T09:00:00+09:00",
    }  # fmt: skip
    bad.answer = saying(msgspec.json.encode({"balances": balances}))
    found = await core.balances(call(clock), "a")
    assert found is not None
    assert found.as_of == clock.now()
    assert found.as_of.utcoffset() == timedelta(0)
    bad.answer = saying(msgspec.json.encode({"balances": {**balances, "as_of": as_of}}))
    assert await kind_of(core.balances(call(clock), "a")) is CANNOT_HANDLE


@pytest.mark.requirement("CORE-03")
async def test_a_rate_is_a_number(bad: BadGateway, core: HttpCore, clock: SettableClock) -> None:
    """A rate keeps its digits; `NaN` is none."""
    day = str(japan_day(clock.now()))
    deposit = {
        "id": "d", "account_id": "a", "branch_code": "001", "account_number": "0000001",
        "deposit_number": "001", "principal": 1, "rate_percent": "0.0200", "opened_on": day,
        "matures_on": day, "renewal": "none",
    }  # fmt: skip
    bad.answer = saying(msgspec.json.encode({"time_deposits": [deposit]}))
    (found,) = await core.time_deposits(call(clock), "h")
    assert str(found.rate_percent) == "0.0200"
    deposit["rate_percent"] = "NaN"
    bad.answer = saying(msgspec.json.encode({"time_deposits": [deposit]}))
    assert await kind_of(core.time_deposits(call(clock), "h")) is CANNOT_HANDLE


@pytest.mark.requirement("CORE-03")
@pytest.mark.parametrize(
    ("number", "name", "answer"),
    [
        (50, "not_enough_funds", Refused(Refusal.NOT_ENOUGH_FUNDS)),
        (50, "no_such_account", Unknown("k")),
        (50, None, Unknown("k")),
        (999, "too_tired", Unknown("k")),
        (None, "not_enough_funds", Unknown("k")),
    ],
)
async def test_refusals(
    bad: BadGateway,
    core: HttpCore,
    clock: SettableClock,
    number: int | None,
    name: str | None,
    answer: object,
) -> None:
    """A refusal counts by number and name together; one that nobody knows is not certain."""
    bad.answer = problem(409, "refused", number=number, name=name)
    assert await core.hold(call(clock, key="k"), transfer("a", 1)) == answer
    if number is not None and name is not None:
        said = {"answer": "refused", "number": number, "name": name}
        bad.answer = saying(msgspec.json.encode(said))
        assert await core.inquire(call(clock), "k") == answer


async def test_nobody_listens(clock: SettableClock, tmp_path: Path, free_port: int) -> None:
    """Where nobody listens, a read fails as a failed link, a write and an inquiry are unknown."""
    async with core_over_http(free_port, clock, tmp_path, NEVER) as core:
        assert await kind_of(core.account(call(clock), "a")) is LINK_FAILED
        assert await core.settle(call(clock, key="k"), "h") == Unknown("k")
        assert await core.inquire(call(clock), "k") == Unknown("k")


async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a byte at a time, for ever: no single read takes long."""
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n"
    )
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Never answer."""
    await reader.read()


@pytest.mark.requirement("CORE-03")
@pytest.mark.parametrize("answer", [dripping, silent])
async def test_the_deadline_holds(
    bad: BadGateway,
    core: HttpCore,
    clock: SettableClock,
    answer: Callable[..., Awaitable[None]],
) -> None:
    """A core that is silent, or slow byte by byte, is waited for until the deadline, no longer."""
    bad.answer = answer
    begun = time.monotonic()
    assert await kind_of(core.account(call(clock, 0.3), "a")) is LINK_FAILED
    assert await core.settle(call(clock, 0.3, key="k"), "h") == Unknown("k")
    assert 0.5 < time.monotonic() - begun < 5
    assert len(bad.requests) == 2


@pytest.mark.requirement("CORE-03")
async def test_after_the_deadline_nothing_is_sent(
    bad: BadGateway, core: HttpCore, clock: SettableClock
) -> None:
    """A call that comes too late is not made."""
    assert await kind_of(core.account(call(clock, 0), "a")) is LINK_FAILED
    assert await core.settle(call(clock, -1, key="k"), "h") == Unknown("k")
    assert bad.requests == []


@pytest.mark.requirement("CORE-03", "SEC-04", "LOG-02")
@pytest.mark.parametrize(
    "answer", [None, *(ANSWERS[name][0] for name in ("wrong type", "no JSON"))]
)
async def test_logs_hold_no_secret_and_nobodys_data(
    bad: BadGateway,
    core: HttpCore,
    clock: SettableClock,
    caplog: pytest.LogCaptureFixture,
    answer: Answering | None,
) -> None:
    """Token, PIN and what was answered stand in no log; operation and correlation id do."""
    caplog.set_level(logging.DEBUG)
    bad.answer = answer
    with capture_logs() as lines:
        await kind_of(core.verify_card_pin(call(clock), "account-77", "8642"))
        bad.answer = saying(b'{"account": {"id": "a", "kind": "SECRETNAME"}}')
        await kind_of(core.account(call(clock), "account-77"))
    assert {line["operation"] for line in lines} == {"verify-card-pin", "account"}
    assert {line["correlation_id"] for line in lines} == {"c-1"}
    everything = f"{lines}{caplog.text}{core!r}"
    for private in (TOKEN, "8642", "account-77", "SECRETNAME"):
        assert private not in everything
    assert all(TOKEN.encode() in request for request in bad.requests)
