"""Transactions on the embedded core: pages, cursors, the period that can be asked for (API-03)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from madoguchi.core_bank import Account, BankAccount, Journal, Posting, TransactionKind
from madoguchi.kernel.clock import JAPAN
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.database import Database
from tests.account_api.conftest import Linked, World, world_on
from tests.core_bank.conftest import embedded_stage
from tests.core_bank.contract import BANK, reading
from tests.core_bank.stages import EmbeddedStage
from tests.support.clock import SettableClock

TODAY = date(2026, 11, 20)
OLDEST = date(2026, 8, 22)


@pytest.fixture
def stage(database: Database, clock: SettableClock) -> EmbeddedStage:
    """The embedded core on the test's database."""
    return embedded_stage(database, clock)


@pytest.fixture
def world(database: Database, clock: SettableClock, stage: EmbeddedStage) -> World:
    """A world whose core is the embedded one."""
    return world_on(database, clock, stage.core)


@pytest.fixture
async def account(stage: EmbeddedStage) -> Account:
    """An account with 100 yen paid in on each of the last 100 days."""
    account = await stage.open_account()
    days = [TODAY - timedelta(days=99 - place) for place in range(100)]
    await stage.administration.post(BANK, *(paid_in(account.id, day) for day in days))
    return account


@pytest.fixture
async def linked(world: World, account: Account) -> Linked:
    """An app linked to that account."""
    return await world.link(account)


def paid_in(account_id: str, day: date, remarks: str = "ｹﾞﾝｷﾝ") -> Journal:
    """Return 100 yen paid in at the counter."""
    kind = TransactionKind.CASH
    return Journal(
        day=day,
        postings=(
            Posting(account=account_id, amount=Yen(100), kind=kind, remarks=remarks),
            Posting(bank=BankAccount.CASH, amount=Yen(-100), kind=kind, remarks=remarks),
        ),
    )


async def page_of(linked: Linked, query: str = "") -> dict[str, Any]:
    """Return a page, which must be there."""
    response = await linked.ask(f"{linked.account()}/transactions{query}")
    assert response.status_code == 200, response.text
    return dict(response.json())


async def all_pages(linked: Linked, query: str) -> list[dict[str, Any]]:
    """Return the lines of all pages, in the order they came."""
    page = await page_of(linked, query)
    lines = list(page["transactions"])
    while page["next_cursor"]:
        page = await page_of(linked, f"{query}&cursor={page['next_cursor']}")
        lines += page["transactions"]
    return lines


@pytest.mark.requirement("API-03")
async def test_a_line_tells_what_a_passbook_tells(linked: Linked) -> None:
    """Days, direction, amount, balance after, kind, remarks in both kana, a stable id."""
    first = (await page_of(linked, "?limit=1"))["transactions"][0]
    assert first == {
        "id": first["id"],
        "date": "2026-11-20",
        "value_date": "2026-11-20",
        "direction": "in",
        "amount": 100,
        "balance_after": 10_000,
        "kind": "cash",
        "remarks": "ｹﾞﾝｷﾝ",
        "remarks_readable": "ゲンキン",
    }
    assert (await page_of(linked, "?limit=1"))["transactions"][0]["id"] == first["id"]


@pytest.mark.requirement("API-03")
async def test_without_parameters_it_is_all_that_is_kept(linked: Linked) -> None:
    """Newest first, from 90 days before today to today, both included; nothing older."""
    lines = (await page_of(linked))["transactions"]
    assert len(lines) == 91
    assert [line["date"] for line in lines] == sorted(
        (line["date"] for line in lines), reverse=True
    )
    assert (lines[0]["date"], lines[-1]["date"]) == (TODAY.isoformat(), OLDEST.isoformat())


@pytest.mark.requirement("API-03")
async def test_both_ends_of_the_period_are_included(linked: Linked) -> None:
    """One day asked for is one day given; days without lines are an empty list, not an error."""
    day = "2026-11-03"
    lines = (await page_of(linked, f"?from={day}&to={day}"))["transactions"]
    assert [line["date"] for line in lines] == [day]
    ahead = await page_of(linked, "?from=2026-11-21&to=2027-01-01")
    assert ahead == {"transactions": [], "next_cursor": None}


@pytest.mark.requirement("API-03")
async def test_cursors_survive_new_postings(linked: Linked, stage: EmbeddedStage) -> None:
    """Lines posted while an app pages through are neither shown twice nor push others out."""
    account_id = linked.consent.accounts[0].account_id
    before = await all_pages(linked, "?limit=500")
    query, lines = "?limit=7", []
    page = await page_of(linked, query)
    while True:
        lines += page["transactions"]
        if page["next_cursor"] is None:
            break
        await stage.administration.post(BANK, paid_in(account_id, TODAY, "ｱﾄｶﾗ"))
        page = await page_of(linked, f"{query}&cursor={page['next_cursor']}")
    assert [line["id"] for line in lines] == [line["id"] for line in before]
    assert len(await all_pages(linked, "?limit=100")) == 91 + 12


