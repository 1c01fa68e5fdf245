"""Transfers, their list, payees and limits, walked over HTTP."""

from datetime import datetime
from typing import Any

import pytest

from madoguchi.institutions import TransfersSettings
from madoguchi.kernel.clock import JAPAN
from tests.support.retail_world import RetailWorld
from tests.support.transfer_walk import Walk


async def mails(bank: RetailWorld) -> list[str]:
    """Return the templates of the mails queued, in order."""
    rows = await bank.rows("SELECT template FROM notices_outbox ORDER BY queued_at")
    return [row["template"] for row in rows]


@pytest.mark.requirement("RET-17", "RET-18", "RET-19", "RET-31")
async def test_a_transfer_for_today_moves_the_money_once(bank: RetailWorld) -> None:
    """Found by bank, branch and account, confirmed by password and code: amount and fee leave."""
    walk = await Walk.come(bank)
    before = await walk.available()
    await walk.to_confirm("10,000")
    for shown in ("10,000円", "110円", "10,110円", "ﾐﾎﾝ ｻﾁｺ", "みなと支店（003）", "7890123"):
        assert shown in walk.text, shown
    await walk.confirm()
    assert walk.screen == "done", walk.text
    assert "振込済み" in walk.text
    assert await walk.available() == before - 10_110
    receipt = (await bank.rows("SELECT receipt_number FROM transfers_transfer"))[0]
    assert receipt["receipt_number"] in walk.text
    await walk.browser.open(walk.browser.path)
    assert "振込済み" in walk.text
    assert (await mails(bank)).count("transfer-done") == 1


@pytest.mark.requirement("RET-18", "RET-24")
async def test_the_code_is_bound_to_what_the_screen_shows(bank: RetailWorld) -> None:
    """Every row of the confirmation is a fact of the code, in the words of its mail."""
    walk = await Walk.come(bank)
    await walk.to_confirm("12345")
    asked = walk.codes[-1][0]
    assert [label for label, _ in asked.facts] == [
        "出金口座", "振込先金融機関", "振込先支店", "振込先口座", "受取人名", "振込依頼人名",
        "振込金額", "手数料", "出金合計", "振込日",
    ]  # fmt: skip
    for label, text in asked.facts:
        assert label in walk.text
        assert text in walk.text
    assert walk.browser.path.split("/")[-2] == asked.bound_to
    await walk.browser.open(f"{walk.browser.path}?lang=en")
    assert "Confirm the transfer" in walk.text
    await walk.confirm()
    assert walk.screen == "done", walk.text


@pytest.mark.requirement("RET-17")
async def test_own_accounts_need_no_search_and_cost_nothing(bank: RetailWorld) -> None:
    """振替: the link from the menu chooses another account of one's own; no fee."""
    walk = await Walk.come(bank, "6789012")
    await walk.open("transfer?to=own")
    await walk.send()
    assert walk.screen == "amount", walk.text
    await walk.send(amount="100", when="today")
    assert "0円" in walk.text
    await walk.confirm()
    assert walk.screen == "done", walk.text
    rows = await bank.rows("SELECT destination, fee, state FROM transfers_transfer")
    assert [(row["destination"], row["fee"]) for row in rows] == [("own", 0)]


async def test_the_account_that_pays_cannot_be_paid(bank: RetailWorld) -> None:
    """Paying from an account to itself is told on the first screen already."""
    walk = await Walk.come(bank, "6789012")
    await walk.open("transfer?to=own")
    own = walk.browser.form.fields["to"].removeprefix("own:")
    await walk.send(from_account=own)
    assert walk.screen == "parties"
    assert "同じ口座" in walk.text


@pytest.mark.requirement("RET-17")
@pytest.mark.parametrize("query", ["0001", "みずほ", "ミズホ", "ﾐｽﾞﾎ", "みずほ銀行"])
async def test_a_bank_is_found_by_code_kanji_or_kana(bank: RetailWorld, query: str) -> None:
    """Whatever people type of a bank's name finds it in the national list."""
    walk = await Walk.come(bank)
    await walk.open("transfer")
    await walk.send(to="new")
    await walk.send("search", query=query)
    await walk.send(bank="0001")
    assert walk.screen == "branch", walk.text
    assert "みずほ" in walk.text


