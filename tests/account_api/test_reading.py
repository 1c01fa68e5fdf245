"""What a linked app reads: accounts, balances, the consent."""

import pytest

from madoguchi import consents
from madoguchi.core_bank import AccountKind
from tests.account_api.conftest import Linked, World
from tests.core_bank.stages import FakeStage
from tests.support.fake_core_bank import FakeCoreBank


@pytest.mark.requirement("API-01")
async def test_the_accounts_are_those_of_the_consent(world: World, core: FakeCoreBank) -> None:
    """Two of the holder's three accounts were consented to: those two are listed, masked."""
    one = core.add_account(number="1234567")
    two = core.add_account(number="7654321", kind=AccountKind.SAVINGS)
    core.add_account(number="1111111")
    linked = await world.link(one, two)
    response = await linked.ask("/accounts")
    assert response.json() == {
        "accounts": [
            {
                "id": "public-1234567", "branch_code": "001", "branch_name": "本店",
                "account_kind": "ordinary", "account_number_masked": "****567",
                "account_name_kana": "ﾐﾎﾝ ﾀﾛｳ", "status": "open", "currency_code": "JPY",
            },
            {
                "id": "public-7654321", "branch_code": "001", "branch_name": "本店",
                "account_kind": "savings", "account_number_masked": "****321",
                "account_name_kana": "ﾐﾎﾝ ﾀﾛｳ", "status": "open", "currency_code": "JPY",
            },
        ]
    }  # fmt: skip


@pytest.mark.requirement("API-02")
async def test_the_balance_is_in_yen_and_says_as_of_when(
    linked: Linked, stage: FakeStage, world: World
) -> None:
    """Whole yen, with Japan's time; money paid in is there at the next request."""
    response = await linked.ask(f"{linked.account()}/balance")
    assert response.json() == {
        "account_id": "public-1234567",
        "current_balance": 5000,
        "available_balance": 5000,
        "as_of": "2026-11-20T09:00:00+09:00",
        "currency_code": "JPY",
    }
    await stage.pay_in(linked.consent.accounts[0].account_id, 300)
    world.clock.advance(60)
    later = (await linked.ask(f"{linked.account()}/balance")).json()
    assert later["current_balance"] == 5300
    assert later["as_of"] == "2026-11-20T09:01:00+09:00"


@pytest.mark.requirement("API-02", "API-03")
@pytest.mark.parametrize("resource", ["balance", "transactions"])
async def test_an_account_outside_the_consent_is_not_there(
    world: World, core: FakeCoreBank, resource: str
) -> None:
    """Neither another account of the same holder nor the core's own id opens anything."""
    linked = await world.link(core.add_account(number="1234567"))
    other = core.add_account(number="7654321")
    for wanted in ("public-7654321", other.id, linked.consent.accounts[0].account_id, "a%2Fb"):
        response = await linked.ask(f"/accounts/{wanted}/{resource}")
        assert response.status_code == 404
        assert response.json()["type"].rpartition(":")[2] in {"account_not_found", "not_found"}


@pytest.mark.requirement("API-05", "AS-07")
async def test_the_consent_tells_what_was_agreed(linked: Linked) -> None:
    """Its scopes, accounts, term and terms, under the id that the token endpoint gave."""
    response = await linked.ask("/consent")
    assert response.json() == {
        "id": linked.consent.id,
        "status": "authorised",
        "scopes": ["openid", "accounts", "balances", "transactions"],
        "account_ids": ["public-1234567"],
        "authorised_at": "2026-11-20T09:00:00+09:00",
        "expires_at": "2026-12-20T09:00:00+09:00",
        "terms_version": "2026-04",
    }


@pytest.mark.requirement("API-05", "LINK-32")
async def test_the_app_ends_the_consent(linked: Linked) -> None:
    """DELETE answers 204, and from then on everything says that the consent was revoked."""
    gone = await linked.ask("/consent", "DELETE")
    assert (gone.status_code, gone.content) == (204, b"")
    for path in ("/accounts", "/consent", f"{linked.account()}/balance"):
        told = await linked.problem(path)
        assert (told["type"], told["status"]) == ("consent_revoked", 401)
        assert told["consent_status"] == "revoked"


@pytest.mark.requirement("API-07")
async def test_what_has_not_changed_is_not_sent_again(
    linked: Linked, stage: FakeStage, world: World
) -> None:
    """A balance keeps its ETag as time passes, and loses it when money moves."""
    path = f"{linked.account()}/balance"
    etag = (await linked.ask(path)).headers["etag"]
    world.clock.advance(5)
    for known in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        same = await linked.ask(path, headers={"if-none-match": known})
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == etag
        assert same.headers["cache-control"] == "no-store"
    await stage.pay_in(linked.consent.accounts[0].account_id, 1)
    changed = await linked.ask(path, headers={"if-none-match": etag})
    assert changed.json()["current_balance"] == 5001
    assert changed.headers["etag"] != etag


@pytest.mark.requirement("API-05")
async def test_the_use_of_a_consent_is_noted(linked: Linked, world: World) -> None:
    """Staff and customer see when the app read last; it is written once in ten minutes."""

    async def last_used() -> object:
        async with world.database.transaction() as tx:
            found = await consents.find(tx, "9901", linked.consent.id, world.clock.now())
        assert found
        return found.last_used_at

    assert await last_used() is None
    began = world.clock.now()
    await linked.ask("/accounts")
    assert await last_used() == began
    world.clock.advance(60)
    await linked.ask("/accounts")
    assert await last_used() == began
