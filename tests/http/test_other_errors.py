"""What may go wrong on any screen: hours, load, the core, the clock's zone (LINK-33 to LINK-36)."""

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from madoguchi import clients, service_hours
from madoguchi.core_bank import CoreFailure
from madoguchi.core_bank.port import CoreUnavailable
from madoguchi.institutions import RateLimit, Text
from madoguchi.kernel.clock import JAPAN
from madoguchi.service_hours import Stoppage
from tests.support.clients import registration
from tests.support.link_person import SCREENS
from tests.support.link_world import BASE, LinkWorld

BOTH = pytest.mark.parametrize("language", ["ja", "en"])
KNOWN = {
    CoreFailure.LINK_FAILED: {
        "ja": "勘定系システムとの通信に失敗しました",
        "en": "The link to the core banking system failed",
    },
}
ELSE = {
    "ja": "ただいまこのサービスのお取扱いができません",
    "en": "This service cannot be handled at the moment",
}


def typed_on(world: LinkWorld, screen: str) -> dict[str, str]:
    """Return what is typed on a screen."""
    person = world.person()
    return {
        "account": person.account_fields,
        "customer": person.customer_fields,
        "card-pin": {"card_pin": person.card_pin},
        "consent": {"agree": "1"},
    }.get(screen, {})


@pytest.mark.requirement("LINK-33")
@pytest.mark.parametrize("screen", SCREENS)
async def test_the_hours_are_asked_at_every_step(screen: str, world: LinkWorld) -> None:
    """At 4:00 each screen, shown and sent, says closed and when it opens; at 4:05 it goes on."""
    world.clock.set(datetime(2026, 11, 20, 3, 59, 30, tzinfo=JAPAN))
    walk = await (await world.begin()).to(screen)
    if screen == "call":
        await walk.call(walk.person.phone, walk.number_shown)
    fields, path = walk.browser.filled_in(**typed_on(world, screen)), walk.browser.path
    world.clock.set(datetime(2026, 11, 20, 4, 0, 0, tzinfo=JAPAN))
    for answer in (
        await walk.browser.request("GET", path),
        await walk.browser.submit(fields, path),
    ):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "300"
        assert "ただいまの時間は、このサービスをご利用いただけません。" in answer.text
        assert re.search(r"4(:|時)0?5", answer.text)
    assert await world.rows("SELECT 1 AS one FROM consents_account") == []
    world.clock.set(datetime(2026, 11, 20, 4, 5, 0, tzinfo=JAPAN))
    await walk.browser.open(path)
    assert walk.browser.screen == screen
    if screen != "call":
        assert await walk.finish()


@BOTH
@pytest.mark.requirement("LINK-06", "LINK-33")
async def test_the_closed_page_leads_back_to_the_app(language: str, world: LinkWorld) -> None:
    """Who finds it closed can give up from there; the app gets `access_denied`."""
    world.clock.set(datetime(2026, 11, 20, 3, 59, 30, tzinfo=JAPAN))
    walk = await (await world.begin(language=language)).to("customer")
    world.clock.set(datetime(2026, 11, 20, 4, 0, 0, tzinfo=JAPAN))
    await walk.browser.open(walk.browser.path)
    await walk.browser.send("cancel")
    assert walk.browser.screen == "cancelled"
    assert "error=access_denied" in walk.browser.html


@BOTH
@pytest.mark.requirement("LINK-33", "HOURS-02")
async def test_a_stoppage_of_the_staff_stops_and_says_their_text(
    language: str, world: LinkWorld
) -> None:
    """What staff enter closes the screens at the next step, in the reader's language."""
    walk = await world.begin(language=language)
    now = world.clock.now()
    stoppage = Stoppage(
        "stoppage-1", ("api-link",), now, now + timedelta(hours=1),
        Text(ja="障害のため停止中です", en="Stopped because of a failure"),
    )  # fmt: skip
    async with world.database.transaction() as tx:
        await service_hours.add_stoppage(
            tx, "9901", stoppage, by="staff-1", log=world.runtime.log, now=now
        )
    await walk.browser.send(**walk.person.account_fields)
    texts = {
        "ja": ("障害のため停止中です", "サービス時間外です"),
        "en": ("Stopped because of a failure", "No service at this time"),
    }
    for words in texts[language]:
        assert words in walk.browser.text


