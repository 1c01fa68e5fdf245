"""API連携の照会・解除 over HTTP: what is shown, whose it is, and what is dead after 解除する."""

import asyncio
from datetime import timedelta

import pytest

from madoguchi import consents
from madoguchi.consents import Agreement, Consent, ConsentedAccount, EndedBy
from madoguchi.customers import ContractAccount
from madoguchi.retail.consents.journey import REVOCATION
from tests.support.bank_walk import events, last_step, mails, visit_of
from tests.support.html_browser import HtmlBrowser
from tests.support.oauth_client import AppClient
from tests.support.retail_world import ANSWERS, Customer, RetailWorld
from tests.support.transfer_walk import Walk

TERM = timedelta(days=90)


def consented(account: ContractAccount) -> ConsentedAccount:
    return ConsentedAccount(
        account_id=account.account_id, public_id=f"public-{account.number}",
        branch_code=account.branch_code, account_kind=account.kind,
        account_number=account.number,
    )  # fmt: skip


async def give(
    bank: RetailWorld, customer: Customer, *, mode: str = "card", client: str = "sample-app",
    account: int = 0,
) -> Consent:  # fmt: skip
    """Have the customer consent to an app reading one of his accounts, as the API link would."""
    contract, now = customer.contract, bank.clock.now()
    async with bank.database.transaction() as tx:
        asked = await consents.ask(
            tx, bank.code, client, ("openid", "accounts", "balances"),
            entropy=bank.runtime.entropy, now=now,
        )  # fmt: skip
        agreed = Agreement(
            holder_id=contract.holder_id, scopes=asked.scopes,
            accounts=(consented(contract.accounts[account]),), expires_at=now + TERM,
            terms_version="1", screen_version="1", mode=mode,
        )  # fmt: skip
        given = await consents.authorise(tx, bank.runtime.log, bank.code, asked.id, agreed, now=now)
    assert isinstance(given, Consent)
    return given


async def status_of(bank: RetailWorld, consent: Consent) -> tuple[str, str]:
    """Return a consent's state, and who ended it."""
    async with bank.database.transaction() as tx:
        found = await consents.find(tx, consent.institution, consent.id, bank.clock.now())
    assert found is not None
    return found.status.value, found.ended_by


@pytest.fixture
async def walk(bank: RetailWorld) -> Walk:
    """A customer with two accounts, signed in; an app is registered."""
    await bank.app()
    return await Walk.come(bank, "6789012")


async def to_revoke(walk: Walk, consent: Consent) -> None:
    """Go from the list to the screen that revokes."""
    await walk.open("consents")
    await walk.browser.open(walk.browser.link("内容を見る"))
    assert walk.browser.path.endswith(consent.id)
    await walk.browser.open(walk.browser.link("連携を解除する"))
    assert walk.screen == "revoke", walk.text


@pytest.mark.requirement("RET-30", "LINK-32")
@pytest.mark.parametrize("mode", ["card", "login"])
async def test_a_consent_is_shown_with_all_that_was_agreed(mode: str, walk: Walk) -> None:
    """In either mode: to whom, what in words, which accounts by their end, until when, last use."""
    consent = await give(walk.bank, walk.customer, mode=mode)
    await walk.open("consents")
    assert "連携中" in walk.text
    assert "まだ参照されていません" in walk.text
    walk.bank.clock.advance(60)
    async with walk.bank.database.transaction() as tx:
        await consents.touch(tx, consent, walk.bank.clock.now())
    await walk.open(f"consents/{consent.id}")
    number = walk.customer.contract.accounts[0].number
    assert number[-4:] in walk.text
    assert number not in walk.text
    for text in ("残高の参照", "口座情報（店名", "2026年11月20日(金) 9時01分", "2027年2月18日"):
        assert text in walk.text, walk.text
    assert "openid" not in walk.text


