"""Attacks sent to two server processes at once, on one database (LINK-17, LINK-22, LINK-24)."""

import asyncio
import json
import secrets
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from madoguchi.plumbing.telephone.webhook import sign
from tests.support.demo_bank import DemoBank
from tests.support.html_browser import HtmlBrowser
from tests.support.link_person import Person, Walk, person_of

LIMIT = 5


def somebody(bank: DemoBank, number: int) -> Person:
    """Return one of the sample customers whose accounts can be linked, the last ones first."""
    linkable = [
        each
        for each in bank.demo.ready["customers"]
        if each["institution"] == "9901"
        and each["card_pin"]
        and each["case"] not in ("company", "moved", "closed")
    ]
    phones = {each["phone"]: each for each in linkable}
    people = sorted(phones.values(), key=lambda each: str(each["phone"]), reverse=True)
    return person_of(people[number], f"two-{number}@example.jp")


async def walk_to(bank: DemoBank, base: str, screen: str, person: Person) -> Walk:
    """Begin at one of the processes, and go on to a screen."""
    return await (await bank.begin(person, browser=bank.browser(base))).to(screen)


def at(browser: HtmlBrowser, base: str) -> HtmlBrowser:
    """Return the same browser, as it is now, at one of the processes."""
    return browser.copy(base=base)


def places(answers: list[httpx2.Response]) -> set[str]:
    """Return the screens that answers lead to."""
    return {urlsplit(answer.headers["location"]).path.rsplit("/", 1)[1] for answer in answers}


async def steps_done(bank: DemoBank, walk: Walk, event: str, outcome: str) -> int:
    """Return how often a step of a walk came to an outcome."""
    return await bank.count(
        "SELECT count(*) FROM operations_log_entries WHERE journey = $1 AND event = $2"
        " AND detail->>'outcome' = $3",
        walk.browser.path.split("/")[-2], event, outcome,
    )  # fmt: skip


@pytest.mark.requirement("LINK-17", "LINK-15", "LOCK-01")
async def test_wrong_pins_at_once_never_exceed_the_limit(calm: DemoBank, second: str) -> None:
    """Ten visits of one account, five at each process, each with a wrong PIN at the same moment.

    Four are told "wrong", one locks, five are B84; one mail and one lock.
    """
    person, bases = somebody(calm, 0), (calm.demo.home, second)
    walks = [await walk_to(calm, bases[n % 2], "card-pin", person) for n in range(10)]
    await calm.forget_rates()
    before = await calm.count("SELECT count(*) FROM notices_outbox WHERE template = 'link-locked'")
    wrong = "0000" if person.card_pin != "0000" else "1111"
    await asyncio.gather(*(walk.browser.send(card_pin=wrong) for walk in walks))
    told = Counter("B84" if "B84" in walk.browser.text else walk.browser.screen for walk in walks)
    assert told == {"card-pin": LIMIT - 1, "locked": 1, "B84": 10 - LIMIT}
    [row] = await calm.rows("SELECT wrong, cardinality(unjudged) AS open FROM lockout_count")
    assert row == {"wrong": LIMIT, "open": 0}
    locked = "SELECT count(*) FROM notices_outbox WHERE template = 'link-locked'"
    assert await calm.count(locked) == before + 1


@pytest.mark.requirement("LINK-16", "LINK-17", "LOCK-02")
async def test_the_lock_holds_on_every_way_in(calm: DemoBank, second: str) -> None:
    """While locked: a new visit, one at the PIN, one at the consent, at either process: B84."""
    person, bases = somebody(calm, 1), (calm.demo.home, second)
    waiting = {
        screen: await walk_to(calm, base, screen, person)
        for screen, base in zip(("consent", "card-pin"), bases, strict=True)
    }
    attacker = await walk_to(calm, second, "customer", person)
    for _ in range(LIMIT):
        await attacker.browser.send(**{**person.customer_fields, "phone": "09099999999"})
    assert attacker.browser.screen == "locked"
    await waiting["consent"].browser.send(agree="1")
    await waiting["card-pin"].browser.send(card_pin=person.card_pin)
    anew = await walk_to(calm, calm.demo.home, "customer", person)
    await anew.step()
    for walk in (*waiting.values(), anew):
        assert walk.browser.screen == "locked"
        assert "B84" in walk.browser.text