@pytest.mark.requirement("RET-17")
async def test_a_bank_is_found_by_its_initial_without_javascript(bank: RetailWorld) -> None:
    """The buttons of the syllabary list the banks that begin so, the own one always beside."""
    walk = await Walk.come(bank)
    await walk.open("transfer")
    await walk.send(to="new")
    fields = {**walk.browser.filled_in("search"), "initial": "ミ"}
    fields.pop("search")
    await walk.browser._follow(await walk.browser.submit(fields))
    assert "みずほ（0001）" in walk.text
    assert "サンプル信用組合（9901）" in walk.text


@pytest.mark.requirement("RET-17")
async def test_who_looks_up_accounts_without_end_is_stopped(bank: RetailWorld) -> None:
    """Numbers tried one after the other do not tell the names of all customers."""
    walk = await Walk.come(bank)
    await walk.to_account()
    for _ in range(60):
        await walk.send(account_kind="ordinary", account_number="1")
    await walk.send(account_kind="ordinary", account_number="7890123")
    assert walk.screen == "account"
    assert "一時的に" in walk.text


@pytest.mark.requirement("RET-19")
@pytest.mark.parametrize(
    "day", ["2026-11-20", "2026-11-21", "2026-11-23", "2026-12-25", "2020-01-06"]
)
async def test_a_day_that_cannot_be_reserved_is_told_at_its_field(
    bank: RetailWorld, day: str
) -> None:
    """Today, a Saturday, a holiday, too far ahead, gone by: the field says from when until when."""
    walk = await Walk.come(bank)
    await walk.to_amount()
    await walk.send(amount="1000", when="reserved", on_typed=day)
    assert walk.screen == "amount"
    assert "2026年11月24日" in walk.text
    assert walk.browser.form.fields["on_typed"] == day


@pytest.mark.requirement("RET-19", "RET-23")
async def test_a_reservation_is_listed_and_called_off(bank: RetailWorld) -> None:
    """A new payee needs a code; listed with its state; cancelled with the password; never made."""
    walk = await Walk.come(bank)
    before = await walk.available()
    transfer = await walk.reserved()
    assert len(walk.codes) == 1
    assert "予約済み" in walk.text
    await walk.open("transfers")
    assert "予約済み" in walk.text
    await walk.open(f"transfers/{transfer}")
    await walk.browser.open(walk.browser.link("この振込を取り消す"))
    await walk.confirm()
    assert walk.screen == "done"
    assert "取消済み" in walk.text
    assert [each["state"] for each in await walk.transfers()] == ["cancelled"]
    assert await walk.available() == before


@pytest.mark.requirement("RET-23")
async def test_on_the_day_itself_it_is_too_late_to_cancel(bank: RetailWorld) -> None:
    """On the morning of its day a reservation stays, and the page says why."""
    walk = await Walk.come(bank)
    transfer = await walk.reserved()
    bank.clock.set(datetime(2026, 11, 24, 0, 1, tzinfo=JAPAN))
    await bank.sign_in(walk.customer, walk.browser)
    await walk.open(f"transfer-cancel?transfer={transfer}")
    await walk.confirm()
    assert walk.screen == "too-late", walk.text
    assert "取り消せませんでした" in walk.text
    assert [each["state"] for each in await walk.transfers()] == ["reserved"]


@pytest.mark.requirement("RET-11", "RET-19")
async def test_a_reservation_on_and_after_its_day(bank: RetailWorld) -> None:
    """On its day no money "by the day before" is asked for; that it failed is told at the login."""
    walk = await Walk.come(bank)
    transfer = await walk.reserved()
    await walk.open(f"transfers/{transfer}")
    assert "前日までに口座へご入金ください" in walk.text
    bank.clock.set(datetime(2026, 11, 24, 0, 30, tzinfo=JAPAN))
    await bank.sign_in(walk.customer, walk.browser)
    await walk.open(f"transfers/{transfer}")
    assert "前日までに口座へご入金ください" not in walk.text
    assert "結果は、メールでお知らせします" in walk.text
    bank.clock.set(datetime(2026, 11, 25, 1, tzinfo=JAPAN))
    failed = await bank.runtime.banking.transfers.execute(bank.code, transfer)
    assert failed.state == "failed"
    for told in (True, False):
        bank.clock.advance(60)
        await bank.sign_in(walk.customer, walk.browser)
        await walk.open("top")
        assert ("2026年11月24日(火)の振込は、行われませんでした" in walk.text) is told
    assert walk.browser.link("照会・予約取消").endswith("/bank/transfers")


@pytest.mark.requirement("RET-18")
async def test_a_code_that_is_spent_is_not_said_to_be_under_way(bank: RetailWorld) -> None:
    """After too many wrong codes the page no longer says until when the code can be used."""
    walk = await Walk.come(bank)
    await walk.to_confirm()
    assert "まで使えます" in walk.text
    wrong = "000000" if walk.code != "000000" else "111111"
    for _ in range(bank.institution.retail.mailed_code_failures_limit):
        assert "まで使えます" in walk.text
        await walk.confirm(code=wrong)
    assert walk.screen == "confirm"
    assert "まで使えます" not in walk.text
    await walk.send("resend")
    assert "まで使えます" in walk.text


@pytest.mark.requirement("RET-19")
async def test_the_example_of_a_day_can_be_typed(bank: RetailWorld) -> None:
    """The hint names the next business day, which can be reserved."""
    walk = await Walk.come(bank)
    await walk.to_amount()
    assert "例: 2026/11/24、2026-11-24" in walk.text


@pytest.mark.requirement("RET-20")
async def test_after_the_cut_off_a_current_account_is_paid_the_next_day(bank: RetailWorld) -> None:
    """After 15:00 the screen says before anything is confirmed that it will be another day."""
    walk = await Walk.come(bank)
    bank.clock.set(datetime(2026, 11, 20, 15, 0, tzinfo=JAPAN))
    await bank.sign_in(walk.customer, walk.browser)
    await walk.open("transfer")
    await walk.send(to="new")
    await walk.find_bank("0001")
    await walk.find_branch("001")
    await walk.send(account_kind="current", account_number="1234560")
    await walk.send(amount="1000", when="today")
    assert walk.screen == "confirm", walk.text
    assert "今日の振込にはなりません" in walk.text
    assert "2026年11月24日(火)" in walk.text
    assert "予約扱い" in walk.text


@pytest.mark.requirement("RET-22")
async def test_over_a_limit_the_field_says_what_is_left(bank: RetailWorld) -> None:
    """After 600,000 of 1,000,000 a day, another 600,000 is told with the 400,000 left."""
    walk = await Walk.come(bank)
    limits = TransfersSettings().limits
    bank.configure(transfers={"limits": type(limits)(600_000, 1_000_000, 2_000_000)})
    await bank.money_in(await bank._account("1234567"), 2_000_000)
    bank.configure(transfers={"review": "never"})
    await walk.made("600000")
    await walk.to_amount()
    await walk.send(amount="600000", when="today")
    assert walk.screen == "amount"
    assert "1,000,000円" in walk.text
    assert "あと400,000円" in walk.text


@pytest.mark.requirement("RET-18")
async def test_not_enough_money_is_told_before_anything_is_sent(bank: RetailWorld) -> None:
    """What is not in the account is told at the amount, with what is; no code goes out."""
    walk = await Walk.come(bank)
    bank.configure(transfers={"limits": type(TransfersSettings().limits)(*[5_000_000] * 3)})
    await walk.to_amount()
    await walk.send(amount=str(await walk.available()), when="today")
    assert walk.screen == "amount"
    assert "残高が不足" in walk.text
    assert walk.codes == []


@pytest.mark.requirement("RET-24")
async def test_what_looks_like_fraud_is_held_and_said_so(bank: RetailWorld) -> None:
    """A large amount to a new payee from a new device is held: no money moves, the page says so."""
    bank.configure(transfers={"review_at": 30})
    walk = await Walk.come(bank)
    before = await walk.available()
    await walk.made("500000")
    assert "確認中" in walk.text
    assert [each["state"] for each in await walk.transfers()] == ["awaiting-review"]
    assert await walk.available() == before


@pytest.mark.requirement("RET-23")
async def test_the_list_is_narrowed_and_turned_over(bank: RetailWorld) -> None:
    """Newest first, twenty a page, by account, state and days; nothing is lost by a wrong day."""
    bank.configure(transfers={"review": "never"})
    walk = await Walk.come(bank)
    one = await walk.reserved()
    for number in range(25):
        await copy_transfer(bank, one, number)
    await walk.open("transfers")
    assert walk.browser.html.count("振込日 ") == 20
    await walk.browser.open(walk.browser.link("さらに前を表示する"))
    assert walk.browser.html.count("振込日 ") == 6
    with_state = "transfers?state=cancelled"
    await walk.open(with_state)
    assert "条件に合う" in walk.text
    await walk.open("transfers?state=reserved&account=001-ordinary-1234567&since=2026/11/20")
    assert walk.browser.html.count("振込日 ") == 20
    await walk.open("transfers?until=2026/11/19")
    assert "条件に合う" in walk.text
    await walk.open("transfers?since=2026/2/30&account=001-ordinary-1234567")
    assert walk.browser.form.fields["since"] == "2026/2/30"
    assert 'id="since-error"' in walk.browser.html
    await walk.open("transfers?since=2026/11/21&until=2026/11/20")
    assert 'id="until-error"' in walk.browser.html