@pytest.mark.requirement("RET-30")
async def test_what_has_ended_is_shown_for_ninety_days(walk: Walk) -> None:
    """By its term, by the app or by a newer link: with the reason, and nothing to revoke."""
    bank = walk.bank
    expiring = await give(bank, walk.customer)
    bank.clock.advance(3600)
    by_app = await give(bank, walk.customer, account=1)
    async with bank.database.transaction() as tx:
        await consents.revoke(
            tx, bank.runtime.log, bank.code, by_app.id, by=EndedBy.APP, actor="sample-app",
            now=bank.clock.now(),
        )  # fmt: skip
    bank.clock.advance(TERM.total_seconds())
    walk.browser = await bank.sign_in(walk.customer, walk.browser)
    await walk.open("consents")
    assert "連携中のアプリはありません" in walk.text
    assert "アプリからの解除" in walk.text
    assert "期限が過ぎて終了" in walk.text
    await walk.open(f"consent-revocation?consent={expiring.id}")
    assert walk.browser.path.endswith(f"consents/{expiring.id}")
    assert "連携を解除する" not in walk.text
    bank.clock.advance(TERM.total_seconds() + 1)
    walk.browser = await bank.sign_in(walk.customer, walk.browser)
    await walk.open("consents")
    assert "90日以内に終了した連携はありません" in walk.text


@pytest.mark.requirement("RET-30", "RET-31", "LINK-32")
async def test_revoking_ends_the_consent_and_tells(walk: Walk) -> None:
    """With the confirmation password it is revoked by the customer, logged and mailed, once."""
    consent = await give(walk.bank, walk.customer)
    await to_revoke(walk, consent)
    await walk.confirm()
    assert walk.screen == "revoked", walk.text
    assert await status_of(walk.bank, consent) == ("revoked", "customer")
    assert [each["subject"] for each in await events(walk.bank, "consent:revoked")] == [consent.id]
    assert await mails(walk.bank) == ["consent-revoked"]
    await walk.open("consents")
    assert "お客様が解除" in walk.text


@pytest.mark.requirement("RET-30", "LOCK-01")
async def test_no_consent_is_revoked_without_the_password(walk: Walk) -> None:
    """A wrong password stays on the screen, too many lock, and the consent stands."""
    consent = await give(walk.bank, walk.customer)
    await to_revoke(walk, consent)
    await walk.confirm(confirmation_password="")
    assert walk.screen == "revoke"
    for _ in range(walk.bank.institution.retail.confirmation_failures_limit):
        assert walk.screen == "revoke"
        await walk.confirm(confirmation_password="Wrong1234")
    assert walk.screen == "locked"
    assert await status_of(walk.bank, consent) == ("authorised", "")


@pytest.mark.requirement("RET-30")
async def test_what_ended_meanwhile_is_told(walk: Walk) -> None:
    """Revoked by the app between screen and button: the customer reads that nothing is left."""
    consent = await give(walk.bank, walk.customer)
    await to_revoke(walk, consent)
    async with walk.bank.database.transaction() as tx:
        await consents.revoke(
            tx, walk.bank.runtime.log, walk.bank.code, consent.id, by=EndedBy.APP,
            actor="sample-app", now=walk.bank.clock.now(),
        )  # fmt: skip
    await walk.confirm()
    assert walk.screen == "ended-already"
    assert await last_step(walk.bank, visit_of(walk.browser)) == (
        "revoke", "EndedAlready", "ended-already",
    )  # fmt: skip
    assert await mails(walk.bank) == []


@pytest.mark.requirement("RET-30", "RET-13")
async def test_two_windows_at_once_revoke_once(walk: Walk) -> None:
    """One visit revokes and mails, the other says that it has ended."""
    consent = await give(walk.bank, walk.customer)
    await to_revoke(walk, consent)
    other = walk.in_another_tab()
    await to_revoke(other, consent)
    password = walk.customer.confirmation_password
    tabs = [
        (each.browser, each.browser.filled_in("go", confirmation_password=password))
        for each in (walk, other)
    ]
    answers = await asyncio.gather(*(tab.submit(fields) for tab, fields in tabs))
    ends = sorted(each.headers["location"].rsplit("/", 1)[1] for each in answers)
    assert ends == ["ended-already", "revoked"]
    assert await mails(walk.bank) == ["consent-revoked"]