@pytest.mark.requirement("LINK-07", "LINK-17")
async def test_one_form_sent_to_both_processes_counts_once(calm: DemoBank, second: str) -> None:
    """A wrong PIN's form, three times at each process at once, is one failure."""
    walk = await walk_to(calm, second, "card-pin", somebody(calm, 2))
    wrong = "0000" if walk.person.card_pin != "0000" else "1111"
    fields = walk.browser.filled_in(card_pin=wrong)
    clicks = [at(walk.browser, base) for base in (calm.demo.home, second) * 3]
    answers = await asyncio.gather(*(click.submit(fields) for click in clicks))
    assert {answer.status_code for answer in answers} == {303}
    assert await calm.count("SELECT max(wrong) FROM lockout_count") == 1
    assert await steps_done(calm, walk, "link:card-pin", "Again") == 1


@pytest.mark.requirement("LINK-22")
async def test_a_call_reported_to_both_processes_counts_once(calm: DemoBank, second: str) -> None:
    """A gateway that repeats a call, to each process at once, confirms one visit, once."""
    walk = await walk_to(calm, second, "call", somebody(calm, 3))
    secret = calm.demo.ready["telephone"]["webhook_secret"]
    call_id = secrets.token_hex(8)
    body = json.dumps(
        {"call_id": call_id, "called": walk.number_shown, "caller": walk.person.phone}
    ).encode()
    stamp = str(int(calm.now().timestamp()))
    headers = {
        "madoguchi-timestamp": stamp,
        "madoguchi-signature": sign(secret.encode(), stamp, body),
    }

    async def report(base: str) -> httpx2.Response:
        return await calm.http.post(f"{base}/telephone/demo", content=body, headers=headers)

    answers = await asyncio.gather(*(report(base) for base in (calm.demo.home, second) * 4))
    assert {answer.status_code for answer in answers} == {204}
    calls = await calm.rows(
        "SELECT outcome FROM call_back_call WHERE call_id LIKE '%' || $1", call_id
    )
    assert calls == [{"outcome": "matched"}]
    matched = await calm.count(
        "SELECT count(*) FROM operations_log_entries"
        " WHERE event = 'call-back:call:matched' AND journey = $1",
        walk.browser.path.split("/")[-2],
    )
    assert matched == 1
    await walk.browser.send()
    assert walk.browser.screen == "card-pin"


@pytest.mark.requirement("LINK-22")
async def test_two_journeys_with_one_phone_and_number_are_both_refused(
    calm: DemoBank, second: str
) -> None:
    """More visits of one phone than numbers, begun at both processes at once.

    A call to a number that two show confirms neither; nobody but its own visit is ever confirmed.
    """
    person, bases = somebody(calm, 4), (calm.demo.home, second)
    walks = [await walk_to(calm, bases[n % 2], "phone", person) for n in range(6)]
    await asyncio.gather(*(walk.browser.send() for walk in walks))
    shown = Counter(walk.number_shown for walk in walks)
    assert len(shown) == 4, "the draw avoids numbers that the phone is shown already"
    await asyncio.gather(*(calm.call(person.phone, number) for number in shown))
    await asyncio.gather(*(walk.browser.send() for walk in walks))
    assert {walk.browser.screen for walk in walks} <= {"card-pin", "account"}
    confirmed = [walk for walk in walks if walk.browser.screen == "card-pin"]
    assert len(confirmed) == sum(1 for times in shown.values() if times == 1)


@pytest.mark.requirement("LINK-22")
async def test_two_people_calling_one_number_at_once_are_told_apart(
    calm: DemoBank, second: str
) -> None:
    """Four people with one number shown, at both processes: three call at once, one does not."""
    people = [somebody(calm, 5 + n) for n in range(4)]
    bases = (calm.demo.home, second)
    walks: list[Walk] = []
    for number, person in enumerate(people):
        walks.append(await walk_to(calm, bases[number % 2], "call", person))
    async with calm.database.transaction() as tx:
        await tx.execute(
            "UPDATE call_back_attempt SET number = '+81120000201' WHERE split_part(owner, ':', 1)"
            " = ANY ($1)",
            [walk.browser.path.split("/")[-2] for walk in walks],
        )
    await asyncio.gather(*(calm.call(person.phone, "0120000201") for person in people[:3]))
    await asyncio.gather(*(walk.browser.send() for walk in walks))
    assert [walk.browser.screen for walk in walks] == ["card-pin"] * 3 + ["call"]


