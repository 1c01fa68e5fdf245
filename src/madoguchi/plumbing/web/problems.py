"""Problem details for programs (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, kind: str, title: str, *, headers: Mapping[str, str] | None = None, **members: Any
) -> Response:
    """Return a problem: `kind` is its type, `members` are further ones (RFC 9457 section 3)."""
    body = {"type": kind, "title": title, "status": status, **members}
    return Response(
        msgspec.json.encode(body), status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )
