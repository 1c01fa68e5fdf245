"""Processes killed in the middle of journeys: no place is lost, no consent or mail doubles."""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from madoguchi.plumbing.database import DatabaseUnavailable
from tests.attacks.test_two_processes import somebody
from tests.support.demo import RunningDemo, demo_directory
from tests.support.demo_bank import DemoBank, open_bank
from tests.support.html_browser import HtmlBrowser
from tests.support.link_person import Walk

PATIENCE_SECONDS = 30.0


@pytest.fixture(scope="module")
def own_demo() -> Iterator[RunningDemo]:
    """A demo that these tests alone use, for they kill its processes."""
    with demo_directory() as directory:
        running = RunningDemo.start(directory)
        yield running
        running.stop()


@pytest.fixture
async def fragile(own_demo: RunningDemo) -> AsyncIterator[DemoBank]:
    """The bank of that demo."""
    async with open_bank(own_demo) as bank:
        yield bank


def child(demo: RunningDemo, word: str) -> int:
    """Return the id of the demo's child process whose command has a word."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes().decode().split("\0")
            if parent == demo.process.pid and word in command:
                return int(entry.name)
    raise AssertionError(f"no child {word}")


def kill(pid: int) -> None:
    """Kill a process that this test's own demo has started, as a crash would."""
    os.kill(pid, signal.SIGKILL)


async def open_patiently(browser: HtmlBrowser, path: str) -> None:
    """Reload as a person does until a page comes that is none of the failure."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(httpx2.TransportError):
            answer = await browser.open(path)
            if browser.left_for or answer.status_code < 500:
                return
        assert time.monotonic() < deadline, "the bank did not come back"
        await asyncio.sleep(0.1)


async def permit_patiently(walk: Walk) -> str:
    """Press 許可する until the browser is led to the app; return the code."""
    path = walk.browser.path
    while not walk.browser.left_for:
        await open_patiently(walk.browser, path)
        if walk.browser.screen == "consent" and not walk.browser.left_for:
            with contextlib.suppress(httpx2.TransportError):
                await walk.browser.submit(walk.browser.filled_in(agree="1"))
            await open_patiently(walk.browser, path)
    return walk.app.returned(walk.browser.left_for)["code"]


async def mails_to(bank: DemoBank, address: str, wanted: int = 1) -> int:
    """Wait for so many mails to an address, then a moment more; return how many came."""
    deadline = time.monotonic() + PATIENCE_SECONDS

    def count() -> int:
        return sum(address in json.dumps(mail["to"]) for mail in bank.demo.mails())

    while count() < wanted and time.monotonic() < deadline:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)
    return count()


async def consents_of(bank: DemoBank, walk: Walk) -> list[str]:
    """Return the states of the consents on the walk's account, once the database answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            rows = await bank.rows(
                "SELECT status FROM consents_consent JOIN consents_account"
                " USING (institution) WHERE consent_id = id AND account_number = $1",
                walk.person.account_number,
            )
        except DatabaseUnavailable:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        else:
            return [row["status"] for row in rows]


@pytest.mark.requirement("LINK-08", "RUN-02")
async def test_a_killed_web_process_loses_nobodys_place(fragile: DemoBank) -> None:
    """One person at the call, one at the PIN: each goes on where he was, and finishes."""
    at_call = await (await fragile.begin(somebody(fragile, 0))).to("call")
    await at_call.call(at_call.person.phone, at_call.number_shown)
    at_pin = await (await fragile.begin(somebody(fragile, 1))).to("card-pin")
    kill(child(fragile.demo, "serve"))
    for walk, screen in ((at_call, "call"), (at_pin, "card-pin")):
        await open_patiently(walk.browser, walk.browser.path)
        assert walk.browser.screen == screen
    await at_call.browser.send()
    assert at_call.browser.screen == "card-pin", "the call counted before the crash"
    for walk in (at_call, at_pin):
        assert (await walk.app.redeem(await walk.finish())).status_code == 200


@pytest.mark.requirement("LINK-30", "RUN-02")
async def test_a_web_process_killed_while_consents_are_given_doubles_nothing(
    fragile: DemoBank,
) -> None:
    """Killed while 許可する is under way: in the end one consent, one code that works, one mail."""
    walks = [await (await fragile.begin(somebody(fragile, 2 + n))).to("consent") for n in range(3)]
    forms = [walk.browser.filled_in(agree="1") for walk in walks]
    clicks = [
        asyncio.create_task(walk.browser.submit(form))
        for walk, form in zip(walks, forms, strict=True)
    ]
    await asyncio.sleep(0.02)
    kill(child(fragile.demo, "serve"))
    await asyncio.gather(*clicks, return_exceptions=True)
    for walk in walks:
        code = await permit_patiently(walk)
        assert (await walk.app.redeem(code)).status_code == 200
        assert await consents_of(fragile, walk) == ["authorised"]
        assert await mails_to(fragile, walk.person.email) == 1


@pytest.mark.requirement("MAIL-01", "RUN-02")
async def test_a_killed_worker_loses_and_doubles_no_mail(fragile: DemoBank) -> None:
    """The worker is dead when the consent is given; the next one sends its mail, once."""
    walk = await (await fragile.begin(somebody(fragile, 5))).to("consent")
    kill(child(fragile.demo, "worker"))
    await permit_patiently(walk)
    assert await mails_to(fragile, walk.person.email) == 1


@pytest.mark.requirement("LINK-30", "LINK-08", "RUN-02")
async def test_a_killed_database_loses_no_consent_and_doubles_no_mail(fragile: DemoBank) -> None:
    """Killed while consents are given: what was answered stands, the rest goes on where it was."""
    walks = [await (await fragile.begin(somebody(fragile, 6 + n))).to("consent") for n in range(3)]
    forms = [walk.browser.filled_in(agree="1") for walk in walks]
    waiting = await (await fragile.begin(somebody(fragile, 0))).to("phone")
    cluster = fragile.demo.directory / "data" / "postgres" / "cluster"
    postmaster = int((cluster / "postmaster.pid").read_text("utf-8").splitlines()[0])
    clicks = [
        asyncio.create_task(walk.browser.submit(form))
        for walk, form in zip(walks, forms, strict=True)
    ]
    await asyncio.sleep(0.03)
    kill(postmaster)
    answers = await asyncio.gather(*clicks, return_exceptions=True)
    for walk, answer in zip(walks, answers, strict=True):
        if isinstance(answer, httpx2.Response) and answer.status_code == 303:
            assert await consents_of(fragile, walk) == ["authorised"]
        code = await permit_patiently(walk)
        assert (await walk.app.redeem(code)).status_code == 200
        assert await consents_of(fragile, walk) == ["authorised"]
        assert await mails_to(fragile, walk.person.email) == 1
    await open_patiently(waiting.browser, waiting.browser.path)
    assert waiting.browser.screen == "phone"
    assert await waiting.finish()
