"""What a thief or an accident would try on the transfer's screens (security cases 12, 18, 19)."""

import asyncio
import re

import pytest

from madoguchi.institutions import Limits
from tests.support.retail_world import RetailWorld
from tests.support.transfer_walk import Walk


def right(walk: Walk) -> dict[str, str]:
    """Return the confirmation's form, filled in rightly."""
    return walk.browser.filled_in(
        "go", confirmation_password=walk.customer.confirmation_password, code=walk.code
    )


@pytest.mark.requirement("RET-18")
async def test_wrong_code_or_password_never_moves_money(bank: RetailWorld) -> None:
    """Neither proof alone is enough, nor none, and what was right before does not count later."""
    walk = await Walk.come(bank)
    await walk.to_confirm()
    wrong = "000000" if walk.code != "000000" else "111111"
    for typed in (
        {"code": wrong},
        {"code": ""},
        {"confirmation_password": ""},
        {"confirmation_password": "Wrong1234"},
        {"confirmation_password": walk.customer.login_password},
    ):
        await walk.confirm(**typed)
        assert walk.screen == "confirm", (typed, walk.text)
    assert await walk.transfers() == []
    await walk.confirm()
    assert [each["state"] for each in await walk.transfers()] == ["done"]


@pytest.mark.requirement("RET-18", "RET-13")
async def test_the_same_confirmation_ten_times_at_once_moves_money_once(bank: RetailWorld) -> None:
    """However often the button is pressed, also at once: one transfer, one debit."""
    walk = await Walk.come(bank)
    await walk.to_confirm("5000")
    before, fields, action = await walk.available(), right(walk), walk.browser.form.action
    tabs = [walk.browser.copy() for _ in range(10)]
    answers = await asyncio.gather(*(tab.submit(fields, action) for tab in tabs))
    assert {answer.status_code for answer in answers} == {303}
    assert len(await walk.transfers()) == 1
    assert await walk.available() == before - 5000 - 110


@pytest.mark.requirement("RET-18", "RET-13")
async def test_a_confirmation_sent_again_later_makes_no_second_transfer(bank: RetailWorld) -> None:
    """The back button, and the same form once more, lead to the receipt of the first."""
    walk = await Walk.come(bank)
    await walk.to_confirm()
    fields, action, seen = right(walk), walk.browser.form.action, walk.browser.path
    await walk.confirm()
    bank.clock.advance(30)
    await walk.browser._follow(await walk.browser.submit(fields, action))
    assert walk.screen == "done"
    await walk.browser.open(seen)
    assert walk.screen == "done"
    assert len(await walk.transfers()) == 1


@pytest.mark.requirement("RET-18", "RET-24")
async def test_a_code_for_one_transfer_is_worth_nothing_for_another(bank: RetailWorld) -> None:
    """The code sent for transfer X is refused on Y, also where Y differs by one yen only."""
    walk = await Walk.come(bank)
    await walk.to_confirm("1000")
    stolen, other = walk.code, walk.in_another_tab()
    await other.to_confirm("1001")
    await other.confirm(code=stolen)
    assert other.screen == "confirm"
    await walk.confirm(code=stolen)  # X's own code is dead too: one is live at a time
    assert walk.screen == "confirm"
    assert await walk.transfers() == []


@pytest.mark.requirement("RET-18")
async def test_what_is_changed_after_the_code_was_sent_needs_another(bank: RetailWorld) -> None:
    """修正する and another amount: the first code is refused, the new one confirms the new one."""
    walk = await Walk.come(bank)
    await walk.to_confirm("1000")
    first = walk.code
    await walk.send("back")
    assert walk.browser.form.fields["amount"] == "1,000"
    await walk.send(amount="2000")
    await walk.confirm(code=first if first != walk.code else "x")
    assert walk.screen == "confirm"
    await walk.confirm()
    assert [each["amount"] for each in await walk.transfers()] == [2000]


