"""The ways of HTTP: methods, paths, challenges, headers, and what the log says (API-07)."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import msgspec
import pytest
import structlog

from madoguchi.core_bank import CoreFailure
from madoguchi.plumbing.observability import configure_logging
from tests.account_api.conftest import Linked, World, problem_of
from tests.support.fake_core_bank import FakeCoreBank

ID = "5b2b5e9c-8a40-4c0e-9a5e-0a6f1d2f3c4d"


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """What the process logs during the test, line by line, as in production."""
    stream, root = StringIO(), logging.getLogger()
    before = root.handlers[:], root.level
    configure_logging(stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:], root.level = before


def lines_of(stream: StringIO) -> list[dict[str, Any]]:
    """Return the server's lines; the client in the same process logs too."""
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [line for line in lines if line["logger"] != "httpx2"]


@pytest.mark.requirement("API-07")
async def test_the_interaction_id_is_echoed_on_every_answer(
    linked: Linked, core: FakeCoreBank
) -> None:
    """Given, it comes back, on answers and on problems; else one is made."""
    given = {"x-fapi-interaction-id": ID}
    for path, method in (
        ("/accounts", "GET"), ("/nowhere", "GET"), ("/accounts", "POST"), ("/accounts", "OPTIONS"),
        ("/openapi.json", "GET"), ("/accounts", "HEAD"),
    ):  # fmt: skip
        response = await linked.ask(path, method, headers=given)
        assert response.headers["x-fapi-interaction-id"] == ID
        assert response.headers["cache-control"] == "no-store"
        made = (await linked.ask(path, method)).headers["x-fapi-interaction-id"]
        assert len(made) == 36
        assert made != ID
    core.down = CoreFailure.LINK_FAILED
    assert (await linked.ask("/accounts", headers=given)).headers["x-fapi-interaction-id"] == ID


@pytest.mark.requirement("API-07")
@pytest.mark.parametrize("odd", ["a b", "x" * 65, "é", '"', ""])
async def test_an_id_that_is_none_is_replaced(linked: Linked, odd: str) -> None:
    """What is no id is not carried into logs and into the core."""
    given = {"x-fapi-interaction-id": odd.encode()}
    response = await linked.ask("/accounts", headers=given)
    assert len(response.headers["x-fapi-interaction-id"]) == 36


@pytest.mark.requirement("API-07")
async def test_every_log_line_has_the_interaction_id(
    linked: Linked, core: FakeCoreBank, logged: StringIO
) -> None:
    """Of an answer and of a failure; tokens, names and amounts are in none."""
    given = {"x-fapi-interaction-id": ID}
    await linked.ask("/accounts", headers=given)
    core.down = CoreFailure.LINK_FAILED
    await linked.ask("/accounts", headers=given)
    lines = lines_of(logged)
    assert {line["interaction_id"] for line in lines} == {ID}
    assert [line["event"] for line in lines][-2:] == ["core-unavailable", "answered"]
    assert lines[-1]["status"] == 503
    assert lines[-1]["problem"] == "core_unavailable"
    assert lines[-1]["client"] == "sample-app"
    assert lines[-1]["consent"] == linked.consent.id
    assert linked.token not in logged.getvalue()
    assert "ﾐﾎﾝ" not in logged.getvalue()


@pytest.mark.requirement("API-06")
@pytest.mark.parametrize("path", ["", "/", "/nothing", "/accounts/", "/accounts/x", "/consent/x"])
async def test_unknown_paths_are_problems(linked: Linked, path: str) -> None:
    """Nothing redirects, and nothing is a page."""
    told = await linked.problem(path)
    assert (told["type"], told["status"]) == ("not_found", 404)


@pytest.mark.requirement("API-06")
async def test_an_unknown_institution_is_a_problem(linked: Linked, world: World) -> None:
    """Whatever is asked of it."""
    for path in ("/accounts", "/openapi.json", "/nothing"):
        response = await world.http().get(f"/nobody/api/v1{path}")
        assert problem_of(response)["type"] == "not_found"


