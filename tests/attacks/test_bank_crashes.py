"""Web, worker and database killed while money moves: it moves once, or not, and all books agree.

Where a process is killed is made sure by a lock on the table that its next step writes to.
"""

import asyncio
import contextlib
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from madoguchi.plumbing.database import DatabaseUnavailable
from tests.attacks.test_crashes import child, kill, open_patiently
from tests.support.demo import RunningDemo, demo_directory
from tests.support.demo_bank import DemoBank, open_bank
from tests.support.demo_customer import DemoCustomer, broken_rules, forget_tries

PATIENCE_SECONDS = 60.0
DONE = "お振込の手続きが完了"
MORNING = "2026-11-24T07:00:05+09:00"
DAY = "2026-11-24"


@pytest.fixture(scope="module")
def own_demo() -> Iterator[RunningDemo]:
    """A demo that these tests alone use, for they kill its processes."""
    with demo_directory() as directory:
        running = RunningDemo.start(directory)
        yield running
        running.stop()


@pytest.fixture
async def fragile(own_demo: RunningDemo) -> AsyncIterator[DemoBank]:
    """The bank of that demo; afterwards its books keep every rule."""
    async with open_bank(own_demo) as bank:
        await forget_tries(bank)
        yield bank
        assert await broken_rules(bank) == ()


async def second_worker(demo: RunningDemo) -> None:
    """Start one more worker on the demo's data, and wait until it works.

    It answers no telephone: that port is the first one's. The demo stops it in the end.
    """
    settings = demo.settings.with_name("second-worker.toml")
    text = re.sub(r"\[telephone\.sip\]\n(?:[^\[\n].*\n|\n)*", "", demo.settings.read_text("utf-8"))
    settings.write_text(text, "utf-8")
    written = demo.directory / "second-worker.log"
    with written.open("wb") as log:
        command = (sys.executable, "-m", "madoguchi", "worker", "--settings", str(settings))
        demo.others.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT))

    async def works() -> bool:
        return '"working"' in written.read_text("utf-8", "replace")

    await until(works, "the second worker does not work")


@asynccontextmanager
async def nobody_writes(bank: DemoBank, table: str) -> AsyncIterator[None]:
    """Hold whoever is about to write to a table while the block runs."""
    async with bank.database.transaction() as tx:
        await tx.execute(f"LOCK TABLE embedded_core.{table} IN SHARE MODE")
        yield


async def until(what: Callable[[], Awaitable[bool]], told: str) -> None:
    """Wait until something is so; a database that is gone for a moment is asked again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(DatabaseUnavailable):
            if await what():
                return
        assert time.monotonic() < deadline, told
        await asyncio.sleep(0.05)


async def is_waiting(bank: DemoBank) -> bool:
    """Tell whether anybody waits for a lock on a table of the core."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'"
    return await bank.count(waiting) > 0


async def all_final(customer: DemoCustomer) -> bool:
    """Tell whether nothing of the customer's is under way."""
    return not {each["state"] for each in await customer.transfers()} & {"accepted", "executing"}


@pytest.mark.requirement("RET-18", "RET-19", "RUN-02")
@pytest.mark.parametrize(
    ("table", "state"), [("hold", "right after the commit"), ("posting", "between hold and settle")]
)
async def test_a_killed_web_process_leaves_its_transfer_to_the_worker(
    table: str, state: str, fragile: DemoBank
) -> None:
    """Killed right after the commit, or with the money held: done once, told once."""
    customer = await DemoCustomer.come(fragile)
    known, before = len(await customer.transfers()), await customer.available()
    await customer.to_confirm(2000)
    fields = await customer.right()
    async with nobody_writes(fragile, table):
        click = asyncio.create_task(customer.browser.copy().submit(fields))
        await until(lambda: is_waiting(fragile), "nobody came to the core")
        [made] = (await customer.transfers())[known:]
        assert made["state"] == "executing", state
        kill(child(fragile.demo, "serve"))
        await asyncio.gather(click, return_exceptions=True)
    await until(lambda: all_final(customer), "the worker did not finish it")
    [made] = (await customer.transfers())[known:]
    assert (made["state"], made["amount"], made["fee"]) == ("done", 2000, 110)
    assert await customer.available() == before - 2110
    assert await customer.movements(made["id"]) == 2
    assert await customer.mails(DONE) == 1
    await open_patiently(customer.browser, customer.browser.path)
    assert customer.screen == "done", "the customer finds the receipt where he was"


