"""Every outcome in the table of paying a bill is produced, and leads where the table says."""

from collections.abc import Awaitable, Callable

import pytest

from madoguchi.core_bank import BankAccount, Journal, Posting, TransactionKind
from madoguchi.kernel.clock import japan_day
from madoguchi.retail.bills.journey import JOURNEY
from tests.retail.bills.conftest import ACCOUNT, BillWalk, numbers
from tests.support.bank_walk import last_step, visit_of

Scene = Callable[[BillWalk], Awaitable[None]]
PAIRS = [
    (screen.name, outcome.__name__) for screen in JOURNEY.screens for outcome in screen.outcomes
]
WRONG = "Wrong1Pass"


async def looked_up(walk: BillWalk) -> None:
    """The numbers are right."""
    await walk.to_bill()


async def no_such_bill(walk: BillWalk) -> None:
    """No bill has these numbers."""
    await walk.open("bill-payment")
    await walk.send(**numbers("04"))


async def account_chosen(walk: BillWalk) -> None:
    """An account is chosen."""
    await walk.to_pay()


async def no_account_chosen(walk: BillWalk) -> None:
    """An account that is none of the customer's."""
    await walk.to_bill()
    await walk.send(from_account="001-ordinary-9999999")


async def back_to_the_numbers(walk: BillWalk) -> None:
    """戻る."""
    await walk.to_bill()
    await walk.send("back")


async def paid(walk: BillWalk) -> None:
    """Password and code are right."""
    await walk.to_pay()
    await walk.confirm()


async def wrong_password(walk: BillWalk) -> None:
    """The confirmation password is wrong."""
    await walk.to_pay()
    await walk.confirm(confirmation_password=WRONG)


async def back_to_the_bill(walk: BillWalk) -> None:
    """戻る."""
    await walk.to_pay()
    await walk.send("back")


async def another_code(walk: BillWalk) -> None:
    """The code is sent again."""
    await walk.to_pay()
    await walk.send("resend")


async def dearer_meanwhile(walk: BillWalk) -> None:
    """The bill has risen between showing and confirming."""
    await walk.to_pay("07")
    walk.bank.clock.advance(61)
    await walk.confirm()


async def wrong_five_times(walk: BillWalk) -> None:
    """The fifth wrong password locks."""
    await walk.to_pay()
    for _ in range(5):
        await walk.confirm(confirmation_password=WRONG)


SCENES: dict[tuple[str, str], tuple[Scene, str]] = {
    ("numbers", "Proceed"): (looked_up, "bill"),
    ("numbers", "Again"): (no_such_bill, "numbers"),
    ("bill", "Proceed"): (account_chosen, "confirm"),
    ("bill", "Again"): (no_account_chosen, "bill"),
    ("bill", "Back"): (back_to_the_numbers, "numbers"),
    ("confirm", "Proceed"): (paid, "done"),
    ("confirm", "Again"): (wrong_password, "confirm"),
    ("confirm", "Back"): (back_to_the_bill, "bill"),
    ("confirm", "CodeSentAgain"): (another_code, "confirm"),
    ("confirm", "Changed"): (dearer_meanwhile, "confirm"),
    ("confirm", "Locked"): (wrong_five_times, "locked"),
}


@pytest.mark.parametrize(("screen", "outcome"), PAIRS)
@pytest.mark.requirement("RET-25")
async def test_each_outcome_of_paying_leads_where_it_should(
    screen: str, outcome: str, walk: BillWalk
) -> None:
    """Each (screen, outcome) pair of the table is played, and ends on the screen meant for it."""
    play, wanted = SCENES[screen, outcome]
    await play(walk)
    assert await last_step(walk.bank, visit_of(walk.browser)) == (screen, outcome, wanted)
    assert walk.screen == wanted, walk.text


def test_nobody_plays_what_is_not_in_the_table_of_bills() -> None:
    """The scenes are the table's pairs, no more and no less."""
    assert set(SCENES) == set(PAIRS)


@pytest.mark.requirement("RET-25")
async def test_a_changed_bill_is_shown_before_it_is_paid(walk: BillWalk) -> None:
    """The new amount is on the screen, a new code is needed, and only that amount is paid."""
    await walk.to_pay("07")
    old = walk.code
    walk.bank.clock.advance(61)
    await walk.confirm()
    assert "請求の内容が変わりました" in walk.text
    assert await walk.payments() == []
    await walk.confirm(code=old)
    assert walk.screen == "confirm"
    await walk.confirm()
    [payment] = await walk.payments()
    assert payment["state"] == "paid", payment
    assert f"{payment['amount']:,}円" in walk.text


@pytest.mark.requirement("RET-25")
async def test_more_than_the_account_holds_is_refused_at_the_account(walk: BillWalk) -> None:
    """Nothing is sent to anybody where the money is not there."""
    account = walk.customer.contract.accounts[0]
    core = walk.bank.runtime.core_administration()
    left = await walk.available()
    cash = (TransactionKind.CASH, "ｹﾞﾝｷﾝ")
    drawn = Journal(
        day=japan_day(walk.bank.clock.now()),
        postings=(
            Posting(account=account.account_id, amount=-left, kind=cash[0], remarks=cash[1]),
            Posting(bank=BankAccount.CASH, amount=left, kind=cash[0], remarks=cash[1]),
        ),
    )
    await core.post(walk.bank.code, drawn)
    await walk.to_bill()
    await walk.send(from_account=ACCOUNT)
    assert walk.screen == "bill"
    assert "残高が足りません" in walk.text
    assert walk.codes == []
