"""The six screens over HTTP, as a browser without scripts meets them (LINK-03 to LINK-31)."""

import re
from datetime import datetime, timedelta

import pytest

from madoguchi import consents
from madoguchi.consents import EndedBy
from madoguchi.kernel.clock import JAPAN
from tests.support.link_person import SCREENS
from tests.support.link_world import LinkWorld

BOTH = pytest.mark.parametrize("language", ["ja", "en"])
SCREEN_IDS = ("SOA201", "SOA202", "SOA208", "SOA209", "SOA211", "SOA206")
TITLES = {
    "ja": (
        "ご利用口座情報入力",
        "お客様情報入力",
        "電話番号の確認",
        "電話番号認証",
        "キャッシュカード暗証番号認証",
        "情報連携認可",
    ),
    "en": (
        "Your account",
        "About you",
        "Check your phone number",
        "Call to verify",
        "Cash card PIN",
        "Permit access",
    ),
}


@BOTH
@pytest.mark.requirement("LINK-03", "UI-02")
async def test_each_screen_says_what_every_screen_says(language: str, world: LinkWorld) -> None:
    """Title, institution, screen id, terms, FAQ and a `tel:` link stand on all six, in order."""
    walk = await world.begin(language=language)
    for screen, screen_id, title in zip(SCREENS, SCREEN_IDS, TITLES[language], strict=True):
        await walk.to(screen)
        browser = walk.browser
        assert browser.heading == title
        assert screen_id in browser.text
        assert f'<html lang="{language}">' in browser.html
        assert f'href="{world.institution.links.api_terms}"' in browser.html
        assert f'href="{world.institution.links.faq}"' in browser.html
        assert 'href="tel:0120000101"' in browser.html
        assert ("サンプル信用組合" if language == "ja" else "Sample Credit") in browser.text


@pytest.mark.requirement("LINK-30", "LINK-31")
async def test_the_whole_way_leads_to_data(world: LinkWorld) -> None:
    """From the app's request through the six screens to a token that reads the account."""
    walk = await world.begin()
    tokens = await walk.tokens()
    url = f"{walk.app.issuer}/api/v1/accounts"
    answer = await walk.app.resource("GET", url, tokens["access_token"])
    assert answer.status_code == 200
    [account] = answer.json()["accounts"]
    assert account["account_number_masked"] == "****567"


@pytest.mark.requirement("LINK-31")
async def test_during_the_term_the_app_needs_no_other_link_and_after_it_is_told(
    world: LinkWorld,
) -> None:
    """On the 30th day a refreshed token reads; after the term neither refresh nor token does."""
    walk = await world.begin()
    tokens = await walk.tokens()
    url = f"{walk.app.issuer}/api/v1/accounts"
    world.clock.advance(timedelta(days=29, hours=23).total_seconds())
    refreshed = (await walk.app.refresh(tokens["refresh_token"])).json()
    assert (await walk.app.resource("GET", url, refreshed["access_token"])).status_code == 200
    world.clock.set(datetime(2026, 12, 21, 9, 0, tzinfo=JAPAN))
    over = await walk.app.refresh(refreshed.get("refresh_token", tokens["refresh_token"]))
    assert (over.status_code, over.json()["error"]) == (400, "invalid_grant")
    assert (await walk.app.resource("GET", url, refreshed["access_token"])).status_code == 401


@BOTH
@pytest.mark.requirement("LINK-09")
async def test_the_first_screen_warns(language: str, world: LinkWorld) -> None:
    """Who gets the data, the terms, whose responsibility, phishing, and the card at hand."""
    walk = await world.begin(language=language)
    wanted = {
        "ja": (
            "サンプル電子決済に提供されます",
            "への同意が必要です",
            "ご自身の判断と責任",
            "フィッシング詐欺",
            "暗証番号をお尋ねする",
            "キャッシュカード",
        ),
        "en": (
            "given to Sample Payments",
            "need to agree",
            "own responsibility",
            "phishing",
            "never asks for a PIN",
            "cash card at hand",
        ),
    }
    for words in wanted[language]:
        assert words in walk.browser.text


