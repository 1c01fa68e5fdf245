"""Direct debits over HTTP: applied for, seen, withdrawn, answered by the company (RET-26)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from madoguchi.direct_debits import UtilityCompanies, UtilitySimulator
from madoguchi.institutions import Text, Utility
from madoguchi.plumbing.jobs import Worker
from madoguchi.retail.utilities.journey import APPLICATION, WITHDRAWAL
from tests.support.bank_walk import last_step, mails, visit_of
from tests.support.retail_world import RetailWorld
from tests.support.transfer_walk import Walk

pytestmark = pytest.mark.requirement("RET-26")
Scene = Callable[[Walk], Awaitable[None]]
PAIRS = [
    (screen.name, outcome.__name__)
    for journey in (APPLICATION, WITHDRAWAL)
    for screen in journey.screens
    for outcome in screen.outcomes
]
ACCOUNT = "001-ordinary-1234567"
COMPANIES = (
    Utility("mihon-denryoku", "electricity", Text("みほん電力", "Mihon Electric"), 10,
            Text("検針票のお客様番号", "The customer number on the meter slip")),
    Utility("mihon-suido", "water", Text("見本市水道局", "Mihon Waterworks"), 8,
            Text("水栓番号", "The tap number")),
)  # fmt: skip


def use_companies(bank: RetailWorld, companies: UtilityCompanies | None) -> None:
    """Have applications sent to these companies."""
    debits: Any = bank.runtime.banking.direct_debits
    debits._ports = replace(debits._ports, companies=companies)


@pytest.fixture
async def walk(bank: RetailWorld) -> Walk:
    """A customer who has signed in; two invented companies can be applied to."""
    bank.configure(retail={"utilities": COMPANIES})
    use_companies(bank, UtilitySimulator(bank.clock))
    return await Walk.come(bank)


async def to_details(walk: Walk) -> None:
    """Begin, and choose the company."""
    await walk.open("utility-application")
    await walk.send(company="mihon-denryoku")
    assert walk.screen == "details", walk.text


async def to_confirm(walk: Walk, number: str = "1234567890") -> None:
    """Begin, up to the confirmation."""
    await to_details(walk)
    await walk.send(customer_number=number, from_account=ACCOUNT)
    assert walk.screen == "confirm", walk.text


async def apply(walk: Walk, number: str = "1234567890") -> None:
    """Apply."""
    await to_confirm(walk, number)
    await walk.confirm()


async def later(bank: RetailWorld, minutes: int) -> None:
    """Let time pass, then let the worker run what is due."""
    bank.clock.advance(minutes * 60)
    kinds = bank.runtime.banking.direct_debits.kinds()
    await Worker(bank.database, bank.clock, bank.runtime.entropy, kinds=kinds).run_due()


async def company_chosen(walk: Walk) -> None:
    """A company of the settings."""
    await to_details(walk)


async def no_such_company(walk: Walk) -> None:
    """A company that is not offered."""
    await walk.open("utility-application")
    await walk.send(company="somebody-else")


async def details_typed(walk: Walk) -> None:
    """Number and account are right."""
    await to_confirm(walk)


async def too_few_digits(walk: Walk) -> None:
    """Nine digits where the company's numbers have ten."""
    await to_details(walk)
    await walk.send(customer_number="123456789", from_account=ACCOUNT)


async def back_to_the_companies(walk: Walk) -> None:
    """戻る."""
    await to_details(walk)
    await walk.send("back")


async def wrong_password(walk: Walk) -> None:
    """The confirmation password is wrong."""
    await to_confirm(walk)
    await walk.confirm(confirmation_password="Wrong1Pass")


async def back_to_the_details(walk: Walk) -> None:
    """戻る."""
    await to_confirm(walk)
    await walk.send("back")


async def wrong_five_times(walk: Walk) -> None:
    """The fifth wrong password locks."""
    await to_confirm(walk)
    for _ in range(5):
        await walk.confirm(confirmation_password="Wrong1Pass")


async def applied_in_another_window(walk: Walk) -> None:
    """Two windows; the other one is first."""
    await to_confirm(walk)
    waiting = walk.browser.page, walk.browser.path
    await apply(walk)
    walk.browser.page, walk.browser.path = waiting
    await walk.confirm()


async def to_withdraw(walk: Walk) -> None:
    """Apply, and begin to withdraw."""
    await apply(walk)
    [row] = await walk.bank.rows("SELECT id FROM direct_debits_application")
    await walk.open(f"utility-withdrawal?application={row['id']}")
    assert walk.screen == "withdraw", walk.text


async def withdrawn(walk: Walk) -> None:
    """Withdraw."""
    await to_withdraw(walk)
    await walk.send()


