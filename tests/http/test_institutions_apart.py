"""Whatever is made at one institution is refused at another (INST-04)."""

from typing import Any

import pytest

from tests.support.link_person import Walk
from tests.support.link_world import BASE, LinkWorld
from tests.support.oauth_client import AppClient

ONE, OTHER = "sample-shinkumi", "mihon-shinkin"


async def everything(world: LinkWorld) -> tuple[Walk, dict[str, Any], dict[str, Any]]:
    """Link at both institutions, both in card mode; return the first's walk, and both tokens."""
    world.configure("9902", modes=("card",))
    walk = await world.begin()
    tokens = await walk.tokens()
    other = await world.begin(app=world.app(slug=OTHER))
    return walk, tokens, await other.tokens()


def there(world: LinkWorld, app: AppClient) -> AppClient:
    """Return the same installation of the app, with the same keys, at the other institution."""
    other = world.app(slug=OTHER)
    other.dpop_jwk, other.verifier, other.state = app.dpop_jwk, app.verifier, app.state
    return other


@pytest.mark.requirement("INST-04")
async def test_a_visit_and_its_cookies_open_nothing_there(world: LinkWorld) -> None:
    """The same browser under the other path finds no visit, whatever it sends."""
    world.configure("9902", modes=("card",))
    walk = await (await world.begin()).to("consent")
    path = walk.browser.path.replace(ONE, OTHER)
    assert (await walk.browser.request("GET", path)).status_code == 404
    fields = walk.browser.filled_in(agree="1")
    assert (await walk.browser.submit(fields, path)).status_code == 404
    status = path.rsplit("/", 1)[0] + "/call/status"
    assert (await walk.browser.request("GET", status)).status_code == 404
    assert await walk.finish()


@pytest.mark.requirement("INST-04")
async def test_a_request_uri_opens_nothing_there(world: LinkWorld) -> None:
    """The app's pushed request of one institution is unknown at the other."""
    world.configure("9902", modes=("card",))
    app = world.app()
    await app.discover()
    url = await app.pushed_url()
    answer = await world.browser().request("GET", url.replace(ONE, OTHER))
    assert answer.status_code == 400
    assert (await world.browser().request("GET", url)).status_code == 303


@pytest.mark.requirement("INST-04")
async def test_a_code_is_worth_nothing_there_and_stays_good_here(world: LinkWorld) -> None:
    """Presenting the code at the other institution neither spends nor redeems it."""
    world.configure("9902", modes=("card",))
    walk = await world.begin()
    code = await walk.finish()
    other = there(world, walk.app)
    await other.discover()
    refused = await other.redeem(code)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert (await walk.app.redeem(code)).status_code == 200


@pytest.mark.requirement("INST-04")
async def test_tokens_grants_and_accounts_are_worth_nothing_there(world: LinkWorld) -> None:
    """Access token, refresh token, grant id, and the account's id with the other's own token."""
    walk, tokens, tokens_there = await everything(world)
    app = walk.app
    other = there(world, app)
    await other.discover()
    api = f"{BASE}/{OTHER}/api/v1/accounts"
    assert (await other.resource("GET", api, tokens["access_token"])).status_code == 401
    refused = await other.refresh(tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    told = await other.client_request("introspection_endpoint", token=tokens["refresh_token"])
    assert told.json() == {"active": False}
    await other.client_request("revocation_endpoint", token=tokens["refresh_token"])
    [account] = (
        await app.resource("GET", f"{app.issuer}/api/v1/accounts", tokens["access_token"])
    ).json()["accounts"]
    [account_there] = await world.rows(
        "SELECT public_id FROM consents_account WHERE institution = '9902'"
    )
    assert account["id"] != account_there["public_id"]
    crossed = f"{app.issuer}/api/v1/accounts/{account_there['public_id']}/balance"
    answer = await app.resource("GET", crossed, tokens["access_token"])
    assert answer.status_code == 404
    nonsense = f"{app.issuer}/api/v1/accounts/nonsense/balance"
    unknown = await app.resource("GET", nonsense, tokens["access_token"])
    assert unknown.status_code == 404
    assert unknown.json().get("type") == answer.json().get("type")
    assert (await app.refresh(tokens["refresh_token"])).status_code == 200
    assert tokens_there["grant_id"] != tokens["grant_id"]
    grant = f"{other.metadata['grant_management_endpoint']}/{tokens['grant_id']}"
    assert (await other.resource("GET", grant, tokens["access_token"])).status_code in (401, 404)
    assert (await other.resource("DELETE", grant, tokens["access_token"])).status_code in (401, 404)


@pytest.mark.requirement("INST-04")
async def test_a_clients_assertion_for_one_is_refused_at_the_other(world: LinkWorld) -> None:
    """The audience is the issuer of one institution."""
    app, other = world.app(), world.app(slug=OTHER)
    await app.discover()
    await other.discover()
    answer = await other.push(client_assertion=app.assertion())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.requirement("INST-04", "LINK-17")
async def test_a_lock_and_a_count_are_one_institutions(world: LinkWorld) -> None:
    """Five failures at one lock nobody at the other, though the account's number is the same."""
    world.configure("9902", modes=("card",))
    walk = await (await world.begin()).to("customer")
    for _ in range(5):
        await walk.browser.send(**{**walk.person.customer_fields, "birth_day": "2"})
    assert walk.browser.screen == "locked"
    assert await (await world.begin(app=world.app(slug=OTHER))).finish()


@pytest.mark.requirement("INST-04", "LINK-22")
async def test_a_call_to_one_institution_confirms_nobody_at_the_other(world: LinkWorld) -> None:
    """The same phone at both at once: the call to one's number confirms that one's visit alone."""
    world.configure("9902", modes=("card",))
    one = await (await world.begin()).to("call")
    other = await (await world.begin(app=world.app(slug=OTHER))).to("call")
    await world.call(one.person.phone, one.number_shown)
    await other.browser.send()
    await one.browser.send()
    assert (one.browser.screen, other.browser.screen) == ("card-pin", "call")


@pytest.mark.requirement("INST-04")
async def test_every_row_names_its_institution(world: LinkWorld) -> None:
    """After journeys at both, no row of an institution's table refers to the other's."""
    await everything(world)
    tables = await world.rows(
        "SELECT table_name::text AS name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'institution'"
    )
    checked = 0
    for table in (row["name"] for row in tables):
        found = await world.rows(f"SELECT DISTINCT institution FROM {table}")
        assert {row["institution"] for row in found} <= {"9901", "9902", None}, table
        checked += len(found) > 1
    assert checked >= 6
    for child, key in (("consents_account", "consent_id"), ("authorization_server_code",
                       "consent_id"), ("authorization_server_token", "consent_id")):  # fmt: skip
        strays = await world.rows(
            f"SELECT 1 AS one FROM {child} AS c JOIN consents_consent AS k ON k.id = c.{key}"
            " WHERE k.institution <> c.institution"
        )
        assert strays == []