@pytest.mark.requirement("RET-18")
async def test_fields_smuggled_into_the_confirmation_change_nothing(bank: RetailWorld) -> None:
    """Amount, payee and account in the confirming form are not read: what was shown is made."""
    walk = await Walk.come(bank)
    await walk.to_confirm("1000")
    smuggled = {"amount": "999999", "account_number": "6789012", "name_kana": "ﾄﾞﾛﾎﾞｳ", "to": "new"}
    await walk.browser._follow(await walk.browser.submit({**right(walk), **smuggled}))
    assert walk.screen == "done"
    assert [each["amount"] for each in await walk.transfers()] == [1000]


@pytest.mark.requirement("RET-21")
async def test_a_fee_that_changes_before_confirming_is_shown_first(bank: RetailWorld) -> None:
    """The new fee is shown and told, the old code is void, and only the new one confirms it."""
    walk = await Walk.come(bank)
    await walk.to_confirm("1000")
    old, before = walk.code, await walk.available()
    walk.raise_fees()
    await walk.confirm()
    assert walk.screen == "confirm"
    assert "999円" in walk.text
    assert "変わりました" in walk.text
    assert await walk.transfers() == []
    await walk.confirm(code=old if old != walk.code else "x")
    assert await walk.transfers() == []
    await walk.confirm()
    assert await walk.available() == before - 1000 - 999


@pytest.mark.requirement("RET-13")
async def test_another_customer_sees_and_confirms_nothing(bank: RetailWorld) -> None:
    """A visit, its receipt and its place in the list belong to whoever began it."""
    walk = await Walk.come(bank)
    await walk.to_confirm()
    thief = Walk(bank, await bank.customer("6789012"), bank.browser())
    await bank.sign_in(thief.customer, thief.browser)
    await thief.browser.open(walk.browser.path)
    assert "ﾐﾎﾝ ｻﾁｺ" not in thief.text
    answer = await thief.browser.submit(right(walk), walk.browser.form.action)
    assert answer.status_code == 404
    await walk.confirm()
    transfer = (await walk.transfers())[0]["id"]
    await thief.open(f"transfers/{transfer}")
    assert thief.browser.page is not None
    assert thief.browser.page.status_code == 404
    await thief.open(f"transfer-cancel?transfer={transfer}")
    assert thief.browser.path.endswith("/bank/transfers")
    await thief.open(f"transfer?again={transfer}")
    assert "ﾐﾎﾝ ｻﾁｺ" not in thief.text
    await thief.open(f"payee-register?transfer={transfer}")
    assert thief.screen == "bank"


@pytest.mark.requirement("RET-13")
async def test_no_form_counts_without_its_token_or_from_elsewhere(bank: RetailWorld) -> None:
    """A form without the CSRF token, or with another visit's, is refused and moves nothing."""
    walk = await Walk.come(bank)
    await walk.to_confirm()
    other = walk.in_another_tab()
    await other.to_confirm("1000")
    foreign = other.browser.form.fields["csrf"]
    for csrf in ("", "0" * 64, foreign):
        answer = await walk.browser.submit({**right(walk), "csrf": csrf})
        assert answer.status_code == 403
    assert await walk.transfers() == []


@pytest.mark.parametrize(
    "amount",
    [
        "-1",
        "－１",
        "0",
        "1.5",
        "１．５",
        "1e9",
        "1,00",
        "1000,",
        "0x10",
        "∞",
        "十万",
        "NaN",
        "1 円 2",
    ],
)
async def test_an_amount_that_is_none_stays_in_its_field(bank: RetailWorld, amount: str) -> None:
    """Negative, fractional or strange amounts are told at the field, and nothing typed is lost."""
    walk = await Walk.come(bank)
    await walk.to_amount()
    await walk.send(amount=amount, when="today", payer_name="ﾐﾎﾝ")
    assert walk.screen == "amount"
    fields = walk.browser.form.fields
    assert (fields["amount"], fields["when"], fields["payer_name"]) == (amount, "today", "ﾐﾎﾝ")
    assert 'id="amount-error"' in walk.browser.html


