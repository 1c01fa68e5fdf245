"""Settings documents: defaults as specified, and an error for each way of being wrong."""

from typing import Any

import pytest

from madoguchi.institutions import Institution, Problem, Rejected, settings_from
from tests.institutions.documents import documents, sample_institution

A_RULE = {"services": ["api-link"], "rrule": "FREQ=DAILY", "start": "00:00", "length": "PT1M"}


def problems(**changes: Any) -> list[Problem]:
    """Return what is found wrong in the least documents with those changes."""
    read = settings_from(documents(**changes))
    assert isinstance(read, Rejected)
    return list(read.problems)


@pytest.mark.requirement("INST-02", "LINK-08", "LINK-15", "LINK-21", "LINK-28", "API-03", "AS-05")
def test_what_is_left_out_has_the_specified_default() -> None:
    """The least documents give the defaults that the specifications state."""
    settings = sample_institution()
    link = settings.api_link
    assert (link.modes, link.idle_minutes, link.failures_limit) == (("card",), 15, 5)
    assert (link.call_seconds, link.consent_days) == (120, 30)
    assert settings.account_api.history_days == 90
    assert settings.authorization.code_seconds == 60
    assert settings.authorization.request_uri_seconds < 600
    assert settings.languages == ("ja", "en")
    rules = settings.service_hours.rules
    assert sum("api-link" in rule.services for rule in rules) == 6
    assert sum("retail-transfers" in rule.services for rule in rules) == 7


@pytest.mark.requirement("INST-01")
@pytest.mark.parametrize(
    ("changes", "file", "key", "expected"),
    [
        ({"institution__slug": None}, "institution", "slug", "missing; expected lower-case"),
        ({"mail": None}, "mail", "", "the file is missing"),
        ({"institution__code": 9901}, "institution", "code", 'such as "9901", found 9901'),
        ({"institution__code": "123"}, "institution", "code", "a text of 4 digits"),
        ({"institution__slug": "Sample"}, "institution", "slug", "lower-case letters"),
        ({"institution__slug": "static"}, "institution", "slug", "a path of the product itself"),
        ({"institution__kind": "bank"}, "institution", "kind", 'one of "信用組合", "信用金庫"'),
        ({"institution__name": " x"}, "institution", "name", "one line of text, not empty"),
        ({"institution__name_kana": "見本"}, "institution", "name_kana", 'found "見本"'),
        ({"institution__branches": []}, "institution", "branches", "a list of at least 1"),
        (
            {"institution__branches__0__code": "1"},
            *("institution", "branches[0].code", "a text of 3 digits"),
        ),
        (
            {"institution__branches__0__kana": "本"},
            *("institution", "branches[0].kana", 'found "本"'),
        ),
        (
            {"institution__hosts": ["API.example.jp"]},
            *("institution", "hosts[0]", "a host name in lower case"),
        ),
        (
            {"institution__contact__phone": "0120000101"},
            *("institution", "contact.phone", "phone number with hyphens"),
        ),
        (
            {"institution__contact__phone": "0120-00-101"},
            *("institution", "contact.phone", "10 or 11 digits"),
        ),
        (
            {"institution__contact__hours__en": None},
            *("institution", "contact.hours.en", "missing; expected one line"),
        ),
        (
            {"institution__links__faq": "http://example.jp/"},
            *("institution", "links.faq", 'begins with "https://"'),
        ),
        (
            {"institution__languages": ["ja", "fr"]},
            *("institution", "languages[1]", 'one of "ja", "en", found \'fr\''),
        ),
        (
            {"institution__languages": ["ja", "ja"]},
            *("institution", "languages", '"ja" stands there 2 times'),
        ),
        (
            {"institution__colours": {"main": "#ffcc00"}},
            *("institution", "colours.main", "at least 4.5:1 with white text; #ffcc00 has 1."),
        ),
        (
            {"institution__colours": {"dark": "#001133"}},
            *("institution", "colours.dark", "with black text"),
        ),
        (
            {"institution__colours": {"main": "blue"}},
            *("institution", "colours.main", "six lower-case hexadecimal digits"),
        ),
        ({"mail__from_address": "nobody"}, "mail", "from_address", "a mail address"),
        ({"institution__contact__hours": "x"}, "institution", "contact.hours", "a table with ja"),
        (
            {"api_link__idle_minute": 5},
            *("api_link", "idle_minute", 'unknown key; did you mean "idle_minutes"?'),
        ),
        ({"api_link__xyz": 5}, "api_link", "xyz", "unknown key; expected one of modes"),
        (
            {"api_link__idle_minutes": "15"},
            *("api_link", "idle_minutes", "a whole number from 1 to 60, found '15'"),
        ),
        ({"api_link__failures_limit": 0}, "api_link", "failures_limit", "from 1 to 20, found 0"),
        ({"api_link__failures_limit": True}, "api_link", "failures_limit", "a whole number"),
        ({"api_link__modes": []}, "api_link", "modes", "a list of at least 1"),
        ({"api_link__modes": ["cards"]}, "api_link", "modes[0]", 'one of "card", "login"'),
        (
            {"api_link__verification_numbers": []},
            *("api_link", "verification_numbers", "card mode needs it"),
        ),
        (
            {"api_link__verification_numbers": ["0120-000-201", "0120-000-201"]},
            *("api_link", "verification_numbers", "stands there 2 times"),
        ),
        (
            {"api_link__verification_numbers": ["0120-00-201"]},
            *("api_link", "verification_numbers[0]", "10 or 11 digits"),
        ),
        (
            {"api_link__attempts_per_address": {"limit": 5}},
            *("api_link", "attempts_per_address.per_seconds", "missing; expected a whole number"),
        ),
        (
            {"authorization__request_uri_seconds": 600},
            *("authorization", "request_uri_seconds", "from 5 to 599, found 600"),
        ),
        ({"authorization__code_seconds": 61}, "authorization", "code_seconds", "from 10 to 60"),
        (
            {"account_api__page_size": 200, "account_api__page_size_limit": 100},
            *("account_api", "page_size", "at most page_size_limit (100)"),
        ),
        (
            {"service_hours__rules": [{**A_RULE, "services": ["atm"]}]},
            *("service_hours", "rules[0].services[0]", 'one of "api-link", "account-api"'),
        ),
        (
            {"service_hours__rules": [A_RULE, {**A_RULE, "rrule": "every day"}]},
            *("service_hours", "rules[1].rrule", "an RFC 5545 recurrence over days"),
        ),
        (
            {"service_hours__rules": [{**A_RULE, "rrule": "FREQ=MONTHLY;BYMONTHDAY=40"}]},
            *("service_hours", "rules[0].rrule", "names no day"),
        ),
        (
            {"service_hours__rules": [{**A_RULE, "start": "24:00"}]},
            *("service_hours", "rules[0].start", "a time of day"),
        ),
        (
            {"service_hours__rules": [{**A_RULE, "length": "5 minutes"}]},
            *("service_hours", "rules[0].length", "a duration after RFC 5545"),
        ),
        (
            {"service_hours__rules": [{**A_RULE, "length": "PT0S"}]},
            *("service_hours", "rules[0].length", "more than nothing and at most 7 days"),
        ),
        (
            {"service_hours__rules": [{**A_RULE, "length": "P8D"}]},
            *("service_hours", "rules[0].length", "more than nothing and at most 7 days"),
        ),
        (
            {"service_hours__rules": [{**A_RULE, "days": ["weekday"]}]},
            *("service_hours", "rules[0].days[0]", 'one of "business_day"'),
        ),
    ],
)
def test_an_error_names_file_key_and_what_was_expected(
    changes: dict[str, Any], file: str, key: str, expected: str
) -> None:
    """Each way of being wrong gives exactly one problem, at its place, in words."""
    (problem,) = problems(**changes)
    assert (problem.file, problem.key) == (f"{file}.toml", key)
    assert expected in problem.expected
    assert str(problem).startswith(f"{file}.toml: ")


