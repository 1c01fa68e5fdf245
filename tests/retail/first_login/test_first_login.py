"""The first login as customers meet it (RET-06, RET-07)."""

import pytest

from madoguchi.customers import Contract, ContractState, Language
from madoguchi.kernel.errors import must
from tests.retail.first_login.test_every_first_login_outcome import (
    CHECK,
    DATA,
    PASSWORDS,
    QUESTIONS,
    come,
    walk,
)
from tests.support.bank_walk import mails
from tests.support.html_browser import HtmlBrowser
from tests.support.retail_world import LOGIN_PASSWORD, RetailWorld


async def contract(bank: RetailWorld) -> Contract:
    """Return the one contract there is, as it stands."""
    async with bank.database.transaction() as tx:
        found = await bank.runtime.banking.customers.find_by_login_id(tx, bank.code, "mihon34567")
    return must(found)


async def again(bank: RetailWorld, password: str = LOGIN_PASSWORD) -> HtmlBrowser:
    """Log in anew, from another browser; answer the question that is asked by now."""
    browser = bank.browser()
    await browser.open(bank.url("login"))
    await browser.send(login_id="mihon34567", login_password=password)
    if browser.screen == "question":
        answers = (("小学校", "answer_1"), ("旅行", "answer_2"), ("料理", "answer_3"))
        asked = next(name for word, name in answers if word in browser.text)
        await browser.send(answer=QUESTIONS[asked])
    return browser


@pytest.mark.requirement("RET-06")
async def test_whole_first_login(bank: RetailWorld) -> None:
    """Five screens in their order; then the contract is in use, mailed, and the session full."""
    browser = await come(bank)
    seen = []
    for screen, form in (
        ("questions", QUESTIONS), ("passwords", PASSWORDS), ("data", DATA), ("check", CHECK)
    ):  # fmt: skip
        seen.append((browser.screen, browser.heading))
        assert browser.screen == screen
        await browser.send("go", **form)
    seen.append((browser.screen, browser.heading))
    assert [heading for _, heading in seen] == [
        "追加認証登録", "パスワード変更", "お客様情報入力", "入力内容確認", "登録完了"
    ]  # fmt: skip
    assert "BLI041" in browser.text
    now = await contract(bank)
    assert now.state is ContractState.ACTIVE
    assert (now.email, now.contact_phone, now.dm_wanted) == (
        "taro@example.jp",
        "09000001234",
        False,
    )
    assert now.email_confirmed is False
    assert await mails(bank) == ["first-login-completed"]
    before = browser.cookies["__Host-bank-9901"]
    await browser.send()
    assert browser.path.endswith("/bank/top")
    assert browser.cookies["__Host-bank-9901"] != before
    await browser.open(bank.url("balances"))
    assert browser.path.endswith("/bank/balances")


@pytest.mark.requirement("RET-06")
async def test_check_shows_what_was_typed_and_nothing_is_registered_before(
    bank: RetailWorld,
) -> None:
    """入力内容確認 shows mail, DM and phone; the contract has none of it yet."""
    browser = await walk(await come(bank), "check")
    for words in ("taro@example.jp", "希望しない", "09000001234", "mihon34567"):
        assert words in browser.text
    assert (await contract(bank)).email is None


@pytest.mark.requirement("RET-06")
async def test_correcting_loses_nothing(bank: RetailWorld) -> None:
    """修正する shows the data as they were typed."""
    browser = await walk(await come(bank), "check")
    await browser.send("correct")
    fields = browser.form.fields
    assert fields["email"] == fields["email_again"] == "taro@example.jp"
    assert (fields["dm_wanted"], fields["contact_phone"]) == ("no", "09000001234")
    await browser.send(email="hanako@example.jp", email_again="hanako@example.jp")
    assert "hanako@example.jp" in browser.text


@pytest.mark.requirement("RET-06")
@pytest.mark.parametrize("screen", ["check", "done"])
async def test_answers_are_hidden_until_asked(bank: RetailWorld, screen: str) -> None:
    """The questions are shown, the answers of this visit folded away, and no password at all."""
    browser = await walk(await come(bank), screen)
    shown = browser.html.partition("<details")[0]
    texts = {each.key: each.text.ja for each in bank.institution.retail.questions}
    for number in (1, 2, 3):
        assert texts[QUESTIONS[f"question_{number}"]] in shown
    folded = browser.html.partition("<details")[2].partition("</details>")[0]
    assert "回答を表示する" in folded
    assert "はこね" in folded
    assert browser.html.count("はこね") == 1
    assert "Sakura77Gate" not in browser.html


