"""The pages of the API link, as people and their browsers read them."""

import re
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from madoguchi.kernel.journey import FieldError
from madoguchi.plumbing.templates import Assets, Templates
from tests.plumbing.templates.look import BRANCH, INSTITUTION

NAMES = SimpleNamespace(
    third_party=SimpleNamespace(ja="株式会社みほん家計簿", en="Mihon Kakeibo, Inc."),
    app=SimpleNamespace(ja="みほん家計簿アプリ", en="Mihon Kakeibo App"),
)
ACCOUNT = SimpleNamespace(branch_code="001", kind="ordinary", number="0000123")
CONSENTED = SimpleNamespace(branch_code="001", account_kind="savings", account_number="0000123")
PHONE = "+819000003333"
VIEWS: dict[str, dict[str, Any]] = {
    "account": {"client": NAMES, "only_branch": BRANCH},
    "customer": {"account": ACCOUNT},
    "phone": {"phone": PHONE},
    "call": {
        "phone": PHONE,
        "state": "waiting",
        "number_shown": "0120-000-123",
        "seconds": 120,
        "seconds_left": 97,
        "status_url": "/sample-shinkumi/link/v1/call/status",
    },
    "card-pin": {"account": ACCOUNT},
    "consent": {
        "client": NAMES,
        "scopes": ("openid", "accounts", "balances", "transactions"),
        "until": date(2026, 12, 20),
        "days": 30,
        "accounts": (CONSENTED,),
    },
}
SCREEN_IDS = {
    "account": "SOA201",
    "customer": "SOA202",
    "phone": "SOA208",
    "call": "SOA209",
    "card-pin": "SOA211",
    "consent": "SOA206",
}
HEADINGS = {
    "account": "ご利用口座情報入力",
    "customer": "お客様情報入力",
    "phone": "電話番号の確認",
    "call": "電話番号認証",
    "card-pin": "キャッシュカード暗証番号認証",
    "consent": "情報連携認可",
}
BUTTONS = {
    "account": ("次へ", "中止する"),
    "customer": ("次へ", "中止する"),
    "phone": ("電話番号の決定", "中止する"),
    "call": ("確定する", "中止する"),
    "card-pin": ("次へ", "中止する"),
    "consent": ("許可する", "拒否する"),
}
ENDINGS = (
    "refused",
    "locked",
    "cancelled",
    "closed",
    "expired",
    "unavailable",
    "spent",
    "busy",
    "linked",
    "visit-unknown",
)


@pytest.fixture(scope="module")
def templates() -> Templates:
    """The pages, where a missing text is an error."""
    return Templates(["madoguchi.api_link"], assets=Assets(), strict=True)


def page(templates: Templates, name: str, *, language: str = "ja", **values: object) -> str:
    """Render a page as the journey does."""
    context: dict[str, object] = {
        "view": VIEWS.get(name, {}),
        "screen": SimpleNamespace(name=name, screen_id=SCREEN_IDS.get(name, "")),
        "action": f"/sample-shinkumi/link/v1/{name}",
        "csrf": "guard",
        "version": 7,
    }
    institution: Any = INSTITUTION
    return templates.render(
        f"api_link/{name}.html", language=language, institution=institution, **(context | values)
    )


@pytest.mark.requirement("LINK-03", "LINK-06", "LINK-09", "LINK-28")
@pytest.mark.parametrize("name", SCREEN_IDS)
def test_screen_has_its_words_and_links(templates: Templates, name: str) -> None:
    """Each screen has its heading, its id, its two buttons, and the links and phone at its foot."""
    html = page(templates, name)
    assert f"<h1>{HEADINGS[name]}</h1>" in html
    assert f"画面ID: {SCREEN_IDS[name]}" in html
    assert re.findall(r"<button class=\"button (?:main|second)[^>]*>([^<]+)", html)[-2:] == list(
        BUTTONS[name]
    )
    assert all(f'href="{link}"' in html for link in ("/terms", "/faq", "tel:0120000101"))