@pytest.mark.requirement("LINK-24", "LINK-07")
async def test_a_confirmation_at_both_processes_is_one(calm: DemoBank, second: str) -> None:
    """確定する sent to both at once, while the call comes in: it proceeds once, or waits."""
    walk = await walk_to(calm, calm.demo.home, "call", somebody(calm, 9))
    fields = walk.browser.filled_in()
    clicks = [at(walk.browser, base) for base in (calm.demo.home, second) * 4]
    await calm.call(walk.person.phone, walk.number_shown)
    answers = await asyncio.gather(*(click.submit(fields) for click in clicks))
    led_to = places(answers)
    assert led_to == {"card-pin"}
    assert await steps_done(calm, walk, "link:call", "Proceed") == 1
    assert await steps_done(calm, walk, "link:call", "CallTooLate") == 0


@pytest.mark.requirement("LINK-24")
async def test_too_late_at_both_processes_starts_over_once(calm: DemoBank, second: str) -> None:
    """After 120 seconds no process confirms, called or not; the person is at ① once, not twice."""
    walk = await walk_to(calm, calm.demo.home, "call", somebody(calm, 9))
    await calm.call(walk.person.phone, walk.number_shown)
    calm.demo.advance_clock(121)
    fields = walk.browser.filled_in()
    clicks = [at(walk.browser, base) for base in (calm.demo.home, second) * 4]
    answers = await asyncio.gather(*(click.submit(fields) for click in clicks))
    led_to = places(answers)
    assert led_to == {"account"}
    assert await steps_done(calm, walk, "link:call", "CallTooLate") == 1
    assert await steps_done(calm, walk, "link:call", "Proceed") == 0
    await walk.browser.open(walk.browser.path)
    assert await walk.finish()


@pytest.mark.requirement("LINK-30", "LINK-07")
async def test_a_consent_given_at_both_processes_is_one(calm: DemoBank, second: str) -> None:
    """許可する at both at once: one code, one consent, one mail; the code is redeemed once."""
    walk = await walk_to(calm, second, "consent", somebody(calm, 10))
    before = await calm.count("SELECT count(*) FROM notices_outbox")
    fields = walk.browser.filled_in(agree="1")
    clicks = [at(walk.browser, base) for base in (calm.demo.home, second) * 4]
    await asyncio.gather(*(click.submit(fields) for click in clicks))
    ways = set()
    for click in clicks:
        await click.open(walk.browser.path)
        ways.add(click.left_for)
    [way] = ways
    code = walk.app.returned(way)["code"]
    assert await steps_done(calm, walk, "link:consent", "Proceed") == 1
    assert await calm.count("SELECT count(*) FROM notices_outbox") == before + 1
    endpoint = walk.app.metadata["token_endpoint"]
    await walk.app.token(grant_type="refresh_token", refresh_token="none")

    async def redeem(base: str) -> Any:
        form = walk.app.authenticated(
            {"grant_type": "authorization_code", "code": code,
             "redirect_uri": walk.app.redirect_uri, "code_verifier": walk.app.verifier}
        )  # fmt: skip
        answer = await calm.http.post(
            endpoint.replace(calm.demo.home, base), data=form,
            headers={"DPoP": walk.app.proof("POST", endpoint)},
        )  # fmt: skip
        return answer.status_code

    redeemed = await asyncio.gather(*(redeem(base) for base in (calm.demo.home, second) * 3))
    assert Counter(redeemed)[200] == 1


@pytest.mark.requirement("RUN-02", "LINK-08")
async def test_a_journey_goes_from_process_to_process(calm: DemoBank, second: str) -> None:
    """Every request of one person is answered by the other process than the one before."""
    walk = await calm.begin(somebody(calm, 11))
    bases = (second, calm.demo.home)
    for turn, screen in enumerate(("customer", "phone", "call", "card-pin", "consent")):
        walk.browser.base = bases[turn % 2]
        await walk.browser.open(walk.browser.path)
        await walk.to(screen)
    walk.browser.base = second
    await walk.browser.open(walk.browser.path)
    assert await walk.finish()
