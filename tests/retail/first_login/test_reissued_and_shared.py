"""The first login where staff, or another browser, act on the same contract meanwhile."""

import asyncio

import pytest

from madoguchi.kernel.errors import must
from madoguchi.plumbing.keys import unseal
from tests.retail.first_login.test_every_first_login_outcome import (
    DATA,
    answer_in,
    come,
    contract,
    reissue,
    walk,
)
from tests.support.bank_walk import mails, visit_of
from tests.support.retail_world import Customer, RetailWorld

SEALED = "SELECT proved, shown FROM web_visit WHERE institution = $1 AND id = $2"


@pytest.mark.requirement("RET-28", "RET-31")
async def test_a_second_first_login_tells_both_addresses(bank: RetailWorld) -> None:
    """After new passwords by post another address is given: the one before hears of it."""
    browser = await walk(await come(bank), "done")
    await browser.send()
    made = await reissue(bank)
    again = browser.copy()
    await bank.sign_in(Customer(made.contract, "mihon34567", made.login_password), again)
    if again.screen == "question":
        await again.send(answer=answer_in(again))
    new = {
        "current_login": made.login_password,
        "new_login": "Tsubaki5Gate",
        "new_login_again": "Tsubaki5Gate",
        "current_confirmation": made.confirmation_password,
        "new_confirmation": "Momiji6Lock",
        "new_confirmation_again": "Momiji6Lock",
    }
    await again.send("go", **new)
    await again.send("go", **{**DATA, "email": "hana@example.jp", "email_again": "hana@example.jp"})
    await again.send("go", confirmation_password="Momiji6Lock")
    assert again.screen == "done", again.text
    told = await mails(bank)
    assert told.count("first-login-completed") == 2
    assert told.count("email-changed-old") == 1


@pytest.mark.requirement("RET-06", "SEC-01")
async def test_changing_the_posted_passwords_ends_other_sessions(bank: RetailWorld) -> None:
    """Whoever came in by the letter in another browser is out, also where several may be in."""
    bank.configure(retail={"one_session": False})
    customer = await bank.customer(state="first-login")
    other = await bank.sign_in(customer, bank.browser())
    mine = await bank.sign_in(customer, bank.browser())
    await walk(mine, "data")
    await other.open(bank.url("first-login"))
    assert other.screen == "login", other.text


@pytest.mark.requirement("SEC-02", "RET-06")
async def test_answers_are_gone_from_a_visit_that_was_given_up(bank: RetailWorld) -> None:
    """Neither what was taken nor what was typed on the screen given up stays in the visit."""
    browser = await walk(await come(bank), "passwords")
    visit = visit_of(browser)
    await browser.send("cancel")
    assert browser.screen == "cancelled"
    (row,) = await bank.rows(SEALED, bank.code, visit)
    for what in ("proved", "shown"):
        context = f"visit:{bank.code}:{visit}:{what}".encode()
        opened = unseal(bank.runtime.keys, "personal-data", row[what], context).decode()
        assert "はこね" not in opened


@pytest.mark.requirement("RET-12")
async def test_a_login_and_a_step_of_the_same_customer_do_not_wait_for_each_other(
    bank: RetailWorld,
) -> None:
    """Both hold the contract first, then the sessions: none is thrown out as a deadlock."""
    browser = await walk(await come(bank), "check")
    customers, sign_in = bank.runtime.banking.customers, bank.runtime.banking.sign_in
    now = bank.clock.now()
    async with bank.database.transaction() as tx:
        held = must(await customers.find_locked(tx, bank.code, (await contract(bank)).id))
        step = asyncio.create_task(browser.send("go", confirmation_password="Kaede88Lock"))
        await asyncio.sleep(1.0)
        await sign_in.end_all_sessions(tx, held, "replaced", now)
    await step
    assert browser.screen == "login", browser.text
