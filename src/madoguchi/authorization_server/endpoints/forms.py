"""Reading form-encoded parameters: each at most once, none that a database could not hold."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from madoguchi.authorization_server import errors
from madoguchi.authorization_server.errors import Refusal

MEDIA_TYPE = "application/x-www-form-urlencoded"
BODY_BYTES_AT_MOST = 64 * 1024
PARAMETERS_AT_MOST = 100


async def posted(request: Request) -> dict[str, str] | Refusal:
    """Return the parameters of a POST, or why its body cannot be read."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != MEDIA_TYPE:
        return errors.invalid_request(f"The body must be {MEDIA_TYPE}.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_AT_MOST:
            return Refusal("invalid_request", "The body is too long.", status=413)
    return parameters(body)


def parameters(encoded: bytes) -> dict[str, str] | Refusal:
    """Return the parameters of a body or query.

    One that stands twice is refused, one without a value is taken as left out (RFC 6749
    section 3.1).
    """
    try:
        pairs = parse_qsl(
            encoded.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=PARAMETERS_AT_MOST,
        )
    except (UnicodeDecodeError, ValueError):
        return errors.invalid_request("The parameters are not well formed.")
    named = dict(pairs)
    if len(named) != len(pairs):
        return errors.invalid_request("A parameter stands more than once.")
    if any("\0" in name or "\0" in value for name, value in pairs):
        return errors.invalid_request("The parameters are not well formed.")
    return {name: value for name, value in named.items() if value}