@pytest.mark.requirement("API-06")
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/accounts", "GET, HEAD, OPTIONS"),
        ("/consent", "DELETE, GET, HEAD, OPTIONS"),
        ("/accounts/x/balance", "GET, HEAD, OPTIONS"),
    ],
)
async def test_other_methods_are_refused_with_those_that_are_offered(
    linked: Linked, path: str, allowed: str
) -> None:
    """405 with `Allow`, whatever the method is called; OPTIONS answers with the same."""
    for method in ("POST", "PUT", "PATCH", "TRACE", "PROPFIND"):
        told = await linked.problem(path, method)
        assert (told["type"], told["status"]) == ("method_not_allowed", 405)
        assert told["headers"]["allow"] == allowed
    offered = await linked.ask(path, "OPTIONS")
    assert (offered.status_code, offered.headers["allow"]) == (204, allowed)


async def test_head_is_get_without_a_body(linked: Linked) -> None:
    """With a proof made for HEAD; one made for GET does not open it."""
    got, head = await linked.ask("/accounts"), await linked.ask("/accounts", "HEAD")
    assert head.status_code == 200
    assert head.headers["etag"] == got.headers["etag"]
    url = linked.world.api_base(linked.institution) + "/accounts"
    response = await linked.app.http.request(
        "HEAD", url, headers=linked.app.resource_headers("GET", url, linked.token)
    )
    assert response.status_code == 401


@pytest.mark.requirement("AS-03", "AS-09", "API-06")
async def test_a_request_without_a_token_is_challenged(linked: Linked, world: World) -> None:
    """RFC 9449 section 7.1: a challenge without an error where nothing was tried."""
    response = await world.http().get("/sample-shinkumi/api/v1/accounts")
    told = problem_of(response)
    assert (told["type"], told["status"]) == ("invalid_token", 401)
    assert response.headers["www-authenticate"].startswith("DPoP algs=")
    assert "error" not in told


@pytest.mark.requirement("AS-03")
async def test_a_bearer_token_is_not_enough(linked: Linked) -> None:
    """RFC 9449 section 7.2: a bound token is not taken under another scheme, nor without proof."""
    url = linked.world.api_base(linked.institution) + "/accounts"
    for headers in (
        {"authorization": f"Bearer {linked.token}"},
        {"authorization": f"DPoP {linked.token}"},
    ):
        response = await linked.app.http.get(url, headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("DPoP error=")
    told = problem_of(await linked.app.http.get(url, headers={"authorization": "DPoP"}))
    assert (told["type"], told["parameter"]) == ("invalid_request", "Authorization")


@pytest.mark.requirement("AS-03", "API-07")
async def test_the_first_answer_gives_the_nonce(linked: Linked) -> None:
    """RFC 9449 section 9: 401 `use_dpop_nonce` with a nonce, then success; a proof works once."""
    url = linked.world.api_base(linked.institution) + "/accounts"
    headers = linked.app.resource_headers("GET", url, linked.token)
    first = await linked.app.http.get(url, headers=headers)
    assert first.status_code == 401
    assert 'error="use_dpop_nonce"' in first.headers["www-authenticate"]
    assert problem_of(first)["error"] == "use_dpop_nonce"
    linked.app.dpop_nonce = first.headers["dpop-nonce"]
    headers = linked.app.resource_headers("GET", url, linked.token)
    second = await linked.app.http.get(url, headers=headers)
    assert second.status_code == 200
    assert second.headers["dpop-nonce"]
    replayed = await linked.app.http.get(url, headers=headers)
    assert replayed.status_code == 401


@pytest.mark.requirement("INST-03", "AS-03")
async def test_an_institution_under_its_own_host(world: World, core: FakeCoreBank) -> None:
    """The API stands at the host's root, and proofs are made for that address."""
    own = msgspec.structs.replace(world.institution, hosts=("shinkumi.example.jp",))
    world.institutions[0] = own
    linked = await world.link(core.add_account())
    assert world.api_base(own) == "https://shinkumi.example.jp/api/v1"
    assert (await linked.ask("/accounts")).status_code == 200
