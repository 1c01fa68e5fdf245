"""The OpenAPI description is valid, and true: what is answered is what it says (API-06, API-07)."""

import asyncio
import re
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from madoguchi.account_api import problems
from madoguchi.account_api.openapi import describe
from madoguchi.clients import RateLimits
from madoguchi.core_bank import CoreFailure
from madoguchi.institutions import RateLimit
from tests.account_api.conftest import Linked, World, issuer_of
from tests.support.fake_core_bank import FakeCoreBank
from tests.support.institution_settings import card_institution
from tests.support.source import ROOT

BANK = card_institution()
DESCRIPTION = describe(BANK, f"{issuer_of(BANK)}/api/v1", issuer_of(BANK))
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
READS = ("/accounts", "/accounts/{id}/balance", "/accounts/{id}/transactions", "/consent")
MUCH = 1_000_000
CHECKS: list[Any] = [
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture
async def much(world: World, core: FakeCoreBank) -> Linked:
    """An app that may ask as often as it likes, linked to an account with a history."""
    world.set(requests_per_client=RateLimit(MUCH, 60), requests_per_consent=RateLimit(MUCH, 60))
    await world.client(world.institution, rate_limits=RateLimits(MUCH, MUCH))
    account = core.add_account(balance=5000)
    for amount in range(1, 30):
        core.add_line("9901", account.id, amount)
    return await world.link(account)


def requests_of(path: str, linked: Linked) -> st.SearchStrategy[Any]:
    """Return requests as the description has them, and others that differ from it in something."""
    real = {"id": linked.consent.accounts[0].public_id} if "{id}" in path else {}
    operation = SCHEMA[path]["GET"]
    return st.one_of(
        operation.as_strategy(GenerationMode.POSITIVE, path_parameters=real),
        operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=real),
        operation.as_strategy(GenerationMode.POSITIVE),
    )


async def answer_to(case: Any, linked: Linked) -> int:
    """Send a generated request with a valid token and proof; return the status, once checked."""
    url = linked.world.api_base(linked.institution) + case.formatted_path
    opening = linked.app.resource_headers("GET", url, linked.token)
    replaced = {name.lower() for name in opening}
    given_headers = {
        name: str(value).encode("ascii", "replace").decode()
        for name, value in (case.headers or {}).items()
        if name.lower() not in replaced
    }
    response = await linked.app.http.get(
        url, params=case.query, headers={**given_headers, **opening}
    )
    linked.app.dpop_nonce = response.headers["dpop-nonce"]
    case.validate_response(response, checks=CHECKS)
    return int(response.status_code)


def test_the_description_is_valid_openapi() -> None:
    """It passes the validator for OpenAPI 3.1."""
    validate(DESCRIPTION)


@pytest.mark.requirement("API-03", "INST-02")
def test_the_description_has_the_institutions_limits() -> None:
    """Days of history and the sizes of pages are those of its settings."""
    operation = DESCRIPTION["paths"]["/accounts/{id}/transactions"]["get"]
    told = {each["name"]: each for each in operation["parameters"] if "name" in each}
    assert "90 days" in told["from"]["description"]
    assert told["limit"]["schema"]["maximum"] == 500


async def test_the_description_is_served_to_anybody(world: World) -> None:
    """Without a token, and with this server's own address in it."""
    response = await world.http().get(f"{world.api_base(world.institution)}/openapi.json")
    assert response.json() == DESCRIPTION


@pytest.mark.requirement("API-01", "API-02", "API-03", "API-05", "API-06")
@pytest.mark.parametrize("path", READS)
async def test_answers_are_as_described(much: Linked, path: str) -> None:
    """Whatever is asked, status, headers, media type and body are those of the description."""
    seen = set()
    loop = asyncio.get_running_loop()

    @settings(max_examples=40, deadline=None, database=None)
    @given(case=requests_of(path, much))
    def ask(case: Any) -> None:
        seen.add(asyncio.run_coroutine_threadsafe(answer_to(case, much), loop).result(30))

    await asyncio.to_thread(ask)
    assert 200 in seen
    assert 500 not in seen


@pytest.mark.requirement("API-06")
@pytest.mark.parametrize("path", READS[:3])
async def test_problems_are_as_described(much: Linked, core: FakeCoreBank, path: str) -> None:
    """So are the answers for a core that is down, a moved account, an ended consent."""
    account_id = much.consent.accounts[0].account_id
    case = SCHEMA[path]["GET"].Case(
        path_parameters={"id": much.consent.accounts[0].public_id}, query={}, headers={}
    )
    assert await answer_to(case, much) == 401
    core.down = CoreFailure.LINK_FAILED
    assert await answer_to(case, much) == 503
    core.down = None
    core.move_account("9901", account_id, "002", "7777777")
    assert await answer_to(case, much) == 409
    much.world.clock.advance(31 * 86400)
    assert await answer_to(case, much) == 401


@pytest.mark.requirement("API-06")
def test_every_problem_is_explained() -> None:
    """The page for engineers lists all problems, by name and status, and no others."""
    page = (ROOT / "docs/api/README.md").read_text("utf-8").partition("## Problems")[2]
    listed = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", page, re.MULTILINE)
    assert sorted(listed) == sorted((each.name, str(each.status)) for each in problems.ALL)