async def copy_transfer(bank: RetailWorld, transfer: str, number: int) -> None:
    """Write the same transfer down once more, as of a minute earlier each."""
    rows = await bank.rows(
        "SELECT column_name AS name FROM information_schema.columns"
        " WHERE table_name = 'transfers_transfer' ORDER BY ordinal_position"
    )
    changed = {
        "id": "$2", "once": "$2", "receipt_number": "$3",
        "made_at": "made_at - make_interval(mins => $4::int)",
    }  # fmt: skip
    names = [row["name"] for row in rows]
    values = ", ".join(changed.get(name, name) for name in names)
    async with bank.database.transaction() as tx:
        await tx.execute(
            f"INSERT INTO transfers_transfer ({', '.join(names)})"
            f" SELECT {values} FROM transfers_transfer WHERE id = $1",
            transfer, f"copy-{number:04}", f"{number:012}", number + 1,
        )  # fmt: skip


@pytest.mark.requirement("RET-23")
async def test_a_transfer_is_made_again_from_the_list(bank: RetailWorld) -> None:
    """もう一度振り込む fills in who, how much and under which name; it is confirmed anew."""
    walk = await Walk.come(bank)
    transfer = await walk.made("4321")
    await walk.open(f"transfers/{transfer}")
    await walk.browser.open(walk.browser.link("この内容でもう一度振り込む"))
    await walk.send()
    assert walk.browser.form.fields["amount"] == "4,321"
    await walk.send(when="today")
    assert walk.screen == "confirm"
    assert len(await walk.transfers()) == 1
    await walk.confirm()
    assert [each["amount"] for each in await walk.transfers()] == [4321, 4321]


@pytest.mark.requirement("RET-23")
async def test_a_payee_is_kept_renamed_paid_and_forgotten(bank: RetailWorld) -> None:
    """Kept from a receipt by password and code, called something else, paid, and forgotten."""
    walk = await Walk.come(bank)
    await walk.made()
    await walk.browser.open(walk.browser.link("この振込先を登録する"))
    assert walk.screen == "nickname"
    await walk.send(nickname="おばさん")
    assert ("登録名", "おばさん") in walk.codes[-1][0].facts
    await walk.confirm()
    assert walk.screen == "done"
    await walk.open("payees")
    assert "おばさん" in walk.text
    await walk.browser.open(walk.browser.link("登録名を変える"))
    await walk.send(nickname="幸子さん")
    assert walk.browser.path.endswith("/bank/payees")
    assert "幸子さん" in walk.text
    assert "おばさん" not in walk.text
    await walk.browser.open(walk.browser.link("振り込む:"))
    await walk.send()
    assert walk.screen == "amount"
    await walk.open("payees")
    await walk.browser.open(walk.browser.link("削除する"))
    await walk.send()
    assert "登録した振込先はありません" in walk.text


@pytest.mark.requirement("RET-23", "RET-24")
async def test_no_payee_is_kept_without_password_and_code(bank: RetailWorld) -> None:
    """A payee is confirmed like a transfer, and a code sent for a transfer is not his."""
    walk = await Walk.come(bank)
    await walk.to_confirm()
    stolen = walk.code
    await walk.to_account("payee-register")
    await walk.send(account_kind="ordinary", account_number="7890123")
    await walk.send(nickname="x")
    for typed in (
        {"code": stolen if stolen != walk.code else "000000"},
        {"code": ""},
        {"confirmation_password": "Wrong1234"},
    ):
        await walk.confirm(**typed)
        assert walk.screen == "confirm", walk.text
    assert await bank.rows("SELECT id FROM transfers_payee") == []