@pytest.mark.requirement("RET-06")
@pytest.mark.parametrize(
    ("broken_off_at", "resumed_at", "password"),
    [
        ("questions", "questions", LOGIN_PASSWORD),
        ("passwords", "passwords", LOGIN_PASSWORD),
        ("data", "data", "Sakura77Gate"),
        ("check", "data", "Sakura77Gate"),
    ],
)
async def test_it_goes_on_where_it_broke_off(
    bank: RetailWorld, broken_off_at: str, resumed_at: str, password: str
) -> None:
    """What a screen completed is kept; the next login begins at the first that is not done."""
    await walk(await come(bank), broken_off_at)
    later = await again(bank, password)
    assert later.screen == resumed_at
    await walk(later, "done")
    known = broken_off_at == "questions"
    assert ("はこね" in later.html) is known
    assert ("回答は登録済み" in later.text) is not known
    assert "初めて泊まりがけで旅行した場所は" in later.text


@pytest.mark.requirement("RET-06")
@pytest.mark.parametrize("at", ["questions", "passwords", "data", "check"])
async def test_stopping_keeps_what_was_completed(bank: RetailWorld, at: str) -> None:
    """中止する says how to go on, and 登録を続ける does."""
    browser = await walk(await come(bank), at)
    await browser.send("cancel")
    assert "次回ログインすると、続きから登録できます。" in browser.text
    await browser.open(browser.link("登録を続ける"))
    assert browser.screen == {"check": "data"}.get(at, at)


@pytest.mark.requirement("RET-06")
async def test_leaving_the_last_screen_open_shuts_nobody_out(bank: RetailWorld) -> None:
    """Whoever goes to the top page without 次へ of 登録完了 arrives there."""
    browser = await walk(await come(bank), "done")
    await browser.open(bank.url("top"))
    assert browser.path.endswith("/bank/top")


@pytest.mark.requirement("RET-06", "SEC-01")
async def test_nothing_of_it_can_be_done_again(bank: RetailWorld) -> None:
    """Once finished, an old form of the questions changes nothing."""
    browser = await come(bank)
    old = browser.copy()
    fields = old.filled_in(**{**QUESTIONS, "answer_2": "あたみ"})
    await walk(browser, "done")
    await browser.send()
    old.cookies = browser.cookies
    await old.submit(fields)
    await old.open(bank.url("first-login"))
    assert old.path.endswith("/bank/top")
    rows = await bank.rows(
        "SELECT event FROM operations_log_entries WHERE event LIKE '%question%set'"
    )
    assert len(rows) <= 1


@pytest.mark.requirement("RET-06")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"question_3": "first-school"}, "質問3が、前に選んだ質問と同じです。"),
        (
            {"answer_1": "あいうえおかきくけこさ"},
            "質問1の回答は、2文字以上10文字以内で入力してください。",
        ),
        ({"answer_1": "い"}, "質問1の回答は、2文字以上10文字以内で入力してください。"),
        ({"answer_2": "😀😀"}, "質問2の回答に使えない文字があります。"),
        ({"answer_1": ""}, "質問1の回答は必須項目です。入力してください。"),
        ({"question_1": ""}, "質問1は必須項目です。選択してください。"),
        ({"noted": ""}, "質問と回答を控えました"),
        ({"question_2": "mothers-name"}, "質問2を選択肢の中から選択してください。"),
    ],
)
async def test_what_is_wrong_with_questions_is_said(
    bank: RetailWorld, changes: dict[str, str], said: str
) -> None:
    """Each mistake is named at its field, and what was typed stays."""
    browser = await come(bank)
    await browser.send(**{**QUESTIONS, **changes})
    assert browser.screen == "questions"
    assert said in browser.html
    assert browser.form.fields["answer_3"] == "カレー"
    assert (await contract(bank)).questions_done is False


@pytest.mark.requirement("RET-06")
async def test_ten_full_width_characters_fit(bank: RetailWorld) -> None:
    """An answer of ten full-width characters is taken, voiced half-width kana counted as one."""
    browser = await come(bank)
    await browser.send(**{**QUESTIONS, "answer_1": "ｶﾞ" * 10, "answer_2": "見" * 10})
    assert browser.screen == "passwords", browser.text


@pytest.mark.requirement("RET-07")
@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        (
            {"new_login": "Ab1", "new_login_again": "Ab1"},
            "new_login",
            "新しいログインパスワードは、6文字以上12文字以内にしてください。",
        ),
        ({"new_login": "Sakura-77", "new_login_again": "Sakura-77"}, "new_login", "使えない文字"),
        ({"new_login": "SakuraGate", "new_login_again": "SakuraGate"}, "new_login", "英字と数字"),
        ({"new_login": LOGIN_PASSWORD, "new_login_again": LOGIN_PASSWORD}, "new_login", "違うもの"),
        (
            {"new_confirmation": "Sakura77Gate", "new_confirmation_again": "Sakura77Gate"},
            "new_confirmation",
            "違うもの",
        ),
        ({"new_login": "a19800401", "new_login_again": "a19800401"}, "new_login", "生年月日"),
        ({"new_login": "b1234567", "new_login_again": "b1234567"}, "new_login", "口座番号"),
        ({"new_login": "x09000001000", "new_login_again": "x09000001000"}, "new_login", "電話番号"),
        ({"new_login": "mihon34567", "new_login_again": "mihon34567"}, "new_login", "ログインID"),
        ({"new_login": "Password1", "new_login_again": "Password1"}, "new_login", "よく使われて"),
        ({"new_login_again": "Sakura77Gatf"}, "new_login_again", "一致しません"),
        ({"current_login": "Wrong1Pass"}, "current_login", "現在のログインパスワードに誤り"),
    ],
)
async def test_what_is_wrong_with_passwords_is_said_exactly(
    bank: RetailWorld, changes: dict[str, str], field: str, said: str
) -> None:
    """Each rule has its words at its field, nothing is changed, and no password is given back."""
    browser = await walk(await come(bank), "passwords")
    await browser.send(**{**PASSWORDS, **changes})
    assert browser.screen == "passwords"
    error = browser.html.partition(f'id="{field}-error"')[2].partition("</div>")[0]
    assert said in error
    assert "Sakura77" not in browser.html
    assert (await contract(bank)).passwords_done is False
    assert (await again(bank)).screen == "passwords"


