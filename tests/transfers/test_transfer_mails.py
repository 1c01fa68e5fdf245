"""The mails about transfers say what happened in both languages, and no account number in full."""

from typing import Any, get_args

import pytest
from msgspec.structs import replace

from madoguchi.notices import Notice, Notices, NoticeTemplates, sender_of
from madoguchi.transfers import Order, Payer, Transfer, TransferState, mails
from madoguchi.transfers.asking import REASONS
from tests.support.institution_settings import card_institution
from tests.transfers.transfer_world import SIGNS, World, at, limits, order, other_bank

TEMPLATES = get_args(mails.Template)
SENDER = sender_of(card_institution())


def sample(**changes: Any) -> Transfer:
    """Return a transfer to another bank."""
    payer = Payer(
        contract_id="c", holder_id="h", account_id="a", branch_code="001", kind="ordinary",
        number="7123498", name_kana="ﾐﾎﾝ ﾀﾛｳ", member=False,
    )  # fmt: skip
    made = at("2026-11-20 09:00")
    whole = Transfer(
        institution="9901", id="t", receipt_number="012345678901", state=TransferState.DONE,
        order=Order(payer=payer, payee=other_bank("7654321"), amount=30_000, payer_name="ﾐﾎﾝ ﾀﾛｳ"),  # type: ignore[arg-type]
        destination="other_bank", fee=440, fees_valid_from=made.date(), made_at=made,  # type: ignore[arg-type]
        executes_on=made.date(), runs_at=made, begins_until=made, reserved=False,
        why_later="", language="ja", reference="R", score=0, score_reasons=(),
    )  # fmt: skip
    return replace(whole, **changes)


def texts(template: str, transfer: Transfer) -> str:
    """Return all of a mail's texts as one."""
    parts = NoticeTemplates().render(template, transfer.language, SENDER, mails._values(transfer))
    return f"{parts.subject}\n{parts.text}\n{parts.html}"


@pytest.mark.requirement("RET-31")
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_mail(template: str, language: Any) -> None:
    """Receipt number, payee and amounts stand in every mail; account numbers are masked."""
    whole = texts(template, sample(language=language))
    for said in (
        "012345678901",
        "ミホン ジロウ",
        "見本銀行",
        "30,440",
        "440",
        "****321",
        "****498",
    ):
        assert said in whole, said
    for hidden in ("7654321", "7123498"):
        assert hidden not in whole
    assert "0120000000" in whole, "whom to call"


@pytest.mark.requirement("RET-31")
@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_reason_has_its_words(language: Any) -> None:
    """Every reason why a transfer fails is told in words of its own."""
    others = {"contract-stopped", "day-missed", "not-reviewed"}
    reasons = {*REASONS.values(), *others} - {"not-offered"}
    told = {
        texts("transfer-failed", sample(language=language, reason=reason)) for reason in reasons
    }
    unknown = texts("transfer-failed", sample(language=language, reason="refused-by-core"))
    assert len(told | {unknown}) == len(reasons) + 1
    assert not any(reason in each for reason in reasons for each in told)


@pytest.mark.requirement("RET-20")
@pytest.mark.parametrize("language", ["ja", "en"])
def test_why_it_is_later(language: Any) -> None:
    """A reservation that nobody asked for says why it is one."""
    whys: tuple[Any, ...] = ("", "current-account-cut-off", "interbank-closed")
    told = {texts("transfer-reserved", sample(language=language, why_later=why)) for why in whys}
    assert len(told) == 3


@pytest.mark.requirement("RET-31")
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("later", [(), ("2円", "3円", "4円")])
def test_the_mail_on_limits(language: str, later: tuple[str, ...]) -> None:
    """The limits in force stand there, and those to come where there are any."""
    values = {"now": ("1円", "1円", "1円"), "later": later, "later_from": "明日" if later else ""}
    said = NoticeTemplates().render("limits-changed", language, SENDER, values)
    assert ("3円" in said.text) == ("3円" in said.html) == ("明日" in said.text) == bool(later)


@pytest.mark.requirement("RET-31")
@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_mail_on_a_payee(
    world: World, language: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bank, name and the last digits stand in both of its texts, and whom to call."""
    sent: list[Notice] = []

    async def send(_self: Notices, _tx: object, notice: Notice) -> None:
        sent.append(notice)

    monkeypatch.setattr(Notices, "send", send)
    await world.in_tx(
        lambda tx: world.transfers.register_payee(
            tx, world.institution, "contract", other_bank("7654321"), "弟",
            signs=replace(SIGNS, language=language), now=world.clock.now(),
        )
    )  # fmt: skip
    (notice,) = sent
    said = NoticeTemplates().render(notice.template, language, SENDER, notice.values)
    for text in (said.text, said.html):
        for part in ("見本銀行", "丸の内", "ミホン ジロウ", "****321", "2026", "0120000000"):
            assert part in text, part
        assert "7654321" not in text


@pytest.mark.requirement("SEC-03")
async def test_the_address_is_sealed(world: World) -> None:
    """The customer's mail address does not stand in clear beside the transfer."""
    source, to = await world.account(1_000), await world.account(holder="hanako")
    await world.accepted(order(source, to, 1))
    row = await world.in_tx(lambda tx: tx.value("SELECT t::text FROM transfers_transfer AS t"))
    assert "example.jp" not in row
    assert SIGNS.email.encode().hex() not in row


@pytest.mark.requirement("RET-31")
async def test_a_customer_without_an_address(world: World) -> None:
    """Without a usable address the money moves all the same; staff see the mail as failed."""
    source, to = await world.account(1_000), await world.account(holder="hanako")
    accepted = await world.accepted(order(source, to, 1), signs=replace(SIGNS, email=""))
    assert (await world.execute(accepted)).state is TransferState.DONE
    state = await world.in_tx(lambda tx: tx.value("SELECT state FROM notices_outbox"))
    assert state == "failed"


def test_limits_in_words() -> None:
    """Amounts are written as the language writes them."""
    assert mails._limits(limits(1, 2_000, 3), "ja")[1] == "2,000円"
    assert mails._limits(limits(1, 2_000, 3), "en")[1] == "¥2,000"
