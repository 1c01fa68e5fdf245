"""Pushing an authorization request (RFC 9126)."""

from datetime import timedelta

from madoguchi.authorization_server import jose, store
from madoguchi.authorization_server.checks.binding import binding_is_consistent
from madoguchi.authorization_server.checks.client import client_is_authenticated
from madoguchi.authorization_server.checks.hints import hints_are_well_formed
from madoguchi.authorization_server.checks.limits import client_is_within_its_limit
from madoguchi.authorization_server.checks.pkce import pkce_is_s256
from madoguchi.authorization_server.checks.proof import proof_holds_if_any
from madoguchi.authorization_server.checks.redirect_uri import redirect_uri_is_registered
from madoguchi.authorization_server.checks.request_object import parameters_are_plain
from madoguchi.authorization_server.checks.response import response_is_a_code
from madoguchi.authorization_server.checks.scope import scope_is_allowed, scopes_of
from madoguchi.authorization_server.checks.single_use import nothing_is_replayed
from madoguchi.authorization_server.endpoints.site import Endpoint
from madoguchi.authorization_server.exchange import Exchange
from madoguchi.authorization_server.metadata import PATHS
from madoguchi.authorization_server.requests import REQUEST_URI_PREFIX, Parameters
from madoguchi.kernel.entropy import new_id

CHECKS = (
    client_is_authenticated,
    client_is_within_its_limit,
    proof_holds_if_any,
    nothing_is_replayed,
    parameters_are_plain,
    response_is_a_code,
    redirect_uri_is_registered,
    scope_is_allowed,
    pkce_is_s256,
    binding_is_consistent,
    hints_are_well_formed,
)


async def push(exchange: Exchange) -> dict[str, object]:
    """Keep the request, and return the `request_uri` that stands for it."""
    reference = exchange.server.entropy.token()
    seconds = exchange.institution.authorization.request_uri_seconds
    await store.push(
        exchange.tx,
        exchange.code,
        new_id(exchange.server.entropy),
        jose.sha256(reference),
        exchange.client.id,
        _parameters(exchange),
        exchange.now,
        timedelta(seconds=seconds),
    )
    return {"request_uri": f"{REQUEST_URI_PREFIX}{reference}", "expires_in": seconds}


def _parameters(exchange: Exchange) -> Parameters:
    form, proof = exchange.form, exchange.proof
    return Parameters(
        redirect_uri=form["redirect_uri"],
        scopes=scopes_of(form["scope"]),
        code_challenge=form["code_challenge"],
        state=form.get("state", ""),
        nonce=form.get("nonce", ""),
        # a proof with the pushed request binds the code as dpop_jkt does (RFC 9449 section 10.1)
        dpop_jkt=proof.jkt if proof is not None else form.get("dpop_jkt", ""),
        prompt=tuple(form.get("prompt", "").split()),
    )


PAR = Endpoint(PATHS["pushed_authorization_request_endpoint"], CHECKS, push, status=201)
