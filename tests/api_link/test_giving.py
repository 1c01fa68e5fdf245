"""What 許可する records, sends and refuses (LINK-28 to LINK-32)."""

import asyncio
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from madoguchi import clients, consents
from madoguchi.api_link.outcomes import RequestSpent
from madoguchi.consents import Consent, ConsentStatus
from madoguchi.kernel.clock import JAPAN
from madoguchi.kernel.journey import Proceed
from tests.support.link_visitor import Visitor
from tests.support.link_world import LinkWorld


async def linked(world: LinkWorld, client_id: str = "sample-app") -> Visitor:
    """Go the whole way."""
    return await (await Visitor.come(world, client_id=client_id)).to("linked")


async def consents_given(world: LinkWorld, client_id: str = "sample-app") -> list[Consent]:
    """Return all consents of an app, the oldest first."""
    async with world.database.transaction() as tx:
        found = await consents.list_for_client(tx, "9901", client_id, world.clock.now())
    return sorted(found, key=lambda consent: consent.requested_at)


@pytest.mark.requirement("LINK-30")
async def test_the_consent_says_who_what_and_until_when(world: LinkWorld) -> None:
    """Holder, account, scopes, from, until, and the versions of terms and screens stand in it."""
    world.configure(screen_text_version="2026-10")
    visitor = await linked(world)
    [consent] = await consents_given(world)
    assert consent.status is ConsentStatus.AUTHORISED
    assert (consent.holder_id, consent.client_id, consent.mode) == (
        "holder-1",
        "sample-app",
        "card",
    )
    assert consent.scopes == ("openid", "accounts", "balances")
    [account] = consent.accounts
    assert (account.account_id, account.branch_code) == (visitor.visit.account_id, "001")
    assert (account.account_kind, account.account_number) == ("ordinary", "1234567")
    assert consent.authorised_at == world.clock.now()
    assert consent.terms_version == world.institution.terms_version == "2026-04"
    assert consent.screen_version == "2026-10"


@pytest.mark.requirement("LINK-28", "LINK-36")
async def test_the_term_is_thirty_days_of_japan(world: LinkWorld) -> None:
    """The screen and the consent name the same end: midnight in Japan after the 30th day."""
    visitor = await (await Visitor.come(world)).to("consent")
    shown = visitor.view["until"]
    assert visitor.view["days"] == 30
    await visitor.to("linked")
    [consent] = await consents_given(world)
    assert consent.expires_at == shown
    assert shown.astimezone(JAPAN) >= datetime(2026, 12, 20, 9, 0, tzinfo=JAPAN)


@pytest.mark.requirement("LINK-28")
async def test_a_clients_own_shorter_term_wins(world: LinkWorld) -> None:
    """An app with seven days gets seven, also where the institution allows more; never more."""
    visitor = await (await Visitor.come(world, client_id="short-app")).to("consent")
    assert visitor.view["days"] == 7
    world.configure(consent_days=3)
    await visitor.look()
    assert visitor.view["days"] == 3


@pytest.mark.requirement("LINK-28")
async def test_the_screen_tells_who_asks_and_for_what(world: LinkWorld) -> None:
    """The registered names, the account, and the scopes that say something to people."""
    visitor = await (await Visitor.come(world)).to("consent")
    client = visitor.view["client"]
    assert (client.app.ja, client.third_party.ja) == ("サンプル家計簿", "サンプル電子決済")
    assert "accounts" in visitor.view["scopes"]
    assert "balances" in visitor.view["scopes"]
    assert visitor.view["form_targets"] == ["https://app.example.jp"]


@pytest.mark.requirement("LINK-30")
async def test_code_consent_and_mail_come_together_and_once(world: LinkWorld) -> None:
    """A second 許可する, one after the other, gives nothing more."""
    visitor = await (await Visitor.come(world)).to("consent")
    second = Visitor(world, visitor.person, visitor.visit, visitor.name, place="consent")
    assert isinstance(await visitor.do(agree="1"), Proceed)
    assert isinstance(await second.do(agree="1"), RequestSpent)
    assert "code" in parse_qs(urlsplit(visitor.visit.return_url).query)
    assert second.visit.return_url == ""
    for table in ("notices_outbox", "authorization_server_code", "consents_account"):
        assert await world.rows(f"SELECT count(*) AS n FROM {table}") == [{"n": 1}]


@pytest.mark.requirement("LINK-07", "LINK-30")
async def test_of_many_at_once_one_gives(world: LinkWorld) -> None:
    """Four at the same moment: one code, one consent, one mail."""
    visitor = await (await Visitor.come(world)).to("consent")
    others = [
        Visitor(world, visitor.person, visitor.visit, visitor.name, place="consent")
        for _ in range(4)
    ]
    outcomes = await asyncio.gather(*(other.do(agree="1") for other in others))
    assert sorted(type(each).__name__ for each in outcomes) == ["Proceed"] + ["RequestSpent"] * 3
    for table in ("notices_outbox", "authorization_server_code", "consents_account"):
        assert await world.rows(f"SELECT count(*) AS n FROM {table}") == [{"n": 1}]


@pytest.mark.requirement("LINK-31")
async def test_linking_again_supersedes_and_keeps_the_accounts_id(world: LinkWorld) -> None:
    """The app that links again knows the account by the same id; the older consent is over."""
    await linked(world)
    world.clock.advance(60)
    await linked(world)
    old, new = await consents_given(world)
    assert (old.status, new.status) == (ConsentStatus.SUPERSEDED, ConsentStatus.AUTHORISED)
    assert old.accounts[0].public_id == new.accounts[0].public_id


@pytest.mark.requirement("LINK-30")
async def test_two_apps_cannot_compare(world: LinkWorld) -> None:
    """Two apps know the same account by different ids; neither consent ends the other."""
    await linked(world)
    await linked(world, "other-app")
    [one] = await consents_given(world)
    [two] = await consents_given(world, "other-app")
    assert one.status is two.status is ConsentStatus.AUTHORISED
    assert one.accounts[0].public_id != two.accounts[0].public_id
    assert one.accounts[0].account_id == two.accounts[0].account_id


@pytest.mark.requirement("LINK-30")
async def test_an_app_stopped_on_the_way_gets_nothing(world: LinkWorld) -> None:
    """Where the app's contract is suspended while the person reads, 許可する gives nothing."""
    visitor = await (await Visitor.come(world)).to("consent")
    async with world.database.transaction() as tx:
        await clients.suspend(
            tx, world.runtime.log, "9901", "sample-app", actor="staff-1", reason="test",
            now=world.clock.now(),
        )  # fmt: skip
    assert isinstance(await visitor.do(agree="1"), RequestSpent)
    assert await world.rows("SELECT 1 AS one FROM authorization_server_code") == []
    assert await world.rows("SELECT 1 AS one FROM notices_outbox") == []