@pytest.mark.requirement("LINK-10")
async def test_an_unknown_account_is_told_after_the_second_screen(world: LinkWorld) -> None:
    """次へ on ① checks the form alone; what does not exist is refused after ②, and no more said."""
    walk = await world.begin(person=world.person(account_number="7777777"))
    await walk.to("customer")
    await walk.step()
    assert walk.browser.screen == "refused"
    assert "入力された口座では、このサービスをご利用いただけません。" in walk.browser.text
    assert "存在" not in walk.browser.text


@BOTH
@pytest.mark.requirement("LINK-10")
async def test_one_branch_is_a_hint(language: str, world: LinkWorld) -> None:
    """Several branches: the form of the number; one: its number stands beside the field."""
    walk = await world.begin(language=language)
    several = {"ja": "半角数字3桁", "en": "3 digits"}[language]
    assert several in walk.browser.text
    world.set_branches(1)
    await walk.browser.open(walk.browser.path)
    assert "001" in walk.browser.text


@BOTH
@pytest.mark.requirement("LINK-04", "LINK-05")
async def test_what_is_missing_is_said_and_what_was_typed_stays(
    language: str, world: LinkWorld
) -> None:
    """An error in the title and the summary, one at the field, and the other fields as typed."""
    walk = await world.begin(language=language)
    await walk.to("customer")
    await walk.browser.send(**{**walk.person.customer_fields, "phone": "", "name_kana": "みほん"})
    browser = walk.browser
    assert browser.screen == "customer"
    texts = {
        "ja": (
            "エラー",
            "入力されていない項目があります",
            "電話番号は必須項目です。入力してください。",
        ),
        "en": (
            "Error",
            "Something is not filled in",
            "Phone number is required. Please fill it in.",
        ),
    }
    for words in texts[language]:
        assert words in browser.text
    assert re.search(r"<title>(エラー|Error): ", browser.html)
    assert 'href="#phone"' in browser.html
    assert browser.form.fields["name_kana"] == "みほん"
    assert browser.form.fields["birth_month"] == "4"
    assert browser.form.fields["email_again"] == walk.person.email
    await browser.send(phone=walk.person.phone)
    assert browser.screen == "phone"


@BOTH
@pytest.mark.requirement("LINK-05", "LINK-11")
async def test_what_cannot_be_read_is_said_at_the_field(language: str, world: LinkWorld) -> None:
    """Each form of error has its words in both languages, at the field."""
    walk = await (await world.begin(language=language)).to("customer")
    wrong = {
        "name_kana": "見本 太郎",
        "birth_day": "31",
        "birth_month": "2",
        "phone": "12",
        "email": "taro@",
        "email_again": "jiro@",
    }
    await walk.browser.send(**{**walk.person.customer_fields, **wrong})
    texts = {
        "ja": ("カナで入力してください", "0から始まる10桁または11桁", "の形式が正しくありません"),
        "en": (
            "must be written in kana",
            "10 or 11 digits and begin with 0",
            "not a valid address",
        ),
    }
    for words in texts[language]:
        assert words in walk.browser.text
    form = {**walk.person.customer_fields, "birth_month": "2", "birth_day": "31"}
    await walk.browser.send(**form)
    assert {"ja": "暦にない日付", "en": "no such date"}[language] in walk.browser.text
    await walk.browser.send(**{**walk.person.customer_fields, "birth_year": "2090"})
    assert {"ja": "今日より後の日付", "en": "in the future"}[language] in walk.browser.text


@pytest.mark.requirement("LINK-11")
async def test_the_second_screen_shows_the_account_chosen(world: LinkWorld) -> None:
    """Branch, kind and number as typed stand on ② (and on ⑤)."""
    walk = await world.begin(person=world.person(account_number="１２３４５６７"))
    for screen in ("customer", "card-pin"):
        await walk.to(screen)
        for words in ("001", "普通", "1234567"):
            assert words in walk.browser.text


@BOTH
@pytest.mark.requirement("LINK-14", "LINK-15", "LINK-16")
async def test_wrong_data_then_the_lock_then_the_reason_code(
    language: str, world: LinkWorld
) -> None:
    """Four times "wrong", then "no longer available", then, with everything right, B84."""
    walk = await (await world.begin(language=language)).to("customer")
    wrong = {**walk.person.customer_fields, "birth_day": "2"}
    texts = {
        "ja": (
            "認証データに誤りがあります",
            "ご利用いただけなくなりました",
            "ただいまこのサービスをご利用いただけません",
        ),
        "en": ("authentication data is wrong", "no longer available", "not available to you now"),
    }[language]
    for _ in range(4):
        await walk.browser.send(**wrong)
        assert texts[0] in walk.browser.text
    await walk.browser.send(**wrong)
    assert walk.browser.screen == "locked"
    assert texts[1] in walk.browser.text
    assert "B84" not in walk.browser.text
    later = await (await world.begin(language=language)).to("customer")
    await later.step()
    assert later.browser.screen == "locked"
    assert texts[2] in later.browser.text
    assert "B84" in later.browser.text


