"""What the mail of a link that is complete says, to whoever linked by card or by login."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from madoguchi.api_link import mails
from madoguchi.notices import Notice, NoticeTemplates
from madoguchi.plumbing.templates import Assets, Templates
from tests.support.institution_settings import card_institution

TEXTS = Templates(["madoguchi.api_link"], assets=Assets(), strict=True).text


class Kept:
    """Keeps what would be mailed."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    async def send(self, _tx: object, notice: Notice) -> None:
        """Keep it."""
        self.notices.append(notice)


def account(kind: str, number: str) -> SimpleNamespace:
    """Return an account as a consent has it."""
    return SimpleNamespace(branch_code="001", account_kind=kind, account_number=number)


async def told(mode: str, language: str) -> str:
    """Return the mail's text."""
    kept = Kept()
    names = SimpleNamespace(ja="見本", en="Sample")
    client: Any = SimpleNamespace(app=names, third_party=names)
    consent: Any = SimpleNamespace(
        id="consent-1",
        mode=mode,
        scopes=("openid", "balances"),
        accounts=(account("ordinary", "1234567"), account("savings", "7654321")),
        expires_at=datetime(2026, 12, 20, 15, tzinfo=UTC),
    )
    services: Any = SimpleNamespace(
        ports=SimpleNamespace(notices=kept, texts=TEXTS), institution=card_institution(), tx=None
    )
    await mails.tell_of_consent(services, "taro@example.jp", language, client, consent)
    [notice] = kept.notices
    mail = NoticeTemplates().render(
        notice.template, notice.language, notice.sender, dict(notice.values)
    )
    return mail.text + mail.html


@pytest.mark.requirement("LINK-30", "LINK-32")
@pytest.mark.parametrize("mode", ["card", "login"])
async def test_the_mail_names_the_accounts_by_their_ends(mode: str) -> None:
    """Kind and last digits of each account stand in it, the whole numbers nowhere."""
    text = await told(mode, "ja")
    assert text.count("普通 ****567") == text.count("貯蓄 ****321") == 2
    assert "1234567" not in text
    english = await told(mode, "en")
    assert english.count("Ordinary ****567") == english.count("Savings ****321") == 2


@pytest.mark.requirement("LINK-32")
async def test_who_has_internet_banking_is_told_to_end_it_there() -> None:
    """Linked by login: there. Linked by card: by phone, for there may be no internet banking."""
    assert (await told("login", "ja")).count("「API連携の照会・解除」") == 2
    assert "Apps that read your accounts" in await told("login", "en")
    by_card = await told("card", "ja")
    assert "API連携の照会・解除" not in by_card
    assert by_card.count("連携をやめたいときも、下記の連絡先までお電話ください") == 2
