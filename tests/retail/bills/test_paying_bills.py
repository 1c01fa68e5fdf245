"""Bills paid over HTTP, from the menu to the receipt (RET-25, RET-31, RET-32)."""

from datetime import datetime

import pytest

from madoguchi.kernel.clock import JAPAN
from tests.retail.bills.conftest import ACCOUNT, BillWalk, numbers, use_network
from tests.support.bank_walk import mails
from tests.support.retail_world import RetailWorld

pytestmark = pytest.mark.requirement("RET-25")


@pytest.mark.requirement("RET-31")
async def test_a_bill_is_paid_and_receipted(walk: BillWalk) -> None:
    """Numbers, bill, confirmation, receipt: the amount leaves once, the list and a mail tell it."""
    before = await walk.available()
    await walk.open("bills")
    assert "払込みをする" in walk.text
    await walk.to_pay()
    assert "見本市 税務課" in walk.text
    await walk.confirm()
    assert walk.screen == "done", walk.text
    assert "払込み完了" in walk.text
    [paid] = await walk.payments()
    assert paid["state"] == "paid"
    assert await walk.available() == before - paid["amount"]
    assert "bill-paid" in await mails(walk.bank)
    await walk.open("bills")
    assert "見本市 税務課" in walk.text
    await walk.open(f"bills/{paid['id']}")
    assert "収納機関の受付番号" in walk.text


async def test_typed_as_people_type(walk: BillWalk) -> None:
    """Full-width digits, spaces and hyphens are read; leading zeros stay."""
    await walk.to_bill(
        biller_code="９９ ００１", payment_number="００１２-３４５６-７８００", category="０１"
    )
    assert "001234567800" in walk.text


async def test_back_loses_nothing(walk: BillWalk) -> None:
    """From the confirmation back to the numbers, everything stands where it was typed."""
    await walk.to_pay()
    await walk.send("back")
    assert walk.screen == "bill"
    assert walk.browser.form.fields["from_account"] == ACCOUNT
    await walk.send("back")
    assert walk.screen == "numbers"
    typed = numbers()
    assert {name: walk.browser.form.fields[name] for name in typed} == typed


async def test_a_late_biller_is_said_to_be_under_way(walk: BillWalk) -> None:
    """The receipt says that the answer is awaited, and not to pay again; later it is there."""
    await walk.to_pay("06")
    await walk.confirm()
    assert "手続き中" in walk.text
    [payment] = await walk.payments()
    walk.bank.clock.advance(31)
    await walk.bank.runtime.banking.bill_payments.execute(walk.bank.code, payment["id"])
    await walk.open(f"bills/{payment['id']}")
    assert "払込み完了" in walk.text


@pytest.mark.requirement("RET-31")
async def test_a_refused_bill_takes_nothing(walk: BillWalk) -> None:
    """The biller refuses when it is to be paid: receipt and mail say why, nothing is debited."""
    before = await walk.available()
    await walk.to_pay("05")
    await walk.confirm()
    assert "払込みできませんでした" in walk.text
    assert await walk.available() == before
    assert "bill-failed" in await mails(walk.bank)


async def test_pressing_twice_pays_once(walk: BillWalk) -> None:
    """The same confirmation sent again leads to the same receipt, and to one payment."""
    await walk.to_pay()
    fields = walk.browser.filled_in(
        "go", confirmation_password=walk.customer.confirmation_password, code=walk.code
    )
    path = walk.browser.form.action
    for _ in range(2):
        await walk.browser.submit(fields, path)
    assert [each["state"] for each in await walk.payments()] == ["paid"]


async def test_a_code_for_another_bill_is_refused(walk: BillWalk) -> None:
    """What was sent for one bill confirms no other one."""
    await walk.to_pay()
    other = walk.code
    await walk.to_pay("10")
    assert walk.code != other
    await walk.confirm(code=other)
    assert walk.screen == "confirm"
    assert await walk.payments() == []


async def test_the_code_is_for_what_is_shown(walk: BillWalk) -> None:
    """Its mail names the biller, the amount and the account."""
    await walk.to_pay()
    asked, _ = walk.codes[-1]
    facts = dict(asked.facts)
    assert asked.purpose == "bill"
    assert facts["収納機関"] == "見本市 税務課（99001）"
    assert facts["払込金額"] in walk.text


async def test_nobody_elses_receipt_can_be_seen(walk: BillWalk) -> None:
    """Another customer's payment is as good as none."""
    await walk.to_pay()
    await walk.confirm()
    [paid] = await walk.payments()
    other = await BillWalk.come(walk.bank, "2345678")
    await other.open(f"bills/{paid['id']}")
    assert other.browser.page is not None
    assert other.browser.page.status_code == 404


async def test_without_a_network_it_is_not_offered(walk: BillWalk) -> None:
    """The list says so, and no journey begins."""
    use_network(walk.bank, None)
    await walk.open("bill-payment")
    assert walk.browser.path.endswith("/bank/bills")
    assert "お取り扱いしていません" in walk.text
    assert "払込みをする" not in walk.text


@pytest.mark.requirement("RET-32")
async def test_the_extra_stoppage_of_bills(bank: RetailWorld) -> None:
    """On the 3rd Sunday of June and September until 5:30 bills are closed, transfers are not."""
    bank.clock.set(datetime(2027, 6, 20, 4, 0, tzinfo=JAPAN))
    walk = await BillWalk.come(bank)
    await walk.open("bills")
    assert walk.browser.page is not None
    assert walk.browser.page.status_code == 503
    assert "5時30分" in walk.text
    await walk.open("transfer")
    assert walk.browser.page.status_code == 200
    bank.clock.set(datetime(2027, 6, 20, 5, 30, tzinfo=JAPAN))
    walk = await BillWalk.come(bank, "2345678")
    await walk.open("bills")
    assert walk.browser.page is not None
    assert walk.browser.page.status_code == 200


async def test_looking_up_is_not_for_trying(walk: BillWalk) -> None:
    """After thirty look-ups in ten minutes the customer is asked to wait."""
    await walk.open("bill-payment")
    for _ in range(30):
        await walk.send(**numbers("04"))
        assert "見つかりません" in walk.text
    await walk.send(**numbers())
    assert "照会の回数が多すぎます" in walk.text
    for _ in range(2):
        walk.bank.clock.advance(301)
        await walk.open("bill-payment")
    await walk.send(**numbers())
    assert walk.screen == "bill", walk.text
