"""Transfers attacked over two web processes on one database: money moves once, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.demo_bank import DemoBank
from tests.support.demo_customer import DemoCustomer, broken_rules, forget_tries
from tests.support.transfer_walk import KNOWN, PAYEE

DONE = "お振込の手続きが完了"
LATER = "2026-12-08"
LOWER = """
INSERT INTO transfers_limits (institution, contract_id, per_transfer, per_day, per_month)
VALUES ($1, $2, $3, $3, $4)
ON CONFLICT (institution, contract_id) DO UPDATE
SET per_transfer = $3, per_day = $3, per_month = $4"""


@pytest.fixture
async def customer(bank: DemoBank) -> AsyncIterator[DemoCustomer]:
    """A customer who is signed in at the first process; afterwards the books are right."""
    await forget_tries(bank)
    yield await DemoCustomer.come(bank)
    await forget_tries(bank)
    assert await broken_rules(bank) == ()


async def limit(customer: DemoCustomer, per_day: int) -> None:
    """Give the contract a limit of its own for a day."""
    async with customer.bank.database.transaction() as tx:
        await tx.execute(LOWER, customer.code, customer.contract, per_day, 50_000_000)


async def no_limit(customer: DemoCustomer) -> None:
    """Take the contract's own limits away."""
    async with customer.bank.database.transaction() as tx:
        await tx.execute("DELETE FROM transfers_limits WHERE contract_id = $1", customer.contract)


@pytest.mark.requirement("RET-18", "RET-19", "RET-13")
async def test_one_confirmation_twenty_times_at_once_over_two_processes(
    customer: DemoCustomer, second: str
) -> None:
    """Ten presses at each process at the same moment: one transfer, one movement, one mail."""
    before, known = await customer.available(), await customer.transfers()
    await customer.to_confirm(5000)
    fields, action = await customer.right(), customer.browser.form.action
    clicks = [customer.at(base) for base in (customer.browser.base, second) * 10]
    answers = await asyncio.gather(*(click.submit(fields, action) for click in clicks))
    assert {answer.status_code for answer in answers} == {303}
    assert {answer.headers["location"].rsplit("/", 1)[1] for answer in answers} == {"done"}
    [made] = (await customer.transfers())[len(known) :]
    assert (made["state"], made["amount"], made["fee"]) == ("done", 5000, 110)
    assert await customer.available() == before - 5110
    assert await customer.movements(made["id"]) == 2
    assert await customer.mails(DONE) == 1


@pytest.mark.requirement("RET-22")
async def test_two_visits_at_once_over_the_days_limit_make_one(
    customer: DemoCustomer, second: str
) -> None:
    """Six reservations confirmed at once, each within the day's limit, no two of them: one."""
    known = len(await customer.transfers())
    await limit(customer, 1000)
    async with customer.bank.database.transaction() as tx:
        await tx.execute(KNOWN, customer.code, customer.contract, *PAYEE.values())
    visits = []
    for number in range(6):
        visit = customer.twin()
        await visit.to_confirm(600, when="reserved", on=LATER)
        visits.append((visit.at((visit.browser.base, second)[number % 2]), await visit.right()))
    answers = await asyncio.gather(*(browser.submit(fields) for browser, fields in visits))
    assert {answer.status_code for answer in answers} == {303}
    await no_limit(customer)
    async with customer.bank.database.transaction() as tx:
        await tx.execute("DELETE FROM transfers_payee WHERE id = 'known-long-since'")
    [made] = (await customer.transfers())[known:]
    assert (made["state"], made["amount"]) == ("reserved", 600)
    refused = 0
    for browser, _ in visits:
        await browser.open(browser.path)
        refused += browser.screen == "confirm"
    assert refused == 5, "all others are told, on the screen where they stand"


@pytest.mark.requirement("RET-18", "RET-25")
async def test_a_transfer_and_a_bill_at_once_over_the_balance_move_one(
    bank: DemoBank, second: str
) -> None:
    """What the account holds is spent once, by whichever of two services comes first."""
    await forget_tries(bank)
    customer = await DemoCustomer.come(bank, "reigoro55")
    bill = customer.twin()
    numbers = {"biller_code": "99001", "payment_number": "1234567890123400"}
    await bill.open("bill-payment")
    await bill.send(**numbers, confirmation_number="123456")
    await bill.send(from_account="001-ordinary-4445551")
    bill.read_mails()
    assert bill.screen == "confirm", bill.text[:600]
    for_bill = await bill.right()
    have = await customer.available()
    most = min(have - 110, 400_000)
    while have - most > 8_000:  # leave less than any bill of this biller
        await customer.to_confirm(min(have - most - 110 - 7_000, 400_000))
        await customer.confirm()
        have = await customer.available()
        most = min(have - 110, 400_000)
    await customer.to_confirm(most)
    fields = await customer.right()
    await asyncio.gather(customer.browser.submit(fields), bill.at(second).submit(for_bill))
    paid = await bank.rows(
        "SELECT state, amount FROM bill_payments_payment WHERE contract_id = $1", customer.contract
    )
    transfer = (await customer.transfers())[-1]
    assert sorted([transfer["state"], paid[0]["state"]]) in (["done", "failed"], ["failed", "paid"])
    spent = most + 110 if transfer["state"] == "done" else paid[0]["amount"]
    assert await customer.available() == have - spent >= 0
    assert await broken_rules(bank) == ()