@pytest.mark.requirement("LINK-07")
@pytest.mark.parametrize("name", SCREEN_IDS)
def test_form_carries_its_guard(templates: Templates, name: str) -> None:
    """Each form posts the token against forgery and the version against stale forms."""
    html = page(templates, name)
    assert f'<form class="form" method="post" action="/sample-shinkumi/link/v1/{name}"' in html
    assert '<input type="hidden" name="csrf" value="guard">' in html
    assert '<input type="hidden" name="version" value="7">' in html


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("name", [*SCREEN_IDS, *ENDINGS])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_nothing_is_inline(templates: Templates, name: str, language: str) -> None:
    """Every page, in both languages, does without inline script or style."""
    html = page(templates, name, language=language, return_url="https://app.example/cb?code=1")
    assert f'<html lang="{language}">' in html
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
    assert re.findall(r"<script[^>]*>(.*?)</script>", html) == [""]


@pytest.mark.requirement("LINK-04", "LINK-05")
def test_errors_stand_at_their_fields_and_in_a_summary(templates: Templates) -> None:
    """What is wrong is said at the field and above, tied to it; what was typed stays."""
    errors = (FieldError("branch_code", "digits-3"), FieldError("account_kind", "required"))
    values = {"branch_code": "1２", "account_number": "123"}
    html = page(templates, "account", errors=errors, message="incomplete", values=values)
    assert "<title>エラー: ご利用口座情報入力 | サンプル信用組合</title>" in html
    assert '<a href="#branch_code">店番は数字3桁で入力してください。</a>' in html
    assert html.count("科目は必須項目です。選択してください。") == 2
    tied = 'aria-describedby="branch_code-hint branch_code-error" aria-invalid="true"'
    assert tied in html
    assert 'value="1２"' in html
    assert 'value="123"' in html


@pytest.mark.requirement("LINK-04")
@pytest.mark.parametrize("part", ["birth_date", "birth_year", "birth_month", "birth_day"])
def test_error_of_a_date_stands_at_its_group(templates: Templates, part: str) -> None:
    """An error of any part of the birth date is shown once, at the group, and has a place to go."""
    html = page(templates, "customer", errors=(FieldError(part, "date-wrong"),))
    assert html.count('class="field-error"') == 1
    assert f'href="#{part}"' in html
    assert f'id="{part}"' in html


@pytest.mark.requirement("LINK-11")
def test_birth_date_typed_is_chosen_again(templates: Templates) -> None:
    """Month and day come back as they were chosen."""
    values = {"birth_year": "1960", "birth_month": "4", "birth_day": "03"}
    html = page(templates, "customer", values=values)
    assert re.findall(r'<option value="(\d+)" selected>', html) == ["4", "3"]


@pytest.mark.requirement("LINK-10")
def test_only_branch_is_a_hint(templates: Templates) -> None:
    """Where there is one branch its number is told; otherwise only the form is."""
    assert "店番は 001 です" in page(templates, "account")
    several = {"client": NAMES, "only_branch": None}
    assert "店番は 001 です" not in page(templates, "account", view=several)


@pytest.mark.requirement("LINK-04", "LINK-27")
def test_pin_is_never_given_back(templates: Templates) -> None:
    """The PIN's field is masked and empty, even where a value is offered for it."""
    html = page(templates, "card-pin", values={"card_pin": "1234"}, message="link.message.wrong")
    assert "1234" not in html
    field = re.search(r'<input [^>]*name="card_pin"[^>]*>', html)
    assert field
    assert 'type="password"' in field.group()
    assert 'autocomplete="off"' in field.group()
    assert "認証データに誤りがあります。" in html


@pytest.mark.requirement("LINK-19", "LINK-20")
@pytest.mark.parametrize("name", ["phone", "call"])
def test_phone_is_masked_but_for_four_digits(templates: Templates, name: str) -> None:
    """The phone typed stands with its last four digits only."""
    html = page(templates, name)
    assert "*******3333" in html
    assert "90000033" not in html


@pytest.mark.requirement("LINK-20", "LINK-22")
def test_call_screen_says_how_to_call(templates: Templates) -> None:
    """The number is a link to call, free of charge; whoever withholds his number is told of 186."""
    html = page(templates, "call")
    assert 'href="tel:0120000123"' in html
    assert "通話料無料" in html
    assert "186" in html
    assert 'data-seconds-left="97"' in html