@pytest.mark.parametrize("amount", ["1000001", "999999999999", "9" * 13, "9" * 400])
async def test_a_huge_amount_is_told_with_its_limit(bank: RetailWorld, amount: str) -> None:
    """Over the limit for one transfer, or more than any account could hold: told at the field."""
    walk = await Walk.come(bank)
    await walk.to_amount()
    await walk.send(amount=amount, when="today")
    assert walk.screen == "amount"
    assert 'id="amount-error"' in walk.browser.html


async def test_two_transfers_at_once_over_the_balance_move_one(bank: RetailWorld) -> None:
    """Two confirmations at once that together exceed the balance: one is done, one fails."""
    walk = await Walk.come(bank)
    have = await walk.available()
    most = Limits(have * 3, have * 3, have * 3)
    bank.configure(transfers={"limits": most, "highest_limits": most, "review": "never"})
    amount = str(have * 2 // 3)
    await walk.to_confirm(amount)
    fields = right(walk)
    other = walk.in_another_tab()
    await other.to_confirm(amount)
    second = right(other)
    # one code is live at a time: the first tab has its own sent again, once the other is accepted
    await asyncio.gather(walk.browser.submit(fields), other.browser.submit(second))
    await walk.browser.open(walk.browser.path)
    if walk.screen == "confirm":
        await walk.send("resend")
        await walk.confirm()
    states = sorted(each["state"] for each in await walk.transfers())
    assert states == ["done", "failed"], states
    assert await walk.available() >= 0


@pytest.mark.requirement("RET-17")
async def test_a_name_cannot_be_made_to_look_like_another(bank: RetailWorld) -> None:
    """Marks that turn the reading, look-alike and invisible characters do not reach a name."""
    walk = await Walk.come(bank)
    await walk.to_amount()
    for name in ("ﾐﾎﾝ\u202eｳﾛﾀ", "ﾐﾎﾝ<b>", "ＭＩＨＯＮ\u0440", "見本"):
        await walk.send(amount="1000", when="today", payer_name=name)
        assert walk.screen == "amount", name
        assert 'id="payer_name-error"' in walk.browser.html
    await walk.send(payer_name="み\u200bほん\u2066　たろう")
    assert walk.screen == "confirm"
    assert "ﾐﾎﾝ ﾀﾛｳ" in walk.text


@pytest.mark.requirement("RET-18")
async def test_passwords_and_codes_are_in_no_page(bank: RetailWorld) -> None:
    """After a wrong code the page holds neither what was typed nor the right code."""
    walk = await Walk.come(bank)
    await walk.to_confirm()
    wrong = "123456" if walk.code != "123456" else "654321"
    await walk.confirm(code=wrong)
    assert walk.customer.confirmation_password not in walk.browser.html
    assert not re.search(rf'value="({wrong}|{walk.code})"', walk.browser.html)
    assert walk.browser.form.fields["code"] == ""


@pytest.mark.requirement("RET-18")
async def test_who_leaves_and_logs_in_again_goes_on_where_he_was(bank: RetailWorld) -> None:
    """A session that ends at the confirmation leads over the login back to it; nothing is made."""
    walk = await Walk.come(bank)
    await walk.to_confirm("3000")
    bank.clock.advance(10 * 60 + 1)
    fields = right(walk)
    await walk.browser._follow(await walk.browser.submit(fields))
    assert "/login/" in walk.browser.path
    assert await walk.transfers() == []
    await walk.browser.send(
        "go", login_id=walk.customer.login_id, login_password=walk.customer.login_password
    )
    assert walk.screen == "confirm", walk.text
    await walk.send("resend")
    await walk.confirm()
    assert walk.screen == "done", walk.text
    assert len(await walk.transfers()) == 1