AMOUNTS = (
    "-1", "－1000", "0", "０", "1.5", "１．５", "1e3", "1E9", "0x10", "1_000", "1,00", "+5", "∞",
    "½", "١٠٠٠", "१०००", "Ⅹ", "①", "10²", "千", "1000\x00", "1000\u202e", "9" * 13, "9" * 499,
    "9" * 501, "NaN", "",
)  # fmt: skip


@pytest.mark.requirement("RET-17", "RET-18")
async def test_no_strange_amount_is_taken(customer: DemoCustomer, second: str) -> None:
    """Negative, fractional, exponential, huge amounts and other scripts' digits stay in the field.

    Sent raw, to either process in turn; nothing is quoted, and nothing becomes another number.
    """
    await customer.to_amount()
    known = len(await customer.transfers())
    for number, amount in enumerate(AMOUNTS):
        browser = customer.at((customer.browser.base, second)[number % 2])
        fields = {**browser.filled_in("go"), "amount": amount, "when": "today"}
        answer = await browser.submit(fields)
        assert answer.status_code == 303, (amount, answer.text[:300])
        assert answer.headers["location"].endswith("/amount"), amount
        await customer.browser.open(customer.browser.path)
        assert 'id="amount-error"' in customer.browser.html, amount
    assert len(await customer.transfers()) == known


@pytest.mark.requirement("RET-18", "RET-13")
async def test_no_screen_is_skipped_or_answered_for_another(
    customer: DemoCustomer, second: str
) -> None:
    """The confirmation by its URL, or its form on an earlier screen, leads back to the screen."""
    await customer.to_amount()
    base = customer.browser.path.rsplit("/", 1)[0]
    guard = {name: customer.browser.form.fields[name] for name in ("csrf", "version")}
    proof = {"confirmation_password": customer.known["confirmation_password"], "code": "000000"}
    for screen in ("confirm", "done", "parties", "nothing"):
        await customer.browser.open(f"{base}/{screen}")
        assert customer.screen == "amount"
        answer = await customer.at(second).submit({**guard, **proof, "go": "1"}, f"{base}/{screen}")
        assert urlsplit(answer.headers["location"]).path == f"{base}/amount"
    answer = await customer.at(second).submit({**guard, **proof, "go": "1"}, f"{base}/amount")
    assert urlsplit(answer.headers["location"]).path == f"{base}/amount"


@pytest.mark.requirement("RET-18")
async def test_an_old_visit_makes_nothing_again(customer: DemoCustomer, second: str) -> None:
    """The confirmed form, its screens and its code sent again, at the other process: the receipt.

    With the version of the ended visit guessed, too.
    """
    await customer.to_confirm(1200)
    fields, action = await customer.right(), customer.browser.form.action
    await customer.browser._follow(await customer.browser.submit(fields, action))
    assert customer.screen == "done"
    made, left = await customer.transfers(), await customer.available()
    for version in (fields["version"], "7", "8", "99", "-1", ""):
        again = {**fields, "version": version}
        answer = await customer.at(second).submit(again, action)
        assert answer.headers["location"].endswith("/done")
        answer = await customer.at(second).submit(again, action.replace("/confirm", "/amount"))
        assert answer.headers["location"].endswith("/done")
    assert await customer.transfers() == made
    assert await customer.available() == left


@pytest.mark.requirement("RET-23")
async def test_a_reservation_is_cancelled_once_at_two_processes(
    customer: DemoCustomer, second: str
) -> None:
    """Eight cancellations of one reservation at once, from two visits: one, with one mail."""
    await customer.reserved(700, LATER)
    transfer = (await customer.transfers())[-1]["id"]
    customer.read_mails()
    forms: list[tuple[Any, dict[str, str]]] = []
    for base in (customer.browser.base, second):
        visit = customer.twin()
        await visit.open(f"transfer-cancel?transfer={transfer}")
        forms += [(visit.at(base), await visit.right())] * 4
    answers = await asyncio.gather(*(browser.copy().submit(form) for browser, form in forms))
    ends = {answer.headers["location"].rsplit("/", 1)[1] for answer in answers}
    assert ends == {"done", "too-late"}
    assert (await customer.transfers())[-1]["state"] == "cancelled"
    assert await customer.mails("お振込を取り消しました") == 1
