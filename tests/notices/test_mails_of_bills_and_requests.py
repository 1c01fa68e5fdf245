"""The mails on bills, direct debits and changes of address can be made, in both languages."""

import pytest

from madoguchi.notices import NoticeTemplates, Sender

SENDER = Sender(
    institution="9901",
    name="サンプル信用組合",
    name_en="Sample Credit Cooperative",
    from_address="info@sample.example.jp",
    contact_phone="0120-000-000",
)
BILL = {
    "payer": "普通 ****567",
    "biller": "見本市 税務課",
    "what": "市民税・県民税",
    "amount": "12,345円",
    "receipt": "261120-0123456789",
    "at": "2026年11月20日(金) 9時00分",
}
REQUEST = {"at": "2026年11月20日(金) 9時00分", "reason": "本人確認書類をお持ちください"}
UTILITY = {
    "company": "みほん電力",
    "account": "普通 ***4567",
    "at": "2026年11月20日(金) 9時00分",
    "minutes": "10",
    "why": "ご契約者名が異なりました。",
}
MAILS = {
    "bill-paid": (BILL, ("payer", "biller", "what", "amount", "receipt", "at")),
    "bill-failed": (
        BILL | {"why": "残高が足りませんでした。"},
        ("payer", "biller", "amount", "why"),
    ),
    "address-requested": (REQUEST, ("at",)),
    "address-accepted": (REQUEST, ("at",)),
    "address-refused": (REQUEST, ("at", "reason")),
    "utility-applied": (UTILITY, ("company", "account", "at", "minutes")),
    "utility-confirmed": (UTILITY, ("company", "account")),
    "utility-refused": (UTILITY, ("company", "why")),
}


@pytest.mark.requirement("RET-31", "MAIL-01")
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("template", list(MAILS))
def test_a_mail_says_what_it_is_about(template: str, language: str) -> None:
    """Every value stands in the text and in the HTML, and the subject names the institution."""
    values, told = MAILS[template]
    mail = NoticeTemplates().render(template, language, SENDER, values)
    name = SENDER.name if language == "ja" else SENDER.name_en
    assert name in mail.subject
    assert "\n" not in mail.subject.strip()
    for each in told:
        assert values[each] in mail.text
        assert values[each] in mail.html
    assert SENDER.contact_phone in mail.text


@pytest.mark.requirement("RET-31")
def test_a_refusal_without_a_reason_has_no_empty_line_for_it() -> None:
    """Where the bank's own system refused, the mail gives no reason at all."""
    mail = NoticeTemplates().render("address-refused", "ja", SENDER, {**REQUEST, "reason": ""})
    assert "■ 理由" not in mail.text
    assert "<dt>理由</dt>" not in mail.html
