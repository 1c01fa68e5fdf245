"""What an app is told when it may not, or cannot, read (API-06): each by a type of its own."""

from datetime import timedelta
from typing import Any

import pytest

from madoguchi import clients, consents, service_hours
from madoguchi.consents import EndedBy
from madoguchi.core_bank import CoreFailure
from madoguchi.institutions import RateLimit, Text
from madoguchi.plumbing.database import DatabaseUnavailable
from madoguchi.service_hours import Stoppage
from tests.account_api.conftest import READS, Linked, World
from tests.core_bank.stages import FakeStage
from tests.support.clients import registration
from tests.support.fake_core_bank import FakeCoreBank

HOUR = timedelta(hours=1)


async def revoke(linked: Linked, by: EndedBy) -> None:
    """End the consent as somebody other than the app does."""
    world = linked.world
    async with world.database.transaction() as tx:
        await consents.revoke(
            tx, world.log, "9901", linked.consent.id, by=by, actor="staff-1", now=world.clock.now()
        )


def reads(linked: Linked) -> list[str]:
    """Return the paths of everything that the core is asked for."""
    return ["/accounts", f"{linked.account()}/balance", f"{linked.account()}/transactions"]


@pytest.mark.requirement("LINK-02", "API-06")
async def test_a_moved_account_gives_nothing_more(linked: Linked, stage: FakeStage) -> None:
    """After the move every read says `account_moved`; the new number is not told."""
    await stage.move(linked.consent.accounts[0].account_id, "002", "7777777")
    for path in reads(linked):
        told = await linked.problem(path)
        assert (told["type"], told["status"]) == ("account_moved", 409)
        assert "7777777" not in str(told)
    assert (await linked.ask("/consent")).status_code == 200


@pytest.mark.requirement("LINK-02", "API-06")
async def test_a_closed_account_says_so(linked: Linked, stage: FakeStage) -> None:
    """After closing every read says `account_closed`."""
    await stage.close(linked.consent.accounts[0].account_id)
    for path in reads(linked):
        told = await linked.problem(path)
        assert (told["type"], told["status"]) == ("account_closed", 409)


@pytest.mark.requirement("LINK-02", "API-01")
async def test_of_several_accounts_the_open_ones_go_on(
    world: World, core: FakeCoreBank, stage: FakeStage
) -> None:
    """The list marks what moved and what was closed; the open account is read as before."""
    accounts = [core.add_account(number=f"100000{place}") for place in range(3)]
    linked = await world.link(*accounts)
    await stage.move(accounts[0].id, "002", "7777777")
    await stage.close(accounts[1].id)
    listed = (await linked.ask("/accounts")).json()["accounts"]
    assert [each["status"] for each in listed] == ["moved", "closed", "open"]
    assert (await linked.problem(f"{linked.account(0)}/balance"))["type"] == "account_moved"
    assert (await linked.problem(f"{linked.account(1)}/balance"))["type"] == "account_closed"
    assert (await linked.ask(f"{linked.account(2)}/balance")).status_code == 200


@pytest.mark.requirement("LINK-31", "LINK-28", "API-06")
async def test_after_its_term_the_consent_has_expired(linked: Linked, world: World) -> None:
    """To the second: until then the token's own end counts, from then on the consent's."""
    world.clock.advance(30 * 86400 - 1)
    assert (await linked.problem("/accounts"))["type"] == "invalid_token"
    world.clock.advance(1)
    for path in (*reads(linked), "/consent"):
        told = await linked.problem(path)
        assert (told["type"], told["status"]) == ("consent_expired", 401)
        assert told["consent_status"] == "expired"
        assert 'error="invalid_token"' in told["headers"]["www-authenticate"]


@pytest.mark.requirement("LINK-32", "API-06", "AS-07")
@pytest.mark.parametrize("by", [EndedBy.STAFF, EndedBy.CUSTOMER])
async def test_a_revoked_consent_says_so_at_once(linked: Linked, by: EndedBy) -> None:
    """Whoever revoked it, the next request is refused."""
    assert (await linked.ask("/accounts")).status_code == 200
    await revoke(linked, by)
    for path in (*reads(linked), "/consent"):
        told = await linked.problem(path)
        assert (told["type"], told["status"]) == ("consent_revoked", 401)


@pytest.mark.requirement("API-06")
async def test_an_app_that_links_again_is_told_that_the_old_consent_is_superseded(
    world: World, linked: Linked, core: FakeCoreBank
) -> None:
    """The old token is dead, and says why; the new one reads."""
    again = await world.link(*core.of("9901").accounts.values())
    told = await linked.problem("/accounts")
    assert (told["type"], told["consent_status"]) == ("consent_revoked", "superseded")
    assert (await again.ask("/accounts")).status_code == 200


@pytest.mark.requirement("API-06", "AS-09")
async def test_a_scope_that_was_not_given_is_named(world: World, core: FakeCoreBank) -> None:
    """Each resource needs its own scope; the consent itself needs none."""
    account = core.add_account()
    for path, scope in (
        ("/accounts", "accounts"), ("/accounts/public-1234567/balance", "balances"),
        ("/accounts/public-1234567/transactions", "transactions"),
    ):  # fmt: skip
        others = tuple(each for each in READS if each != scope)
        linked = await world.link(account, scopes=others)
        told = await linked.problem(path)
        assert (told["type"], told["status"]) == ("insufficient_scope", 403)
        assert told["scope"] == scope
        assert f'scope="{scope}"' in told["headers"]["www-authenticate"]
        assert (await linked.ask("/consent")).status_code == 200