@pytest.mark.requirement("LOCK-01", "RET-09", "RUN-02")
async def test_a_failure_counted_outlives_its_killed_request(fragile: DemoBank) -> None:
    """Killed after a wrong password was counted and before it is answered: it counts.

    Five such requests lock, whatever became of each.
    """
    customer = await DemoCustomer.of(fragile, "mihonsachi5")
    counted = "SELECT coalesce(max(wrong + cardinality(unjudged)), 0) FROM lockout_count"
    wrong = {"login_id": customer.known["login_id"], "login_password": "Wrong2Word"}
    for number in range(2):
        await open_patiently(customer.browser, f"{customer.url}login")
        # what the request writes at its end: so it is killed with its try counted
        async with fragile.database.transaction() as tx:
            await tx.execute("LOCK TABLE sign_in_login IN SHARE MODE")
            click = asyncio.create_task(customer.browser.copy().send("go", **wrong))
            await until(lambda: is_waiting(fragile), "the try did not come so far")
            kill(child(fragile.demo, "serve"))
            await asyncio.gather(click, return_exceptions=True)
        assert await fragile.count(counted) == number + 1
    await open_patiently(customer.browser, f"{customer.url}login")
    for _ in range(3):
        await customer.browser.send("go", **wrong)
    await customer.enter()
    assert customer.screen == "locked"


@pytest.mark.requirement("RET-18", "RUN-02")
async def test_a_killed_database_moves_nothing_twice(fragile: DemoBank) -> None:
    """The postmaster killed while a transfer is confirmed: in the end one transfer, or none."""
    customer = await DemoCustomer.come(fragile, "reigoro55")
    before, known = await customer.available(), len(await customer.transfers())
    await customer.to_confirm(3000)
    fields, path = await customer.right(), customer.browser.path
    cluster = fragile.demo.directory / "data" / "postgres" / "cluster"
    postmaster = int((cluster / "postmaster.pid").read_text("utf-8").splitlines()[0])
    click = asyncio.create_task(customer.browser.copy().submit(fields))
    await asyncio.sleep(0.1)
    kill(postmaster)
    [answer] = await asyncio.gather(click, return_exceptions=True)
    await open_patiently(customer.browser, path)
    if customer.screen == "confirm":  # rolled back: he confirms again, with a new code if need be
        assert not isinstance(answer, httpx2.Response) or answer.status_code >= 500
        assert len(await customer.transfers()) == known
        customer.read_mails()
        await customer.send("resend")
        await customer.confirm()
    await until(lambda: all_final(customer), "the transfer is not finished")
    [made] = (await customer.transfers())[known:]
    assert (made["state"], made["amount"]) == ("done", 3000)
    assert await customer.available() == before - 3110


@pytest.mark.requirement("RET-19", "RET-18", "RET-23", "RUN-02")
async def test_the_morning_with_two_workers_one_killed(fragile: DemoBank) -> None:
    """Ten reservations, two workers, one killed in their middle: each done once, told once.

    One of them is cancelled at the very moment when the morning comes: that, or done, not both.
    """
    customer = await DemoCustomer.come(fragile)
    for number in range(10):
        await customer.reserved(1000 + number, DAY)
    known = [each for each in await customer.transfers() if each["state"] == "reserved"]
    before, last = await customer.available(), known[-1]["id"]
    await second_worker(fragile.demo)
    customer.read_mails()
    await customer.open(f"transfer-cancel?transfer={last}")
    cancelling = await customer.right()
    async with nobody_writes(fragile, "hold_end"):
        click = asyncio.create_task(customer.browser.copy().submit(cancelling))
        await asyncio.to_thread(fragile.demo.set_clock, MORNING)
        await until(lambda: is_waiting(fragile), "no worker began")
        kill(child(fragile.demo, "worker"))
        await asyncio.gather(click)
    # what the killed one had claimed is taken over when its lease ends, a minute later
    await asyncio.to_thread(fragile.demo.advance_clock, 90)
    await until(lambda: all_done(customer), "the workers did not finish")
    made = {each["id"]: each for each in await customer.transfers()}
    ended = [made[each["id"]] for each in known]
    assert {each["state"] for each in ended[:-1]} == {"done"}
    assert ended[-1]["state"] in ("done", "cancelled")
    moved = [each for each in ended if each["state"] == "done"]
    assert await customer.available() == before - sum(
        each["amount"] + each["fee"] for each in moved
    )
    for each in ended:
        assert await customer.movements(each["id"]) == (2 if each in moved else 0)
    assert await customer.mails(DONE, len(moved)) == len(moved)


async def all_done(customer: DemoCustomer) -> bool:
    """Tell whether no transfer waits or is under way."""
    states = {each["state"] for each in await customer.transfers()}
    return not states & {"reserved", "accepted", "executing"}