@pytest.mark.requirement("LINK-23")
def test_waiting_is_said_beside_the_button(templates: Templates) -> None:
    """Before the call, the note that it is awaited stands in the form and is no error."""
    html = page(templates, "call", message="link.message.call-waiting")
    form = html[html.index("<form") : html.index("</form>")]
    assert "お電話をお待ちしています。" in form
    assert "data-error-summary" not in html
    assert "<title>電話番号認証" in html


@pytest.mark.requirement("LINK-28")
def test_consent_says_who_what_and_how_long(templates: Templates) -> None:
    """The consent names third party, app, each scope in words, the end of the term, the account."""
    html = page(templates, "consent")
    for text in ("株式会社みほん家計簿", "みほん家計簿アプリ", "2026年12月20日(日)まで", "30日間"):
        assert text in html
    assert "口座情報（残高）へのアクセス" in html
    assert "貯蓄 ***0123" in html
    assert "0000123" not in html


@pytest.mark.requirement("LINK-29")
def test_box_left_empty_is_explained(templates: Templates) -> None:
    """Without the tick the consent says, at the box and above, that agreement is needed."""
    html = page(templates, "consent", errors=(FieldError("agree", "required"),))
    assert html.count("お進みいただくには、規約への同意が必要です。") == 2
    assert 'aria-describedby="agree-error" aria-invalid="true"' in html


@pytest.mark.requirement("UI-02")
def test_names_are_english_on_english_pages(templates: Templates) -> None:
    """The institution, the third party and the app carry their English names."""
    html = page(templates, "consent", language="en")
    for text in ("Sample Credit Cooperative", "Mihon Kakeibo, Inc.", "20 December 2026"):
        assert text in html
    assert '<a href="?lang=ja" lang="ja" hreflang="ja">日本語</a>' in html


@pytest.mark.requirement("LINK-15", "LINK-16")
def test_lock_tells_its_reason_code(templates: Templates) -> None:
    """Whoever comes back while locked reads B84; whoever is locked now reads why."""
    assert "<strong>B84</strong>" in page(templates, "locked", code="B84")
    now = page(templates, "locked")
    assert "認証データの誤りが続いたため" in now
    assert "理由コード" not in now


@pytest.mark.requirement("LINK-06")
def test_cancelling_leads_back(templates: Templates) -> None:
    """The page of the cancelled link has the way back to the app, its address escaped."""
    url = "https://app.example/cb?error=access_denied&state=x"
    html = page(templates, "cancelled", return_url=url)
    assert "<h1>API連携認証の中止</h1>" in html
    assert 'href="https://app.example/cb?error=access_denied&amp;state=x">連携元画面へ</a>' in html


@pytest.mark.requirement("LINK-33", "LINK-36")
def test_closed_says_when_it_opens(templates: Templates) -> None:
    """Outside the hours people read when the service opens again, in Japan time."""
    opens_at = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
    html = page(templates, "closed", opens_at=opens_at, staff_text="臨時の点検です。")
    assert "2026年11月22日(日) 7時00分" in html
    assert "臨時の点検です。" in html


@pytest.mark.requirement("LINK-35")
def test_failure_behind_shows_the_number_of_the_request_that_failed(templates: Templates) -> None:
    """The reference number is that of the request that failed, not of the page that tells it."""
    html = page(
        templates,
        "customer",
        message="link.message.core-link-failed",
        message_values={"reference": "FAILED-1"},
        reference="SHOWN-2",
        values={"email": "taro@example.jp"},
    )
    assert "FAILED-1" in html
    assert "SHOWN-2" not in html
    assert "taro@example.jp" in html
    other = page(templates, "customer", message="link.message.core-cannot-handle")
    assert "お取扱いができません" in other


@pytest.mark.requirement("SEC-01")
def test_what_was_typed_is_escaped(templates: Templates) -> None:
    """Typed markup comes back as text."""
    html = page(templates, "customer", values={"name_kana": '"><script>alert(1)</script>'})
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