@pytest.mark.requirement("INST-01")
def test_a_branch_code_twice_is_refused() -> None:
    """Two branches with one code are told, with the code."""
    branch = {"code": "001", "name": "支店", "kana": "シテン"}
    (problem,) = problems(institution__branches=[branch, branch])
    assert problem.key == "branches[].code"
    assert '"001" stands there 2 times' in problem.expected


@pytest.mark.requirement("INST-01")
def test_all_problems_are_told_at_once() -> None:
    """Whoever writes settings sees every problem of form in one go."""
    found = problems(institution__code="x", institution__slug="X", mail__from_address=None)
    assert [problem.key for problem in found] == ["code", "slug", "from_address"]


@pytest.mark.requirement("LINK-10")
def test_one_branch_can_be_told_from_several() -> None:
    """An institution with one branch has exactly one to show as a hint, found by its code too."""
    settings = sample_institution()
    assert [branch.code for branch in settings.branches] == ["001"]
    assert settings.branch("001") == settings.branches[0]
    assert settings.branch("002") is None


@pytest.mark.requirement("LINK-03")
def test_a_phone_becomes_a_link() -> None:
    """The contact's phone is a `tel:` address of digits alone."""
    assert sample_institution().contact.tel == "tel:0120000101"


def test_settings_can_be_kept_as_a_key() -> None:
    """An institution is immutable all through, so that what is derived of it can be cached."""
    assert hash(sample_institution()) == hash(sample_institution())
    assert isinstance(sample_institution(), Institution)