@pytest.mark.requirement("API-03")
async def test_an_earlier_start_is_an_error_that_names_the_earliest(linked: Linked) -> None:
    """The 90th day before today is the last that can be asked for."""
    assert (await page_of(linked, f"?from={OLDEST}"))["transactions"][-1]["date"] == str(OLDEST)
    told = await linked.problem(f"{linked.account()}/transactions?from=2026-08-21")
    assert (told["type"], told["status"]) == ("out_of_range", 400)
    assert (told["parameter"], told["earliest"]) == ("from", "2026-08-22")
    assert "2026-08-22" in told["detail"]


@pytest.mark.requirement("API-03", "LINK-36")
async def test_the_earliest_day_moves_on_at_midnight_in_japan(
    world: World, account: Account
) -> None:
    """What could be asked for at 23:59:59 is out of range a second later."""
    world.clock.set(datetime(2026, 11, 20, 23, 59, 59, tzinfo=JAPAN))
    linked = await world.link(account)
    assert (await page_of(linked, f"?from={OLDEST}"))["transactions"]
    world.clock.advance(1)
    told = await linked.problem(f"{linked.account()}/transactions?from={OLDEST}")
    assert (told["type"], told["earliest"]) == ("out_of_range", "2026-08-23")


@pytest.mark.requirement("API-03", "INST-02")
async def test_how_long_history_is_kept_is_the_institutions_setting(
    world: World, stage: EmbeddedStage
) -> None:
    """With 5 days and pages of 2, 3 at most, that is what comes."""
    world.set(history_days=5, page_size=2, page_size_limit=3)
    account = await stage.open_account()
    days = [TODAY - timedelta(days=9 - place) for place in range(10)]
    await stage.administration.post(BANK, *(paid_in(account.id, day) for day in days))
    linked = await world.link(account)
    path = f"{linked.account()}/transactions"
    assert len((await page_of(linked))["transactions"]) == 2
    assert len(await all_pages(linked, "?limit=3")) == 6
    assert (await linked.problem(f"{path}?limit=4"))["parameter"] == "limit"
    assert (await linked.problem(f"{path}?from=2026-11-14"))["earliest"] == "2026-11-15"


@pytest.mark.requirement("API-03")
@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=2026-13-01", "from"),
        ("from=20261101", "from"),
        ("from=", "from"),
        ("to=yesterday", "to"),
        ("to=2026-11-1", "to"),
        ("from=2026-11-10&to=2026-11-09", "to"),
        ("from=2026-11-21", "from"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=501", "limit"),
        ("limit=00000100000", "limit"),
        ("limit=1.5", "limit"),
        ("limit=９", "limit"),
        ("cursor=", "cursor"),
        ("cursor=2026111586-00000000", "cursor"),
        ("cursor=%00", "cursor"),
        ("limit=1&limit=2", "limit"),
        ("from=2026-11-01&from=2026-11-02", "from"),
    ],
)
async def test_values_that_cannot_be_read_are_named(
    linked: Linked, query: str, parameter: str
) -> None:
    """A bad value is a 400 that says which parameter and what is expected."""
    told = await linked.problem(f"{linked.account()}/transactions?{query}")
    assert (told["type"], told["status"]) == ("invalid_request", 400)
    assert told["parameter"] == parameter
    assert told["detail"]


@pytest.mark.requirement("API-03")
async def test_a_cursor_opens_its_own_account_only(world: World, stage: EmbeddedStage) -> None:
    """A cursor given for one account is a bad value at another."""
    accounts = [await stage.open_account(number) for number in ("1234567", "7654321")]
    for account in accounts:
        await stage.pay_in(account.id, 1)
        await stage.pay_in(account.id, 2)
    linked = await world.link(*accounts)
    cursor = (await page_of(linked, "?limit=1"))["next_cursor"]
    told = await linked.problem(f"{linked.account(1)}/transactions?cursor={cursor}")
    assert (told["type"], told["parameter"]) == ("invalid_request", "cursor")


@pytest.mark.requirement("API-03")
async def test_parameters_that_nobody_knows_are_left_aside(linked: Linked) -> None:
    """An app that sends more than it needs is served."""
    assert len((await page_of(linked, "?limit=3&sort=asc&sort=desc"))["transactions"]) == 3


@pytest.mark.requirement("LINK-02", "API-06")
async def test_a_move_in_the_ledger_stops_the_old_consent_and_opens_a_new_one(
    linked: Linked, stage: EmbeddedStage, world: World
) -> None:
    """Under its old number the account gives nothing more; linked anew it has its money."""
    old = linked.consent.accounts[0].account_id
    moved_to = await stage.administration.move_account(BANK, old, "002", "7777777")
    for path in ("/accounts", f"{linked.account()}/balance", f"{linked.account()}/transactions"):
        assert (await linked.problem(path))["type"] == "account_moved"
    held = await world.core.accounts_of(reading(stage), linked.consent.holder_id)
    again = await world.link(*(each for each in held if each.id == moved_to))
    assert (await again.ask("/accounts")).json()["accounts"][0]["branch_code"] == "002"
    balance = (await again.ask(f"{again.account()}/balance")).json()
    assert balance["current_balance"] == 10_000
