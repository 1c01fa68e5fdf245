"""Registered clients for tests."""

from datetime import date, datetime
from typing import Any

import msgspec
from joserfc.jwk import ECKey

from madoguchi.clients import Client, ClientStatus, Names, Registration
from tests.support.clock import MORNING

PRIVATE_JWK = ECKey.generate_key("P-256", parameters={"kid": "client-key"}).as_dict(private=True)
CALLBACK = "https://app.example.jp/callback"
SCOPES = ("openid", "accounts", "balances", "transactions", "grant_management_query",
          "grant_management_revoke")  # fmt: skip


def public(jwk: Any) -> dict[str, Any]:
    """Return the public members of a JWK."""
    return {
        name: value for name, value in jwk.items() if name not in ("d", "p", "q", "dp", "dq", "qi")
    }


def registration(**changes: Any) -> Registration:
    """Return a valid registration that differs by `changes`."""
    usual = Registration(
        third_party=Names(ja="サンプル電子決済", en="Sample Payments"),
        app=Names(ja="サンプル家計簿", en="Sample Budget"),
        redirect_uris=(CALLBACK,),
        scopes=SCOPES,
        contract_from=date(2026, 4, 1),
        jwks={"keys": [public(PRIVATE_JWK)]},
    )
    return msgspec.structs.replace(usual, **changes)


def client_of(
    registered: Registration,
    client_id: str = "sample-app",
    status: ClientStatus = ClientStatus.ACTIVE,
    version: int = 1,
    at: datetime = MORNING,
) -> Client:
    """Return the client that a registration makes."""
    fields = {name: getattr(registered, name) for name in Registration.__struct_fields__}
    return Client(
        institution="9901", id=client_id, version=version, status=status,
        registered_at=at, changed_at=at, **fields,
    )  # fmt: skip