@pytest.mark.requirement("INST-04", "RET-30")
async def test_nobody_elses_consent_is_there(walk: Walk) -> None:
    """Another customer's, another institution's, nobody's: not found, not listed, not revoked."""
    bank = walk.bank
    neighbour = await bank.customer("1234567")
    theirs = await give(bank, neighbour)
    bank.code = "9902"
    await bank.app()
    elsewhere = await give(bank, await bank.customer("6789012"))
    bank.code = "9901"
    for consent_id in (theirs.id, elsewhere.id, "nobody", "%2e%2e", "a/../b", "'"):
        for path in (f"consents/{consent_id}", f"consent-revocation?consent={consent_id}"):
            await walk.open(path)
            assert walk.browser.page is not None
            assert walk.browser.page.status_code == 404, path
    await walk.open("consents")
    assert "連携中のアプリはありません" in walk.text
    assert (await status_of(bank, theirs))[0] == "authorised"
    assert (await status_of(bank, elsewhere))[0] == "authorised"


@pytest.mark.requirement("RET-30", "SEC-01")
async def test_a_revocation_takes_its_own_form_only(walk: Walk) -> None:
    """Without the visit's token, and by somebody else's session, nothing is revoked."""
    consent = await give(walk.bank, walk.customer)
    await to_revoke(walk, consent)
    password = walk.customer.confirmation_password
    fields = walk.browser.filled_in("go", confirmation_password=password)
    forged = await walk.browser.submit({**fields, "csrf": "x"})
    assert forged.status_code == 403
    thief = await walk.bank.sign_in(await walk.bank.customer("1234567"))
    refused = await thief.submit(fields, walk.browser.form.action)
    assert refused.status_code == 404
    assert (await status_of(walk.bank, consent))[0] == "authorised"


def test_every_outcome_is_walked() -> None:
    """The outcomes of the one screen are those that the tests above bring about."""
    [screen] = REVOCATION.screens
    assert {each.__name__ for each in screen.outcomes} == {
        "Proceed", "Again", "Locked", "EndedAlready",
    }  # fmt: skip


async def linked(
    bank: RetailWorld, browser: HtmlBrowser, customer: Customer, app: AppClient
) -> dict[str, str]:
    """Link the app in login mode; return what it was given."""
    await browser.open(await app.pushed_url())
    await browser.send("go", login_id=customer.login_id, login_password=customer.login_password)
    if browser.screen == "question":
        asked = bank.institution.retail.questions
        key = next(each.key for each in asked if each.text.read_in("ja") in browser.text)
        await browser.send("go", answer=ANSWERS[key])
    form = browser.form
    ids = [
        part.split('"')[0]
        for part in browser.html.split('name="accounts[]" type="checkbox" value="')[1:]
    ]
    fields = [(name, value) for name, value in form.fields.items() if name != "accounts[]"]
    await browser.follow_pairs([*fields, ("accounts[]", ids[0]), ("agree", "1"), ("go", "1")])
    redeemed = await app.redeem(app.returned(browser.left_for)["code"])
    given: dict[str, str] = redeemed.json()
    return given


@pytest.mark.requirement("LINK-32", "RET-30")
async def test_an_apps_tokens_are_dead_after_the_revocation(bank: RetailWorld) -> None:
    """Access and refresh token work until 解除する is pressed, and neither does from then on."""
    bank.code, bank.slug = "9902", "mihon-shinkin"
    customer, app = await bank.customer("6789012"), await bank.app()
    walk = Walk(bank, customer, await bank.sign_in(customer))
    tokens = await linked(bank, walk.browser.copy(), customer, app)
    url = f"{app.issuer}/api/v1/accounts"
    assert (await app.resource("GET", url, tokens["access_token"])).status_code == 200
    await walk.open("consents")
    await walk.browser.open(walk.browser.link("内容を見る"))
    await walk.browser.open(walk.browser.link("連携を解除する"))
    await walk.confirm()
    assert walk.screen == "revoked", walk.text
    assert (await app.resource("GET", url, tokens["access_token"])).status_code == 401
    refreshed = await app.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 400
    assert refreshed.json()["error"] == "invalid_grant"
