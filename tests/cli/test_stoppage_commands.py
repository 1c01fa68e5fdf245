"""Stopping services, at once and ahead."""

from datetime import timedelta
from typing import get_args

import pytest

from madoguchi import service_hours
from madoguchi.institutions import Service, Text
from madoguchi.service_hours import Closed, Open
from tests.cli.conftest import CODE, Installation

TEXT = ("--ja", "ただいま停止しています。", "--en", "Stopped at present.")
ADD = ("stoppage", "add", CODE)
BY = ("--by", "suzuki")


async def state_of(
    installation: Installation, service: Service = "api-link", hours_ahead: float = 0
) -> Open | Closed:
    runtime = installation.runtime
    async with runtime.database.transaction() as tx:
        at = runtime.clock.now() + timedelta(hours=hours_ahead)
        return await service_hours.is_open(tx, installation.institution, service, at)


@pytest.mark.requirement("HOURS-02")
async def test_a_stoppage_holds_at_once_and_until_it_is_ended(installation: Installation) -> None:
    """Staff stop every service at once, with the text that people read, and let it run again."""
    assert isinstance(await state_of(installation), Open)
    await installation.run(*ADD, *TEXT, *BY)
    stopped = Closed(None, Text(ja=TEXT[1], en=TEXT[3]))
    assert await state_of(installation) == stopped
    for service in get_args(Service):
        assert await state_of(installation, service) == stopped
    (found,) = await installation.listed("stoppage", "list", CODE)
    assert (found["services"], found["until"]) == (list(get_args(Service)), None)
    await installation.run("stoppage", "end", CODE, found["id"], "--by", "sato")
    assert isinstance(await state_of(installation), Open)
    (entered,) = await installation.log_rows("service-hours:stoppage:entered")
    (ended,) = await installation.log_rows("service-hours:stoppage:ended")
    assert (entered.actor, ended.actor) == ("staff:suzuki", "staff:sato")


@pytest.mark.requirement("HOURS-02")
async def test_a_stoppage_is_entered_ahead_in_japan_time(installation: Installation) -> None:
    """One service stops from and until the times given, which are Japan's, and no other does."""
    times = ("--from", "2026-11-20T12:00", "--until", "2026-11-20T14:00+09:00")
    await installation.run(*ADD, "--service", "api-link", *times, *TEXT, *BY)
    assert isinstance(await state_of(installation, hours_ahead=2.5), Open)
    assert isinstance(await state_of(installation, hours_ahead=3.5), Closed)
    assert isinstance(await state_of(installation, "account-api", hours_ahead=3.5), Open)
    assert isinstance(await state_of(installation, hours_ahead=5.5), Open)
    (found,) = await installation.listed("stoppage", "list", CODE)
    assert found["from"] == "2026-11-20T12:00:00+09:00"
    await installation.run("stoppage", "end", CODE, found["id"], *BY)
    assert isinstance(await state_of(installation, hours_ahead=3.5), Open)
    assert await installation.listed("stoppage", "list", CODE) == []


@pytest.mark.requirement("RET-32", "HOURS-02")
async def test_a_service_of_internet_banking_stops_alone(installation: Installation) -> None:
    """Transfers stop, and balances go on."""
    await installation.run(*ADD, "--service", "retail-transfers", *TEXT, *BY)
    assert isinstance(await state_of(installation, "retail-transfers"), Closed)
    assert isinstance(await state_of(installation, "retail-balances"), Open)


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("--from", "2026-11-19T12:00", *TEXT), 1, "in the past"),
        (("--until", "2026-11-19T12:00", *TEXT), 1, "stop nothing"),
        (("--from", "2026-11-21", "--until", "2026-11-20", *TEXT), 1, "stop nothing"),
        (("--ja", " ", "--en", "x"), 1, "text is empty"),
        (("--ja", "x"), 2, "--en"),
        (("--from", "noon", *TEXT), 2, "no time such as"),
        (("--service", "transfers", *TEXT), 2, "api-link"),
    ],
)
async def test_a_stoppage_that_makes_no_sense_is_refused(
    installation: Installation, words: tuple[str, ...], status: int, why: str
) -> None:
    """A refusal says why, and nothing stops."""
    assert why in await installation.run(*ADD, *words, *BY, status=status)
    assert await installation.listed("stoppage", "list", CODE) == []
    assert await installation.log_rows("service-hours:stoppage:entered") == []


async def test_an_unknown_stoppage_cannot_be_ended(installation: Installation) -> None:
    """Neither one that never was nor one that is over."""
    end = ("stoppage", "end", CODE, "unknown", *BY)
    assert "no stoppage" in await installation.run(*end, status=1)
