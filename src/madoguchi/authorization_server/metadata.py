"""The server's description of itself (RFC 8414, OpenID Connect Discovery)."""

from madoguchi.authorization_server.checks.hints import PROMPTS
from madoguchi.authorization_server.checks.scope import supported
from madoguchi.authorization_server.grants import GRANTS
from madoguchi.authorization_server.keys import ALGORITHMS as SIGNING_ALGORITHMS
from madoguchi.clients import ALGORITHMS
from madoguchi.institutions import Institution

PATHS = {
    "authorization_endpoint": "/oauth/authorize",
    "pushed_authorization_request_endpoint": "/oauth/par",
    "token_endpoint": "/oauth/token",
    "introspection_endpoint": "/oauth/introspect",
    "revocation_endpoint": "/oauth/revoke",
    "userinfo_endpoint": "/oauth/userinfo",
    "jwks_uri": "/oauth/jwks",
    "grant_management_endpoint": "/grants",
}
"""Where each endpoint is, under the issuer; the names are those of the metadata."""

CLIENT_AUTHENTICATION = {
    f"{endpoint}_endpoint_auth_{member}": values
    for endpoint in ("token", "introspection", "revocation")
    for member, values in (
        ("methods_supported", ["private_key_jwt"]),
        ("signing_alg_values_supported", list(ALGORITHMS)),
    )
}


def metadata(institution: Institution, issuer: str) -> dict[str, object]:
    """Return the metadata of an institution's issuer."""
    return {
        "issuer": issuer,
        **{name: f"{issuer}{path}" for name, path in PATHS.items()},
        **CLIENT_AUTHENTICATION,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANTS),
        "scopes_supported": list(supported(institution)),
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_pushed_authorization_requests": True,
        "authorization_response_iss_parameter_supported": True,
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "prompt_values_supported": sorted(PROMPTS),
        "grant_management_actions_supported": ["create", "query", "revoke"],
        "grant_management_action_required": False,
    }