@pytest.mark.requirement("RET-22", "RET-31")
async def test_limits_fall_at_once_and_rise_tomorrow(bank: RetailWorld) -> None:
    """A lower limit needs no code and holds now; a higher one needs it, and waits for tomorrow."""
    walk = await Walk.come(bank)
    await walk.open("limits")
    await walk.send(per_transfer="-1")
    assert "円単位の整数を" in walk.text
    await walk.send(per_transfer="500,000")
    assert walk.codes == []
    await walk.confirm()
    assert walk.screen == "done"
    assert await in_force(walk) == (500_000, 2_000_000, 10_000_000)
    await walk.open("limits")
    await walk.send(per_transfer="400000", per_day="3000000")
    assert "翌日から" in walk.text
    await walk.confirm(code="")
    assert walk.screen == "confirm"
    told = (await mails(bank)).count("limits-changed")
    await walk.confirm()
    assert walk.screen == "done", walk.text
    assert "2026年11月21日" in walk.text
    assert await in_force(walk) == (400_000, 2_000_000, 10_000_000)
    assert (await mails(bank)).count("limits-changed") == told + 1
    bank.clock.set(datetime(2026, 11, 21, 0, 0, 1, tzinfo=JAPAN))
    assert await in_force(walk) == (400_000, 3_000_000, 10_000_000)
    assert "limits-changed" in await mails(bank)


@pytest.mark.requirement("RET-22")
async def test_a_raise_that_waits_stays_until_it_is_withdrawn(bank: RetailWorld) -> None:
    """The same figures again change nothing; today's figures withdraw the raise, and say so."""
    walk = await Walk.come(bank)
    await walk.open("limits")
    await walk.send(per_day="3000000")
    await walk.confirm()
    await walk.open("limits")
    await walk.send()
    assert walk.screen == "limits"
    assert "受付済みの引上げはそのまま" in walk.text
    await walk.send(per_day="2000000")
    assert walk.screen == "confirm"
    assert "引上げを取りやめ" in walk.text
    await walk.confirm()
    bank.clock.set(datetime(2026, 11, 21, 0, 0, 1, tzinfo=JAPAN))
    assert await in_force(walk) == (1_000_000, 2_000_000, 10_000_000)


async def in_force(walk: Walk) -> tuple[int, int, int]:
    """Return the customer's limits now."""
    bank = walk.bank
    async with bank.database.transaction() as tx:
        found: Any = await bank.runtime.banking.transfers.limits_of(
            tx, bank.institution, walk.customer.contract.id, bank.clock.now()
        )
    return found.now.per_transfer, found.now.per_day, found.now.per_month


@pytest.mark.requirement("RET-17", "RET-23")
async def test_every_screen_speaks_english_too(bank: RetailWorld) -> None:
    """Each page of the way is there in English, and holds no Japanese sentence of ours."""
    walk = await Walk.come(bank)
    walk.browser.language = "en"
    titles = []
    await walk.to_confirm()
    titles.append(walk.browser.heading)
    await walk.confirm()
    titles.append(walk.browser.heading)
    for path in ("transfer", "transfers", "payees", "limits", "payee-register"):
        await walk.open(path)
        titles.append(walk.browser.heading)
    assert titles == [
        "Confirm the transfer", "The transfer is accepted",
        "Choose the account and the payee", "Your transfers", "Registered payees",
        "Your transfer limits", "The payee's bank",
    ]  # fmt: skip


async def test_a_payee_bank_that_refuses_is_told_on_the_receipt(bank: RetailWorld) -> None:
    """The other bank says no: the receipt and the list say so and why, and the money is there."""
    walk = await Walk.come(bank)
    before = await walk.available()
    await walk.open("transfer")
    await walk.send(to="new")
    await walk.find_bank("0001")
    await walk.find_branch("001")
    await walk.send(account_kind="ordinary", account_number="1234569")
    await walk.send(amount="1000", when="today")
    await walk.confirm()
    assert "振込できませんでした" in walk.text
    assert "振込先の金融機関で受け付けられませんでした" in walk.text
    assert await walk.available() == before


@pytest.mark.requirement("RET-18")
async def test_while_the_other_bank_is_silent_the_receipt_says_being_processed(
    bank: RetailWorld,
) -> None:
    """No answer yet: being processed, with a warning not to pay twice, and how to look again."""
    walk = await Walk.come(bank)
    await walk.open("transfer")
    await walk.send(to="new")
    await walk.find_bank("0001")
    await walk.find_branch("001")
    await walk.send(account_kind="ordinary", account_number="1234568")
    await walk.send(amount="1000", when="today")
    await walk.confirm()
    assert "処理中" in walk.text
    assert "同じ振込をもう一度行わないでください" in walk.text
    await walk.browser.open(walk.browser.link("最新の状態を表示する"))
    assert "処理中" in walk.text