@pytest.mark.requirement("LINK-19", "LINK-20")
async def test_the_phone_is_masked_and_the_number_can_be_dialled(world: LinkWorld) -> None:
    """③ and ④ show the last four digits alone; ④ one of the settings' numbers as a `tel:` link."""
    walk = await world.begin()
    for screen in ("phone", "call"):
        await walk.to(screen)
        assert "*******1111" in walk.browser.text
        assert walk.person.phone not in walk.browser.html
    published = world.institution.api_link.verification_numbers
    assert walk.number_shown in {number.replace("-", "") for number in published}
    assert any(number in walk.browser.text for number in published)
    assert "120秒以内" in walk.browser.text


@pytest.mark.requirement("LINK-20")
async def test_the_number_is_drawn_anew_for_each_attempt(world: LinkWorld) -> None:
    """Over some attempts of different people several of the numbers are shown."""
    shown = set()
    for number in range(12):
        walk = await world.begin(person=world.another_person(100 + number))
        shown.add((await walk.to("call")).number_shown)
    assert len(shown) > 1


@BOTH
@pytest.mark.requirement("LINK-23")
async def test_confirming_before_the_call_waits(language: str, world: LinkWorld) -> None:
    """The words stand beside the button, the number and the time stay, and the call counts then."""
    walk = await (await world.begin(language=language)).to("call")
    number = walk.number_shown
    world.clock.advance(30)
    await walk.browser.send()
    waiting = {"ja": "お電話をお待ちしています", "en": "Waiting for your call"}[language]
    assert waiting in walk.browser.text
    assert walk.number_shown == number
    assert 'data-seconds-left="90"' in walk.browser.html
    await walk.to("card-pin")


@pytest.mark.requirement("LINK-23")
async def test_the_page_can_notice_the_call_without_moving_on(world: LinkWorld) -> None:
    """The poll tells waiting, confirmed and too late, and changes nothing."""
    walk = await (await world.begin()).to("call")
    status = re.search(r'data-status-url="([^"]+)"', walk.browser.html)
    assert status
    states = []

    async def ask() -> None:
        answer = await walk.browser.request("GET", status[1])
        states.append((answer.status_code, answer.json()["state"], answer.json()["seconds_left"]))

    await ask()
    await walk.call(walk.person.phone, walk.number_shown)
    await ask()
    await ask()
    await walk.browser.open(walk.browser.path)
    assert walk.browser.screen == "call"
    world.clock.advance(121)
    await ask()
    assert states == [
        (200, "waiting", 120),
        (200, "confirmed", 0),
        (200, "confirmed", 0),
        (200, "too-late", 0),
    ]
    stranger = world.browser()
    assert (await stranger.request("GET", status[1])).status_code == 404


@pytest.mark.requirement("LINK-23", "LINK-24", "LINK-03")
async def test_a_reload_says_what_became_of_the_call(world: LinkWorld) -> None:
    """Without scripts too the page shown again says that the call came, or that it is too late."""
    walk = await (await world.begin()).to("call")
    await walk.browser.send()
    assert "お電話をお待ちしています" in walk.browser.text
    await walk.call(walk.person.phone, walk.number_shown)
    await walk.browser.open(walk.browser.path)
    assert "お電話を確認しました。" in walk.browser.text
    assert "お電話をお待ちしています" not in walk.browser.text
    world.clock.advance(121)
    await walk.browser.open(walk.browser.path)
    assert "時間内にお電話を確認できませんでした" in walk.browser.text


@BOTH
@pytest.mark.requirement("LINK-24")
async def test_after_the_time_the_person_starts_at_the_first_screen(
    language: str, world: LinkWorld
) -> None:
    """確定する after 120 seconds leads to ① with the reason; the whole way is open again."""
    walk = await (await world.begin(language=language)).to("call")
    await walk.call(walk.person.phone, walk.number_shown)
    world.clock.advance(121)
    await walk.browser.send()
    assert walk.browser.screen == "account"
    text = {"ja": "時間内にお電話を確認できませんでした", "en": "did not receive your call in time"}
    assert text[language] in walk.browser.text
    assert walk.browser.form.fields["branch_code"] == ""
    assert await walk.finish()