@pytest.mark.requirement("RET-07", "LOCK-01")
async def test_a_bad_new_password_costs_no_try(bank: RetailWorld) -> None:
    """However often a new password is refused, the current ones are not locked by it."""
    browser = await walk(await come(bank), "passwords")
    short = {**PASSWORDS, "new_login": "Ab1", "new_login_again": "Ab1", "current_login": "Wrong1X"}
    for _ in range(6):
        await browser.send(**short)
    await browser.send(**PASSWORDS)
    assert browser.screen == "data"


@pytest.mark.requirement("RET-07")
async def test_new_passwords_count_from_then_on(bank: RetailWorld) -> None:
    """The posted login password is dead, the new one enters, in these capitals only."""
    await walk(await come(bank), "data")
    assert (await again(bank)).screen == "login"
    assert (await again(bank, "sakura77gate")).screen == "login"
    assert (await again(bank, "Sakura77Gate")).screen == "data"


@pytest.mark.requirement("RET-06")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email_again": "jiro@example.jp"}, "2回入力されたメールアドレスが一致しません"),
        ({"email": "taro", "email_again": "taro"}, "メールアドレスの形式が正しくありません"),
        ({"contact_phone": "12345"}, "0から始まる10桁または11桁"),
    ],
)
async def test_what_is_wrong_with_data_is_said(
    bank: RetailWorld, changes: dict[str, str], said: str
) -> None:
    """Each mistake is named at its field, and what was typed stays."""
    browser = await walk(await come(bank), "data")
    await browser.send(**{**DATA, **changes})
    assert browser.screen == "data"
    assert said in browser.text
    assert browser.form.fields["dm_wanted"] == "no"


@pytest.mark.requirement("RET-06")
async def test_no_phone_is_needed(bank: RetailWorld) -> None:
    """The contact phone may be left empty."""
    browser = await walk(await come(bank), "data")
    await browser.send(**{**DATA, "contact_phone": ""})
    assert "登録なし" in browser.text
    await walk(browser, "done")
    assert (await contract(bank)).contact_phone is None


@pytest.mark.requirement("UI-02")
async def test_first_login_speaks_english(bank: RetailWorld) -> None:
    """All five screens are there in English."""
    customer = await bank.customer(state="first-login")
    browser = await bank.sign_in(customer, bank.browser("en"))
    screens = ("questions", "passwords", "data", "check", "done")
    assert [(await walk(browser, to)).heading for to in screens] == [
        "Questions for additional checks", "Change your passwords", "Your data",
        "Check what you typed", "Registered",
    ]  # fmt: skip


@pytest.mark.requirement("UI-02", "MAIL-01", "RET-31")
@pytest.mark.parametrize(("language", "other"), [("en", "ja"), ("ja", "en")])
async def test_mails_come_in_the_language_of_the_screens(
    bank: RetailWorld, language: Language, other: Language
) -> None:
    """Whoever registers on English screens is written to in English, from the first mail on."""
    customer = await bank.customer(state="first-login")
    before = await contract(bank)
    async with bank.database.transaction() as tx:
        await bank.runtime.banking.customers.change_language(
            tx, before, other, by="staff-1", now=bank.clock.now()
        )
    await walk(await bank.sign_in(customer, bank.browser(language)), "done")
    assert (await contract(bank)).language == language
    [mail] = await bank.rows("SELECT template, language FROM notices_outbox")
    assert (mail["template"], mail["language"]) == ("first-login-completed", language)


@pytest.mark.requirement("RET-06", "RET-12")
async def test_who_was_logged_out_meanwhile_stands_on_the_same_screen(bank: RetailWorld) -> None:
    """After the idle time the next login leads back to the screen, with what was typed before."""
    browser = await walk(await come(bank), "data")
    await browser.send(**{**DATA, "email_again": "jiro@example.jp"})
    screen = browser.path
    bank.clock.advance(11 * 60)
    await browser.open(screen)
    assert "一定時間操作がなかったため" in browser.text
    await browser.send(login_id="mihon34567", login_password="Sakura77Gate")
    assert browser.path == screen
    assert browser.form.fields["email"] == "taro@example.jp"
