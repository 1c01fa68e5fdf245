"""The person is where he really is, whatever the browser does (LINK-07, LINK-08)."""

import asyncio
from urllib.parse import urlsplit

import pytest

from madoguchi.plumbing.database import Database
from tests.support.clock import SettableClock
from tests.support.keys import FixedKeys
from tests.support.link_person import SCREENS
from tests.support.link_world import LinkWorld, open_world

TABLES = ("notices_outbox", "authorization_server_code", "consents_account")


async def counts(world: LinkWorld) -> list[int]:
    """Return how many mails, codes and consented accounts there are."""
    found = [await world.rows(f"SELECT count(*)::int AS n FROM {table}") for table in TABLES]
    return [rows[0]["n"] for rows in found]


@pytest.mark.requirement("LINK-07")
async def test_back_and_an_old_form_change_nothing(world: LinkWorld) -> None:
    """From every screen on, the forms of all earlier ones lead to the real screen, unread."""
    walk = await world.begin()
    old: list[tuple[str, dict[str, str]]] = []
    for screen in SCREENS:
        await walk.to(screen)
        path = walk.browser.path
        fields = walk.browser.filled_in()
        for old_path, old_fields in old:
            answer = await walk.browser.submit({**old_fields, "account_number": "9"}, old_path)
            assert answer.headers["location"].endswith(f"/{screen}")
            back = await walk.browser.request("GET", old_path)
            assert back.headers["location"].endswith(f"/{screen}")
        old.append((path, fields))
        await walk.browser.open(path)
    assert await walk.finish()
    assert await counts(world) == [1, 1, 1]


@pytest.mark.requirement("LINK-07")
@pytest.mark.parametrize("screen", SCREENS)
async def test_a_reload_shows_the_same_screen(screen: str, world: LinkWorld) -> None:
    """Reloading shows the screen again, as it is, and the person goes on from there."""
    walk = await (await world.begin()).to(screen)
    before = walk.browser.text
    for _ in range(2):
        await walk.browser.open(walk.browser.path)
        assert (walk.browser.screen, walk.browser.text) == (screen, before)
    assert await walk.finish()


@pytest.mark.requirement("LINK-07")
@pytest.mark.parametrize("screen", SCREENS)
async def test_a_double_click_has_one_effect(screen: str, world: LinkWorld) -> None:
    """The same form four times at once: every answer leads to the next screen, once done."""
    walk = await (await world.begin()).to(screen)
    typed = {
        "account": walk.person.account_fields,
        "customer": walk.person.customer_fields,
        "card-pin": {"card_pin": walk.person.card_pin},
        "consent": {"agree": "1"},
    }.get(screen, {})
    if screen == "call":
        await walk.call(walk.person.phone, walk.number_shown)
    fields = walk.browser.filled_in(**typed)
    clicks = [walk.browser.copy() for _ in range(4)]
    answers = await asyncio.gather(*(click.submit(fields) for click in clicks))
    assert [answer.status_code for answer in answers] == [303] * 4
    after = [*SCREENS, "linked"][SCREENS.index(screen) + 1]
    assert {urlsplit(answer.headers["location"]).path.split("/")[-1] for answer in answers} == {
        after
    }
    last = clicks[-1]
    await last.open(answers[-1].headers["location"])
    if after == "linked":
        assert walk.app.returned(last.left_for)["code"]
        assert await counts(world) == [1, 1, 1]
    else:
        assert last.screen == after
    [steps] = await world.rows(
        "SELECT count(*)::int AS n FROM operations_log_entries"
        " WHERE event = $1 AND result = 'done'",
        f"link:{screen}",
    )
    assert steps["n"] == 1


@pytest.mark.requirement("LINK-07")
async def test_two_tabs_are_one_person(world: LinkWorld) -> None:
    """What one tab has done the other is shown, with its next click; neither is lost."""
    walk = await world.begin()
    await walk.to("customer")
    tab = walk.browser.copy()
    await walk.to("phone")
    tab.cookies = walk.browser.cookies
    await tab.send(**walk.person.customer_fields)
    assert tab.screen == "phone"
    await tab.send()
    assert tab.screen == "call"
    await walk.browser.send()
    assert walk.browser.screen == "call"
    assert await walk.finish()