@pytest.mark.requirement("LINK-22")
async def test_calls_that_do_not_count(world: LinkWorld) -> None:
    """Withheld, from another phone, to another number: none of them confirms."""
    walk = await (await world.begin()).to("call")
    numbers = [each.replace("-", "") for each in world.institution.api_link.verification_numbers]
    another = next(each for each in numbers if each != walk.number_shown)
    await walk.call(None, walk.number_shown)
    await walk.call("09000008888", walk.number_shown)
    await walk.call(walk.person.phone, another)
    await walk.browser.send()
    assert walk.browser.screen == "call"
    assert "186" in walk.browser.text
    await walk.to("card-pin")


@pytest.mark.requirement("LINK-22")
async def test_two_people_with_the_same_number_shown_do_not_mix(world: LinkWorld) -> None:
    """In the same minute at the same number, each one's call confirms himself alone."""
    world.configure(verification_numbers=("0120-000-201",))
    one = await (await world.begin()).to("call")
    two = await (await world.begin(person=world.another_person(7))).to("call")
    assert one.number_shown == two.number_shown
    await world.call(two.person.phone, two.number_shown)
    await one.browser.send()
    await two.browser.send()
    assert (one.browser.screen, two.browser.screen) == ("call", "card-pin")


@pytest.mark.requirement("LINK-25")
async def test_a_closed_browser_starts_over_at_once(world: LinkWorld) -> None:
    """A new request in a browser without cookies goes the whole way while the first stands."""
    first = await (await world.begin()).to("call")
    await first.call(first.person.phone, first.number_shown)
    second = await world.begin(app=world.app())
    assert await second.finish()


@BOTH
@pytest.mark.requirement("LINK-27")
async def test_a_wrong_pin_has_the_same_text_and_is_not_kept(
    language: str, world: LinkWorld
) -> None:
    """The text of ②; the field is masked and empty, whatever was typed."""
    walk = await (await world.begin(language=language)).to("card-pin")
    await walk.browser.send(card_pin="0147")
    text = {"ja": "認証データに誤りがあります", "en": "authentication data is wrong"}[language]
    assert text in walk.browser.text
    assert 'type="password"' in walk.browser.html
    assert "0147" not in walk.browser.html
    assert walk.browser.form.fields["card_pin"] == ""
    await walk.browser.send(card_pin="12xyz")
    assert {"ja": "数字4桁", "en": "4 digits"}[language] in walk.browser.text
    assert "12xyz" not in walk.browser.html
    assert await walk.finish()


@BOTH
@pytest.mark.requirement("LINK-28")
async def test_the_consent_says_who_what_how_long_and_the_notices(
    language: str, world: LinkWorld
) -> None:
    """Registered names, scopes in words, the term, and all four notices."""
    walk = await (await world.begin(language=language)).to("consent")
    wanted = {
        "ja": (
            "サンプル電子決済",
            "サンプル家計簿",
            "口座情報（店名",
            "口座情報（残高）",
            "30日",
            "判断",
            "規約",
            "暗号化",
            "取り消",
        ),
        "en": (
            "Sample Payments",
            "Sample Budget",
            "branch, account type",
            "the balance",
            "30 days",
            "Decide for yourself",
            "own terms",
            "encrypted",
            "take the access back",
        ),
    }
    for words in wanted[language]:
        assert words in walk.browser.text
    assert "openid" not in walk.browser.text
    assert "***4567" in walk.browser.text


@BOTH
@pytest.mark.requirement("LINK-29")
async def test_the_box_must_be_ticked_on_the_server_too(language: str, world: LinkWorld) -> None:
    """許可する without the tick, or with an empty one, gives nothing and says so."""
    walk = await (await world.begin(language=language)).to("consent")
    await walk.browser.send()
    text = {"ja": "規約への同意が必要です", "en": "You need to agree"}[language]
    assert text in walk.browser.text
    await walk.browser.send(agree=" ")
    assert text in walk.browser.text
    assert walk.browser.screen == "consent"
    assert await world.rows("SELECT 1 AS one FROM authorization_server_code") == []
    assert await walk.finish()