async def sent_meanwhile(walk: Walk) -> None:
    """The application goes out while the customer is about to withdraw."""
    await to_withdraw(walk)
    waiting = walk.browser.page, walk.browser.path
    await later(walk.bank, 5)
    await walk.open("utilities")
    await later(walk.bank, 5)
    walk.browser.page, walk.browser.path = waiting
    await walk.send()


SCENES: dict[tuple[str, str], tuple[Scene, str]] = {
    ("company", "Proceed"): (company_chosen, "details"),
    ("company", "Again"): (no_such_company, "company"),
    ("details", "Proceed"): (details_typed, "confirm"),
    ("details", "Again"): (too_few_digits, "details"),
    ("details", "Back"): (back_to_the_companies, "company"),
    ("confirm", "Proceed"): (apply, "done"),
    ("confirm", "Again"): (wrong_password, "confirm"),
    ("confirm", "Back"): (back_to_the_details, "details"),
    ("confirm", "Locked"): (wrong_five_times, "locked"),
    ("confirm", "AskedAlready"): (applied_in_another_window, "details"),
    ("withdraw", "Proceed"): (withdrawn, "withdrawn"),
    ("withdraw", "TooLate"): (sent_meanwhile, "too-late"),
}


@pytest.mark.parametrize(("screen", "outcome"), PAIRS)
async def test_each_outcome_of_a_direct_debit_leads_where_it_should(
    screen: str, outcome: str, walk: Walk
) -> None:
    """Each (screen, outcome) pair of both tables is played, and ends where it is meant to."""
    play, wanted = SCENES[screen, outcome]
    await play(walk)
    assert await last_step(walk.bank, visit_of(walk.browser)) == (screen, outcome, wanted)
    assert walk.screen == wanted, walk.text


def test_nobody_plays_what_is_not_in_the_tables_of_direct_debits() -> None:
    """The scenes are the tables' pairs, no more and no less."""
    assert set(SCENES) == set(PAIRS)


@pytest.mark.requirement("RET-31")
@pytest.mark.parametrize(
    ("number", "words", "mail"),
    [
        ("1234567890", "登録済み", "utility-confirmed"),
        ("1234567899", "お客様番号のご契約が見つかりませんでした", "utility-refused"),
    ],
)
async def test_the_customer_sees_what_the_company_said(
    walk: Walk, number: str, words: str, mail: str
) -> None:
    """Received, with the company, confirmed or refused with the reason; told by mail twice."""
    await apply(walk, number)
    await walk.open("utilities")
    assert "受付済み" in walk.text
    assert "取り下げる" in walk.text
    await later(walk.bank, 10)
    for _ in range(2):
        await later(walk.bank, 60)
    await walk.bank.sign_in(walk.customer, walk.browser)
    await walk.open("utilities")
    assert words in walk.text
    assert "取り下げる" not in walk.text
    assert {"utility-applied", mail} <= set(await mails(walk.bank))


async def test_a_number_under_way_is_said_at_its_field(walk: Walk) -> None:
    """The company is being asked about it: the customer learns that where he types it."""
    await apply(walk)
    await to_details(walk)
    await walk.send(customer_number="1234-567-890", from_account=ACCOUNT)
    assert walk.screen == "details"
    assert "すでにお申込みを受け付け" in walk.text


async def test_without_companies_nothing_can_be_applied_for(walk: Walk) -> None:
    """The list says so, and no journey begins."""
    use_companies(walk.bank, None)
    await walk.open("utility-application")
    assert walk.browser.path.endswith("/bank/utilities")
    assert "お取り扱いしていません" in walk.text


async def test_an_application_of_somebody_else_cannot_be_withdrawn(walk: Walk) -> None:
    """Its link leads another customer to his own list."""
    await apply(walk)
    [row] = await walk.bank.rows("SELECT id FROM direct_debits_application")
    other = await Walk.come(walk.bank, "2345678")
    await other.open(f"utility-withdrawal?application={row['id']}")
    assert other.browser.path.endswith("/bank/utilities")
    assert "お申込みはありません" in other.text


async def test_a_savings_account_is_not_debited(bank: RetailWorld) -> None:
    """Of a customer's accounts only ordinary and current ones are offered."""
    bank.configure(retail={"utilities": COMPANIES})
    use_companies(bank, UtilitySimulator(bank.clock))
    walk = await Walk.come(bank, "6789012")
    kinds = {account.kind for account in walk.customer.contract.accounts}
    assert {"savings", "current", "ordinary"} <= kinds
    await to_details(walk)
    assert "普通 6789012" in walk.text
    assert "貯蓄" not in walk.text
    savings = next(a for a in walk.customer.contract.accounts if a.kind == "savings")
    await walk.send(
        customer_number="1234567890",
        from_account=f"{savings.branch_code}-savings-{savings.number}",
    )
    assert walk.screen == "details"