@pytest.mark.requirement("LINK-07")
async def test_two_windows_for_two_requests_do_not_mix(world: LinkWorld) -> None:
    """One browser with two apps' requests: each window goes on with its own, also in turn."""
    one = await world.begin()
    two = await world.begin(one.browser.copy(), app=world.app("other-app"))
    two.person = world.another_person(21)
    two.browser.cookies = one.browser.cookies = {**one.browser.cookies, **two.browser.cookies}
    for screen in SCREENS[1:]:
        await one.to(screen)
        await two.to(screen)
    assert await two.finish()
    assert await one.finish()
    found = await world.rows(
        "SELECT client_id, account_number FROM consents_account"
        " JOIN consents_consent USING (institution) WHERE consent_id = id"
    )
    assert {(row["client_id"], row["account_number"]) for row in found} == {
        ("sample-app", "1234567"),
        ("other-app", "0000021"),
    }


@pytest.mark.requirement("LINK-07")
async def test_the_finish_is_led_back_once_more_but_not_for_ever(world: LinkWorld) -> None:
    """A reload right after leads to the app with the same code; later a page says it is done."""
    walk = await (await world.begin()).to("consent")
    await walk.browser.send(agree="1")
    first, finish = walk.browser.left_for, walk.browser.path.replace("consent", "linked")
    await walk.browser.open(finish)
    assert walk.browser.left_for == first
    world.clock.advance(61)
    await walk.browser.open(finish)
    assert walk.browser.left_for == ""
    assert "API連携認証が完了しました" in walk.browser.text
    assert walk.app.returned(first)["code"] not in walk.browser.html


@pytest.mark.requirement("LINK-07")
async def test_the_apps_link_opened_again_goes_on_where_the_person_is(world: LinkWorld) -> None:
    """The authorization URL loaded again in the same browser leads to the same visit."""
    app = world.app()
    await app.discover()
    url = await app.pushed_url()
    browser = world.browser()
    await browser.open(url)
    path = browser.path
    await browser.send(**world.person().account_fields)
    await browser.open(url)
    assert browser.path == path.replace("account", "customer")


@pytest.mark.requirement("LINK-07")
async def test_a_browser_of_many_visits_goes_on_with_its_last(world: LinkWorld) -> None:
    """After a dozen of earlier visits the app's link loaded again still leads to where one is."""
    browser = world.browser()
    for _ in range(12):
        await world.begin(browser, app=world.app())
    app = world.app()
    await app.discover()
    url = await app.pushed_url()
    await browser.open(url)
    path = browser.path
    await browser.open(url)
    assert browser.path == path


@pytest.mark.requirement("LINK-08")
async def test_it_ends_fifteen_minutes_after_the_last_input(world: LinkWorld) -> None:
    """Inputs renew the time, showing does not; then a page tells, and the app gets its error."""
    walk = await (await world.begin()).to("customer")
    world.clock.advance(14 * 60 + 59)
    await walk.to("phone")
    world.clock.advance(14 * 60)
    await walk.browser.open(walk.browser.path)
    assert walk.browser.screen == "phone"
    world.clock.advance(60)
    await walk.browser.send()
    assert walk.browser.screen == "expired"
    assert "手続きの有効時間が過ぎました" in walk.browser.text
    answer = walk.app.returned(walk.browser.link("連携元画面へ"))
    assert answer["error"] == "access_denied"


@pytest.mark.requirement("LINK-08", "INST-02")
async def test_the_idle_time_is_a_setting(world: LinkWorld) -> None:
    """An institution that allows two minutes ends the visit after two."""
    world.configure(idle_minutes=2)
    walk = await world.begin()
    world.clock.advance(121)
    await walk.browser.open(walk.browser.path)
    assert walk.browser.screen == "expired"


@pytest.mark.requirement("LINK-08")
@pytest.mark.parametrize("screen", SCREENS)
async def test_another_process_goes_on_where_this_one_was(
    screen: str, world: LinkWorld, database: Database, counters: Database,
    clock: SettableClock, keys: FixedKeys,
) -> None:  # fmt: skip
    """A journey begun at one process is finished at another that knows only the database."""
    walk = await (await world.begin()).to(screen)
    async with open_world(database, counters, clock, keys, register=False) as other:
        other.core = world.core
        other.runtime.__dict__["core"] = world.core
        walk.browser.http = other.browser().http
        walk.call = other.call
        other.calls = 100
        assert await walk.finish()


@pytest.mark.requirement("LINK-08")
async def test_the_visit_is_bound_to_its_browser(world: LinkWorld) -> None:
    """A browser without the cookie, or with another visit's, finds nothing at that address."""
    walk = await (await world.begin()).to("phone")
    stranger = await world.begin(app=world.app())
    for browser in (world.browser(), stranger.browser):
        answer = await browser.request("GET", walk.browser.path)
        assert answer.status_code == 404
        assert "手続きを続けられません" in answer.text
        posted = await browser.submit(walk.browser.filled_in(), walk.browser.path)
        assert posted.status_code == 404
    assert await walk.finish()