@pytest.mark.requirement("LINK-28", "SEC-01")
async def test_the_consents_form_may_lead_to_the_app_alone(world: LinkWorld) -> None:
    """The policy of ⑥ lets its form lead to the app's own origin, and to no other."""
    walk = await (await world.begin()).to("consent")
    assert walk.browser.page is not None
    policy = walk.browser.page.headers["content-security-policy"]
    assert "form-action 'self' https://app.example.jp;" in policy
    assert "frame-ancestors 'none'" in policy


@BOTH
@pytest.mark.requirement("LINK-06")
@pytest.mark.parametrize("screen", SCREENS)
async def test_cancel_leads_back_from_every_screen(
    screen: str, language: str, world: LinkWorld
) -> None:
    """中止する (拒否する on ⑥), then 連携元画面へ, returns `access_denied`, and it is over."""
    walk = await (await world.begin(language=language)).to(screen)
    cancel = ("拒否する" if screen == "consent" else "中止する") if language == "ja" else ""
    assert cancel in walk.browser.text
    await walk.browser.send("cancel")
    assert walk.browser.screen == "cancelled"
    assert walk.browser.heading == {"ja": "API連携認証の中止", "en": "Linking cancelled"}[language]
    back = walk.browser.link({"ja": "連携元画面へ", "en": "Back to the app"}[language])
    answer = walk.app.returned(back)
    assert answer["error"] == "access_denied"
    assert "code" not in answer
    await walk.browser.open(walk.browser.path.replace("cancelled", screen))
    assert walk.browser.screen == "cancelled"
    assert walk.app.returned(walk.browser.link("連携元画面へ" if language == "ja" else "Back"))


@pytest.mark.requirement("LINK-02")
async def test_a_moved_account_gives_no_data_until_it_is_linked_anew(world: LinkWorld) -> None:
    """After the move the app gets `account_moved`; linked under the new number it reads."""
    walk = await world.begin()
    tokens = await walk.tokens()
    url = f"{walk.app.issuer}/api/v1/accounts"
    [held] = await world.rows("SELECT account_id, public_id FROM consents_account")
    world.core.move_account("9901", held["account_id"], "002", "7654321")
    for address in (url, f"{url}/{held['public_id']}/balance"):
        told = await walk.app.resource("GET", address, tokens["access_token"])
        assert 400 <= told.status_code < 500
        assert "account_moved" in told.text
    old = await (await world.begin(app=world.app())).to("customer")
    await old.step()
    assert old.browser.screen == "refused"
    moved = world.person(branch_code="002", account_number="7654321")
    anew = await world.begin(app=world.app(), person=moved)
    again = await anew.tokens()
    accounts = (await anew.app.resource("GET", url, again["access_token"])).json()["accounts"]
    assert [each["branch_code"] for each in accounts] == ["002"]


@pytest.mark.requirement("LINK-32")
async def test_removing_the_app_ends_nothing_but_revoking_does(world: LinkWorld) -> None:
    """A forgotten token leaves the consent in force; taken back by staff, all ends at once."""
    walk = await world.begin()
    tokens = await walk.tokens()
    url = f"{walk.app.issuer}/api/v1/accounts"
    world.clock.advance(86400)
    [consent] = await world.rows("SELECT status FROM consents_consent")
    assert consent["status"] == "authorised"
    fresh = (await walk.app.refresh(tokens["refresh_token"])).json()
    assert (await walk.app.resource("GET", url, fresh["access_token"])).status_code == 200
    async with world.database.transaction() as tx:
        await consents.revoke(
            tx, world.runtime.log, "9901", tokens["grant_id"], by=EndedBy.STAFF,
            actor="staff:one", reason="customer phoned", now=world.clock.now(),
        )  # fmt: skip
    assert (await walk.app.resource("GET", url, fresh["access_token"])).status_code == 401
    refused = await walk.app.refresh(tokens["refresh_token"])
    assert refused.json()["error"] == "invalid_grant"


@pytest.mark.requirement("LINK-12")
async def test_the_second_phone_of_two_counts_to_the_end(world: LinkWorld) -> None:
    """Who types his second registered phone is called at it, and goes the whole way."""
    walk = await world.begin(person=world.person(phone="0300001111"))
    assert await walk.finish()
