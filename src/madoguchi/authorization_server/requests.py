"""Authorization requests, from pushing to their one end."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

LIVES_AT_MOST = timedelta(days=1)
"""How long after it was pushed a request that somebody works on can still end."""

REQUEST_URI_PREFIX = "urn:ietf:params:oauth:request_uri:"


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What a client pushed, after all checks."""

    redirect_uri: str
    scopes: tuple[str, ...]
    code_challenge: str
    state: str = ""
    nonce: str = ""
    dpop_jkt: str = ""
    prompt: tuple[str, ...] = ()


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A pushed authorization request. `id` may be shown; it is not the `request_uri`.

    `consent_id` names the consent that awaits, from the first time that the request is loaded.
    """

    institution: str
    id: str
    client_id: str
    parameters: Parameters
    consent_id: str | None
    pushed_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    outcome: str

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that the client asks for."""
        return self.parameters.scopes


class RequestOver(msgspec.Struct, frozen=True):
    """The request has ended before, or nobody ended it in time, or there is none."""

    request_id: str
    why: Literal["unknown", "finished", "too_late"]


def parameters_from(plain: dict[str, Any]) -> Parameters:
    """Return the parameters that were stored as JSON."""
    return msgspec.convert(plain, Parameters)
