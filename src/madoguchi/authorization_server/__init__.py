"""The authorization server: OAuth 2.0 and OpenID Connect to the FAPI 2.0 Security Profile.

Clients authenticate with private_key_jwt, push their requests, and hold tokens that are bound to
a key by DPoP. A request goes to the `Interaction` (the screens where a person proves who he is)
and ends in `AuthorizationServer.complete` or `refuse`. What may be read is a consent's to say;
tokens are only how an app shows that it has one.
"""

from madoguchi.authorization_server.endpoints import routes
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.events import AuthorizationEvent
from madoguchi.authorization_server.metadata import PATHS, metadata
from madoguchi.authorization_server.ports import ErrorPage, Interaction
from madoguchi.authorization_server.purge import purge
from madoguchi.authorization_server.requests import AuthorizationRequest, Parameters, RequestOver
from madoguchi.authorization_server.resource import (
    AccessGrant,
    AccessRefused,
    HttpParts,
    scope_refusal,
)
from madoguchi.authorization_server.server import AuthorizationServer

__all__ = [
    "PATHS",
    "AccessGrant",
    "AccessRefused",
    "AuthorizationEvent",
    "AuthorizationRequest",
    "AuthorizationServer",
    "ErrorPage",
    "HttpParts",
    "Interaction",
    "Parameters",
    "Refusal",
    "RequestOver",
    "metadata",
    "purge",
    "routes",
    "scope_refusal",
]
