"""One-time passwords attacked over two web processes: good once, for one thing, for one person."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tests.support.demo_bank import DemoBank
from tests.support.demo_customer import DemoCustomer, forget_tries

OUTCOMES = """
SELECT detail->>'outcome' AS outcome FROM operations_log_entries
WHERE journey = $1 AND detail->>'screen' = 'confirm'"""


@pytest.fixture
async def customer(bank: DemoBank) -> AsyncIterator[DemoCustomer]:
    """A customer who is signed in at the first process."""
    await forget_tries(bank)
    yield await DemoCustomer.come(bank)
    await forget_tries(bank)


async def wrong_at(customer: DemoCustomer, base: str, code: str) -> bool:
    """Confirm with a code at a process; tell whether it was refused at its field."""
    right = {"confirmation_password": customer.known["confirmation_password"], "code": code}
    browser = customer.at(base)
    await browser.send("go", **right)
    customer.browser.page, customer.browser.path = browser.page, browser.path
    return browser.screen == "confirm" and 'id="code-error"' in browser.html


def not_same(code: str, other: str) -> bool:
    """Tell whether the draw gave two codes: once in a million it does not."""
    return code != other


@pytest.mark.requirement("RET-18")
async def test_a_code_is_good_once_and_for_one_purpose(customer: DemoCustomer, second: str) -> None:
    """The code of a transfer that was made confirms no further transfer, and no raise of limits."""
    await customer.to_confirm(1300)
    fields = await customer.right()
    spent = fields["code"]
    await customer.browser._follow(await customer.browser.submit(fields))
    assert customer.screen == "done"
    made = len(await customer.transfers())
    await customer.to_confirm(1300)
    if not_same(await customer.code_mailed(), spent):
        assert await wrong_at(customer, second, spent)
    live = await customer.code_mailed()
    raising = customer.twin()
    await raising.open("limits")
    raising.read_mails()
    higher = {"per_transfer": "1000001", "per_day": "2000001", "per_month": "10000001"}
    await raising.send(**higher)
    assert raising.screen == "confirm", raising.text[:600]
    if not_same(await raising.code_mailed(), live):
        assert await wrong_at(raising, second, live), "a transfer's code is none for limits"
    assert len(await customer.transfers()) == made
    assert await customer.bank.count("SELECT count(*) FROM transfers_limits WHERE later_from > $1",
                                     customer.bank.now().date()) == 0  # fmt: skip


@pytest.mark.requirement("RET-18", "RET-13")
async def test_a_code_sent_at_once_to_two_processes_is_accepted_once(
    customer: DemoCustomer, second: str
) -> None:
    """Twelve times the right code at the same moment: judged once, as right."""
    await customer.to_confirm(1400)
    fields, visit = await customer.right(), customer.browser.path.split("/")[-2]
    clicks = [customer.at(base) for base in (customer.browser.base, second) * 6]
    await asyncio.gather(*(click.submit(fields) for click in clicks))
    outcomes = Counter(row["outcome"] for row in await customer.bank.rows(OUTCOMES, visit))
    assert outcomes == {"Proceed": 1}


@pytest.mark.requirement("RET-18")
async def test_wrong_codes_at_once_kill_the_code_at_its_limit(
    customer: DemoCustomer, second: str
) -> None:
    """Wrong codes over two processes, one after the other, are five; then the right one is too."""
    await customer.to_confirm(1500)
    right, made = await customer.code_mailed(), len(await customer.transfers())
    wrong = "000000" if right != "000000" else "111111"
    for number in range(5):
        assert await wrong_at(customer, (customer.browser.base, second)[number % 2], wrong)
    for base in (customer.browser.base, second):
        assert await wrong_at(customer, base, right), "a dead code is wrong even if it is right"
    assert len(await customer.transfers()) == made


@pytest.mark.requirement("RET-18")
async def test_a_code_is_for_the_transfer_that_was_shown(
    customer: DemoCustomer, second: str
) -> None:
    """A code for X is refused on Y of one yen more, and after the amount was changed."""
    await customer.to_confirm(1000)
    first, made = await customer.code_mailed(), len(await customer.transfers())
    other = customer.twin()
    await other.to_confirm(1001)
    if not_same(await other.code_mailed(), first):
        assert await wrong_at(other, second, first)
    seen = await other.code_mailed()
    await other.send("back")
    other.read_mails()
    await other.send(amount="1002")
    if not_same(await other.code_mailed(), seen):
        assert await wrong_at(other, second, seen)
    assert len(await customer.transfers()) == made


@pytest.mark.requirement("RET-18", "RET-13")
async def test_a_code_is_worth_nothing_to_another_customer(
    customer: DemoCustomer, second: str
) -> None:
    """Stolen code and visit, with the session of another customer or institution: none there.

    The code is still good for its owner.
    """
    await customer.to_confirm(1600)
    fields, path = await customer.right(), customer.browser.path
    for login_id, code in (("reigoro55", "9901"), ("mihontaro1", "9902")):
        thief = await DemoCustomer.come(customer.bank, login_id, base=second, code=code)
        for place in (path, path.replace(customer.url, thief.url)):
            answer = await thief.browser.submit(fields, place)
            assert answer.status_code in (303, 404)
            if answer.status_code == 303:  # no session at that institution
                assert "/bank/login" in answer.headers["location"]
    made = len(await customer.transfers())
    await customer.browser._follow(await customer.browser.submit(fields))
    assert customer.screen == "done"
    assert len(await customer.transfers()) == made + 1
