"""What the tests that stand for modules of the conformance suite share."""

import httpx2
import pytest

from tests.support.oauth_client import AppClient


def module(name: str) -> pytest.MarkDecorator:
    """Name the module of the suite that a test stands for."""
    return pytest.mark.parametrize("module", [f"fapi2-security-profile-final-{name}"])


def error_of(response: httpx2.Response, status: int = 400) -> str:
    """Return the error of a refused request, after the checks that the suite makes of all."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    members = response.json()
    assert set(members) <= {"error", "error_description", "error_uri"}
    assert all(0x20 <= ord(c) <= 0x7E and c not in '"\\' for c in members["error_description"])
    return str(members["error"])


async def pushed_with(app: AppClient, assertion: object) -> httpx2.Response:
    form = {**app.request_parameters(), "client_assertion": assertion}
    url = app.metadata["pushed_authorization_request_endpoint"]
    return await app.http.post(url, data=app.authenticated(form))