@pytest.mark.requirement("LINK-35")
@pytest.mark.parametrize("failure", list(CoreFailure))
@pytest.mark.parametrize("screen", ["customer", "card-pin", "consent"])
@BOTH
async def test_a_core_that_is_down_is_told_and_nothing_is_lost(
    screen: str, failure: CoreFailure, language: str, world: LinkWorld
) -> None:
    """One of the two texts, a number that leads to the log's row, and what was typed but no PIN."""
    walk = await (await world.begin(language=language)).to(screen)
    world.core.down = failure
    await walk.browser.send(**typed_on(world, screen))
    assert walk.browser.screen == screen
    assert KNOWN.get(failure, ELSE)[language] in walk.browser.text
    label = {"ja": "受付番号", "en": "Reference number"}[language]
    found = re.search(label + r":? *([0-9A-Z-]{11})", walk.browser.text)
    assert found, walk.browser.text
    [row] = await world.log(reference=found[1])
    assert (row.event, row.result) == (f"link:{screen}", "failed")
    assert row.reason == "CoreUnavailable"
    await walk.browser.open(walk.browser.path)
    assert found[1] in walk.browser.text
    if screen == "customer":
        assert walk.browser.form.fields["name_kana"] == walk.person.name_kana
        assert walk.browser.form.fields["email"] == walk.person.email
    assert walk.person.card_pin not in re.sub(r'value="[0-9a-f]{32,}"', "", walk.browser.html)
    world.core.down = None
    assert await walk.finish()


@pytest.mark.requirement("LINK-35", "LINK-15")
async def test_a_core_that_is_down_locks_nobody(world: LinkWorld) -> None:
    """Ten tries at a core that cannot judge them are none of the five."""
    walk = await (await world.begin()).to("card-pin")

    async def down(*_: object) -> None:
        raise CoreUnavailable(CoreFailure.LINK_FAILED)

    real = world.core.verify_card_pin
    world.core.verify_card_pin = down  # type: ignore[assignment, method-assign]
    for _ in range(10):
        await walk.browser.send(card_pin="7391")
        assert walk.browser.screen == "card-pin"
    world.core.verify_card_pin = real  # type: ignore[method-assign]
    assert await walk.finish()


@pytest.mark.requirement("LINK-35", "LINK-08")
async def test_a_failure_behind_counts_as_an_input(world: LinkWorld) -> None:
    """Who tries while the core is down is not ended 15 minutes after what he did before."""
    walk = await (await world.begin()).to("customer")
    world.core.down = CoreFailure.LINK_FAILED
    for _ in range(3):
        world.clock.advance(14 * 60)
        await walk.step()
    world.core.down = None
    assert await walk.finish()


@pytest.fixture
def another_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server whose own clock zone is on the other side of the world."""
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.requirement("LINK-36", "RUN-04")
@pytest.mark.usefixtures("another_zone")
async def test_days_hours_and_times_are_japans_whatever_the_servers_zone(world: LinkWorld) -> None:
    """The lock ends at 0:00 in Japan, at 4:00 in Japan it is closed, terms are Japan's days."""
    world.clock.set(datetime(2026, 11, 20, 23, 40, tzinfo=JAPAN))
    walk = await (await world.begin()).to("customer")
    for _ in range(5):
        await walk.browser.send(**{**walk.person.customer_fields, "birth_day": "2"})
    assert walk.browser.screen == "locked"
    world.clock.set(datetime(2026, 11, 21, 0, 0, 30, tzinfo=JAPAN))
    await walk.browser.open((await world.begin()).browser.path)
    world.clock.set(datetime(2026, 11, 21, 0, 1, tzinfo=JAPAN))
    later = await (await world.begin()).to("consent")
    assert "2026年12月2" in later.browser.text
    world.clock.set(datetime(2026, 11, 21, 4, 2, tzinfo=JAPAN))
    closed = await world.begin()
    assert "サービス時間外です" in closed.browser.text


