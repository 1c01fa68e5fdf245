"""How endpoints answer: JSON, not stored unless they say so."""

from collections.abc import Mapping

import msgspec
import structlog
from starlette.responses import Response

from madoguchi.authorization_server.errors import Refusal

NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
log = structlog.get_logger("authorization")


def json_answer(
    members: Mapping[str, object] | None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    kept: Mapping[str, str] = NOT_STORED,
) -> Response:
    """Return a JSON answer, or one without a body where there are no members.

    `kept` are the headers that say for how long it may be kept.
    """
    body = b"" if members is None else msgspec.json.encode(members)
    media_type = None if members is None else "application/json"
    return Response(body, status, {**kept, **(headers or {})}, media_type)


def refused(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """Return the error of a refusal (RFC 6749 section 5.2), and log what only we may know."""
    log.info(
        "request-refused",
        error=refusal.error,
        description=refusal.description,
        detail=refusal.detail,
    )
    members = {"error": refusal.error, "error_description": refusal.description}
    return json_answer(members, refusal.status, {**refusal.headers, **(headers or {})})
