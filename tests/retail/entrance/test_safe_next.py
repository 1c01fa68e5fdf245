"""Where a login leads to afterwards: nowhere but into this institution's internet banking."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.retail.entrance.rules import safe_next

BANK = "/sample-shinkumi/bank/"


@pytest.mark.requirement("RET-09", "SEC-01")
@pytest.mark.parametrize(
    "asked",
    [
        "balances",
        "statements?account=abc&from=2026-11-01",
        "transfer/GqYl-x_1/confirm",
        "first-login/abc/data",
        "transfers/20261121-000001",
        "statements?words=%E6%97%A5%E6%9C%AC+%26&in=",
        "language?slang=en",
    ],
)
def test_pages_of_internet_banking_are_gone_back_to(asked: str) -> None:
    """A page or a screen that somebody was sent to the login from is where he goes on."""
    assert safe_next(BANK + asked, BANK) == BANK + asked


@pytest.mark.requirement("RET-09", "SEC-01")
@pytest.mark.parametrize(
    "asked",
    [
        "",
        "https://evil.example/sample-shinkumi/bank/top",
        "//evil.example/sample-shinkumi/bank/top",
        "/\\evil.example",
        "javascript:alert(1)",
        "/mihon-shinkin/bank/top",
        "/sample-shinkumi/banker",
        "/sample-shinkumi/bank",
        "/sample-shinkumi/link/abc/account",
        f"{BANK}../link/abc",
        f"{BANK}top/../../../evil",
        f"{BANK}./top",
        f"{BANK}..",
        f"{BANK}%2e%2e/evil",
        f"{BANK}top%2f..%2f",
        f"{BANK}/evil.example",
        f"{BANK}\\evil.example",
        f"{BANK}top#fragment",
        f"{BANK}top\r\nset-cookie: a=b",
        f"{BANK}top\n",
        f" {BANK}top",
        f"{BANK}top?next=//evil.example",
        f"{BANK}@evil.example",
        f"{BANK}" + "a" * 500,
        f"{BANK}login",
        f"{BANK}login?next={BANK}top",
        f"{BANK}top?lang=en",
        f"{BANK}statements?account=abc&lang=ja",
        f"{BANK}statements?%6cang=ja",
        f"{BANK}statements?lang",
        f"{BANK}statements?account=a\tb",
        f"{BANK}statements?account=\\evil",
        f"{BANK}statements?account=a\x00b",
        f"{BANK}logout",
        f"{BANK}session",
        f"{BANK}registration",
        f"{BANK}registration/abc/done",
    ],
)
def test_nothing_else_is(asked: str) -> None:
    """No other host, institution or door, nothing encoded, no way in again: the top page then."""
    assert safe_next(asked, BANK) == ""


@pytest.mark.requirement("SEC-01")
@settings(max_examples=50)
@given(st.text(alphabet="/\\.%?#@:;a2eE\t\n ", max_size=20))
def test_no_text_leads_out(rest: str) -> None:
    """Whatever stands behind the prefix: what is let through has no dots to climb by."""
    found = safe_next(BANK + rest, BANK)
    assert found in ("", BANK + rest)
    assert not {"..", "."} & set(found.partition("?")[0].split("/"))
    assert not set(found) & set("\\#@:;\t\n ")