@pytest.mark.requirement("LINK-34")
async def test_when_it_is_too_much_new_journeys_wait_and_those_under_way_finish(
    world: LinkWorld,
) -> None:
    """Above the limit an app's request and its browser get 503 with Retry-After; ② still works."""
    world.configure(load_limit=3)
    under_way = await (await world.begin()).to("customer")
    app = world.app()
    await app.discover()
    url = await app.pushed_url()
    release, held = asyncio.Event(), asyncio.Semaphore(0)
    real = world.core.find_account

    async def slow(*given: object) -> object:
        held.release()
        await release.wait()
        return await real(*given)  # type: ignore[arg-type]

    walks = [
        await (await world.begin(person=world.another_person(number))).to("customer")
        for number in range(31, 34)
    ]
    world.core.find_account = slow  # type: ignore[assignment, method-assign]
    slow_ones = [asyncio.create_task(walk.step()) for walk in walks]
    for _ in slow_ones:
        await asyncio.wait_for(held.acquire(), 5)
    world.core.find_account = real  # type: ignore[method-assign]
    refused = await world.browser().request("GET", url)
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert "お手続きを始められません" in refused.text
    busy = await app.push()
    assert busy.status_code == 503
    assert busy.json()["error"] == "temporarily_unavailable"
    assert await under_way.finish()
    release.set()
    await asyncio.gather(*slow_ones)
    assert [walk.browser.screen for walk in walks] == ["phone"] * 3
    assert (await world.browser().request("GET", url)).status_code == 303


@pytest.mark.requirement("LINK-34")
async def test_another_institutions_load_is_its_own_setting(world: LinkWorld) -> None:
    """What begins nothing is not shed by a limit of one: discovery still answers."""
    world.configure(load_limit=1)
    answer = await world.http.get(f"{BASE}/.well-known/oauth-authorization-server/sample-shinkumi")
    assert answer.status_code == 200


@BOTH
@pytest.mark.requirement("LINK-06", "INST-02")
async def test_without_a_mode_in_common_the_person_is_led_back(
    language: str, world: LinkWorld
) -> None:
    """No screen opens: a page says why, and the app gets an OAuth error that it can tell apart."""
    await only_by_login(world)
    walk = await world.begin(language=language)
    assert walk.browser.screen == "unavailable"
    text = {
        "ja": "このアプリとの連携はお取り扱いしていません",
        "en": "This app cannot be linked here",
    }
    assert text[language] in walk.browser.text
    back = walk.browser.link({"ja": "連携元画面へ", "en": "Back to the app"}[language])
    assert walk.app.returned(back)["error"] == "temporarily_unavailable"
    forced = await walk.browser.request("GET", walk.browser.path.replace("unavailable", "account"))
    assert forced.headers["location"].endswith("/unavailable")
    again = await walk.browser.open(walk.browser.path)
    assert again.status_code == 200


async def only_by_login(world: LinkWorld) -> None:
    """Have the sample app's contract say login mode only."""
    async with world.database.transaction() as tx:
        changed = await clients.change(
            tx, world.runtime.log, "9901", "sample-app", registration(link_modes=("login",)),
            actor="staff-1", now=world.clock.now(),
        )  # fmt: skip
    assert isinstance(changed, clients.Client)


@pytest.mark.requirement("AS-08")
async def test_an_app_that_is_registered_for_login_alone_opens_no_card_screen(
    world: LinkWorld,
) -> None:
    """Where the institution links by card, an app whose contract has login only is led back."""
    await only_by_login(world)
    assert (await world.begin()).browser.screen == "unavailable"


@pytest.mark.requirement("LINK-18")
@BOTH
async def test_too_many_tries_are_told(language: str, world: LinkWorld) -> None:
    """The second try where one a minute is allowed is told to wait; after the minute it counts."""
    world.configure(attempts_per_address=RateLimit(limit=1, per_seconds=60))
    walk = await (await world.begin(language=language)).to("customer")
    await walk.browser.send(**{**walk.person.customer_fields, "birth_day": "2"})
    await walk.browser.send(**walk.person.customer_fields)
    words = {"ja": "短い時間に多くの操作があった", "en": "too many tries in a short time"}
    assert words[language] in walk.browser.text
    assert walk.browser.screen == "customer"
    world.clock.advance(61)
    await walk.browser.send(**walk.person.customer_fields)
    assert walk.browser.screen == "phone"
