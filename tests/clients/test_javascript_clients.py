"""Clients that others wrote go the whole way from discovery to revocation, unchanged (AS-10)."""

from typing import Any

import pytest

from tests.clients.conftest import SCOPE, Meeting, running


def whole_flow(meeting: Meeting, script: str, client_id: str, **more: str) -> dict[str, Any]:
    """Run a script to its end; return what its client saw, after the checks that all pass."""
    with running(script) as client:
        client.say({**meeting.terms(client_id), **more})
        client.say({"callback_url": meeting.linked(client.hear()["authorization_url"])})
        seen = client.hear()
    terms = meeting.terms(client_id)
    assert seen["token_type"] == "dpop"
    assert set(seen["scope"].split()) == set(SCOPE.split())
    assert seen["userinfo"]["sub"] == seen["claims"]["sub"]
    assert meeting.demo.customer()["account_number"] not in str(seen["claims"])
    assert len(seen["accounts"]) == 1
    assert seen["accounts_after_refresh"] == seen["accounts"]
    newest = seen["transactions"][0]
    assert len(seen["transactions"]) == 5
    assert newest["balance_after"] == seen["balance"]["current_balance"]
    assert seen["introspected"]["active"] is True
    assert seen["introspected"]["aud"] == terms["api_base"]
    return seen


@pytest.mark.requirement("AS-10", "AS-01", "AS-02", "AS-03", "AS-05", "AS-06")
@pytest.mark.parametrize(
    ("client_id", "discovery", "proof_algorithm"),
    [
        ("tester", "oidc", "ES256"),
        ("tester-ps256", "oauth2", "PS256"),
        ("tester-opaque", "oidc", "Ed25519"),
    ],
)
def test_openid_client(
    meeting: Meeting, client_id: str, discovery: str, proof_algorithm: str
) -> None:
    """openid-client 6 links an account, reads it, refreshes, introspects and revokes."""
    seen = whole_flow(
        meeting,
        "openid_client.mjs",
        client_id,
        discovery=discovery,
        proof_algorithm=proof_algorithm,
    )
    assert seen["active_after_revocation"] is False
    assert seen["refused"] == "invalid_token"
    assert seen["refresh_refused"] == "invalid_grant"


@pytest.mark.requirement("AS-10", "AS-05")
@pytest.mark.parametrize(
    ("client_id", "discovery"), [("tester", "oauth2"), ("tester-ps256", "oidc")]
)
def test_oauth4webapi(meeting: Meeting, client_id: str, discovery: str) -> None:
    """oauth4webapi 3, with every check it has, accepts every answer; a used code is refused."""
    seen = whole_flow(
        meeting, "oauth4webapi.mjs", client_id, discovery=discovery, proof_algorithm="ES256"
    )
    assert seen["audited"]["client_id"] == client_id
    assert seen["replay_refused"] == "invalid_grant"
    assert seen["active_after_replay"] is False
