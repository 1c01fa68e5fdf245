"""The mails of getting started, as they are read (LOCK-03, RET-06, MAIL-01)."""

import pytest

from madoguchi.notices import NoticeTemplates, Sender

SENDER = Sender(
    institution="9901",
    name="サンプル信用組合",
    name_en="Sample Credit Cooperative",
    from_address="info@sample.example.jp",
    contact_phone="0120-000-101",
    contact_hours="平日 9:00-17:00",
    contact_hours_en="weekdays 9:00-17:00",
)
AT = "2026年11月20日(金) 9時00分"


@pytest.mark.requirement("LOCK-03", "RET-06", "MAIL-01")
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("registration-locked", {"at": AT, "until": "2026年11月21日(土) 0時00分"}),
        ("registration-locked", {"at": AT, "until": ""}),
        ("first-login-completed", {"at": AT}),
    ],
)
def test_mails_say_what_happened_and_whom_to_call(
    template: str, values: dict[str, str], language: str
) -> None:
    """Text and HTML both tell the time, the number to call, and what is asked by nobody."""
    mail = NoticeTemplates().render(template, language, SENDER, values)
    assert ("サンプル信用組合" if language == "ja" else "Sample Credit Cooperative") in mail.subject
    for part in (mail.text, mail.html):
        assert all(value in part for value in (*values.values(), "0120-000-101"))
        assert ("おたずねすることは" if language == "ja" else "We never ask") in part