@pytest.mark.requirement("API-06", "AS-01")
async def test_a_token_of_another_institution_opens_nothing(
    world: World, core: FakeCoreBank
) -> None:
    """Both banks are served by one process; a token is known at its own bank only."""
    core.add_account("9902")
    linked = await world.link(core.add_account(), institution=world.institution)
    other = world.api_base(world.institutions[1])
    told = await linked.problem("/accounts", at=other)
    assert (told["type"], told["status"]) == ("invalid_token", 401)


@pytest.mark.requirement("AS-08", "API-06")
async def test_a_suspended_client_reads_nothing(linked: Linked, world: World) -> None:
    """Suspending the client stops its tokens at the next request."""
    async with world.database.transaction() as tx:
        await clients.suspend(
            tx, world.log, "9901", "sample-app", actor="staff-1", reason="-", now=world.clock.now()
        )
    told = await linked.problem("/accounts")
    assert (told["type"], told["status"]) == ("invalid_token", 401)


async def stop(world: World, *, hours: int | None) -> None:
    """Have staff stop the account API now."""
    ends_at = None if hours is None else world.clock.now() + hours * HOUR
    text = Text(ja="点検中です。", en="Maintenance.")
    stoppage = Stoppage("s-1", ("account-api",), world.clock.now(), ends_at, text)
    async with world.database.transaction() as tx:
        await service_hours.add_stoppage(
            tx, "9901", stoppage, by="staff-1", log=world.log, now=world.clock.now()
        )


@pytest.mark.requirement("API-06", "HOURS-01", "LINK-33")
async def test_outside_hours_the_next_opening_is_named(linked: Linked, world: World) -> None:
    """A stoppage of two hours says when it ends, in both forms; then the API goes on."""
    await stop(world, hours=2)
    for path in reads(linked):
        told = await linked.problem(path)
        assert (told["type"], told["status"]) == ("out_of_hours", 503)
        assert told["next_opening"] == "2026-11-20T11:00:00+09:00"
        assert told["headers"]["retry-after"] == "7200"
        assert told["notice"] == {"ja": "点検中です。", "en": "Maintenance."}
    world.clock.advance(7200)
    assert (await linked.problem("/accounts"))["type"] == "invalid_token"


@pytest.mark.requirement("API-05", "API-06")
async def test_a_consent_can_be_ended_at_any_hour(linked: Linked, world: World) -> None:
    """While the API is stopped for nobody knows how long, the consent is read and revoked."""
    await stop(world, hours=None)
    told = await linked.problem("/accounts")
    assert told["type"] == "out_of_hours"
    assert "next_opening" not in told
    assert (await linked.ask("/consent")).status_code == 200
    assert (await linked.ask("/consent", "DELETE")).status_code == 204


@pytest.mark.requirement("API-06", "LINK-35")
@pytest.mark.parametrize("failure", list(CoreFailure))
async def test_a_core_that_cannot_be_asked(
    linked: Linked, core: FakeCoreBank, failure: CoreFailure
) -> None:
    """It is told apart from our own failures, with the number that leads to the log."""
    core.down = failure
    for path in reads(linked):
        told = await linked.problem(path)
        assert (told["type"], told["status"]) == ("core_unavailable", 503)
        assert told["headers"]["retry-after"] == "30"
        assert told["headers"]["dpop-nonce"]
        assert told["reference"] == "reference-1"
    core.down = None
    assert (await linked.ask("/accounts")).status_code == 200


@pytest.mark.requirement("API-06")
async def test_what_fails_here_tells_nothing_but_a_number(
    linked: Linked, core: FakeCoreBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours is a problem without its text; one of the database says to try again."""

    async def broken(*_: Any) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(core, "balances", broken)
    told = await linked.problem(f"{linked.account()}/balance")
    assert (told["type"], told["status"]) == ("internal_error", 500)
    assert told["reference"] == "reference-1"
    assert "secret" not in str(told)

    async def gone(*_: Any) -> None:
        raise DatabaseUnavailable("down")

    monkeypatch.setattr(core, "balances", gone)
    told = await linked.problem(f"{linked.account()}/balance")
    assert (told["type"], told["headers"]["retry-after"]) == ("unavailable", "30")


@pytest.mark.requirement("API-08", "API-06")
async def test_the_clients_own_limits_count(world: World, core: FakeCoreBank) -> None:
    """Of a consent's 3 requests a minute the fourth is refused, with the seconds to wait."""
    limits = clients.RateLimits(per_client_per_minute=5, per_consent_per_minute=3)
    await world.client(world.institution, rate_limits=limits)
    linked = await world.link(core.add_account(number="1234567"))
    for _ in range(3):
        assert (await linked.ask("/consent")).status_code == 200
    world.clock.advance(20)
    told = await linked.problem("/consent")
    assert (told["type"], told["status"]) == ("rate_limited", 429)
    assert told["headers"]["retry-after"] == "40"
    assert told["headers"]["dpop-nonce"]
    other = await world.link(core.add_account(number="7654321"))
    assert (await other.ask("/consent")).status_code == 200
    assert (await other.problem("/consent"))["type"] == "rate_limited"
    world.clock.advance(40)
    assert (await linked.ask("/consent")).status_code == 200


@pytest.mark.requirement("API-08", "INST-02")
async def test_the_institutions_limits_count_too(world: World, core: FakeCoreBank) -> None:
    """A window of an hour, and the tighter of two limits of a minute."""
    world.set(requests_per_consent=RateLimit(limit=2, per_seconds=3600))
    linked = await world.link(core.add_account())
    assert (await linked.ask("/consent")).status_code == 200
    assert (await linked.ask("/consent")).status_code == 200
    assert (await linked.problem("/consent"))["headers"]["retry-after"] == "3600"
    assert registration().rate_limits.per_consent_per_minute > 2
