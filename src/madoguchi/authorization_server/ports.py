"""What the authorization server needs from those above it; filled in `app.py`."""

from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.requests import AuthorizationRequest
from madoguchi.institutions import Institution
from madoguchi.plumbing.database import Tx


class Interaction(Protocol):
    """Where a person proves who he is and consents."""

    async def begin(
        self, tx: Tx, institution: Institution, request: AuthorizationRequest, http: Request
    ) -> str:
        """Return the URL (absolute, or a path on this server) that the browser is sent to.

        Called each time the authorization request is loaded, a reload included, until it ends in
        `complete` or `refuse`. From here on the request lives as long as the interaction does.
        """
        ...


class ErrorPage(Protocol):
    """Shows an error to the person, where nothing proves which app to return to."""

    async def render(
        self, http: Request, institution: Institution | None, refusal: Refusal
    ) -> Response:
        """Return the page. It links nowhere that the request named."""
        ...
