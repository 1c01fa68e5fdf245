"""Every error that clients are told (RFC 6749, 7009, 7662, 8707, 9126, 9449; OpenID Connect Core).

`description` is public: it helps whoever writes the client, and holds nothing that was sent or is
secret. `detail` is for our log alone. Descriptions keep to the characters of RFC 6749 section 5.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error of the protocol, as returned by checks and grants."""

    error: str
    description: str
    status: int = 400
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def invalid_request(description: str, detail: str = "") -> Refusal:
    """Return: the request is malformed, or lacks something (RFC 6749 section 5.2)."""
    return Refusal("invalid_request", description, detail=detail)


def invalid_client(description: str, detail: str = "") -> Refusal:
    """Return: the client is not authenticated (RFC 6749 section 5.2)."""
    return Refusal("invalid_client", description, status=401, detail=detail)


def client_not_recognised(detail: str) -> Refusal:
    """Return: unknown client or wrong signature; which of both is not told."""
    return invalid_client(
        "The client is not registered here, or the client assertion is not signed with one of its "
        "registered keys (PS256, ES256 or EdDSA).",
        detail,
    )


def invalid_grant(description: str, detail: str = "") -> Refusal:
    """Return: the code or refresh token is not valid for this client (RFC 6749 section 5.2)."""
    return Refusal("invalid_grant", description, detail=detail)


def invalid_scope(description: str) -> Refusal:
    """Return: the scope is unknown, missing, or more than allowed (RFC 6749 section 5.2)."""
    return Refusal("invalid_scope", description)


def invalid_dpop_proof(description: str, detail: str = "") -> Refusal:
    """Return: the DPoP proof does not hold (RFC 9449 section 5)."""
    return Refusal("invalid_dpop_proof", description, detail=detail)


def use_dpop_nonce() -> Refusal:
    """Return: repeat with the nonce of the `DPoP-Nonce` header (RFC 9449 section 8)."""
    return Refusal(
        "use_dpop_nonce", "Repeat the request with the nonce of the DPoP-Nonce header in the proof."
    )


def unsupported_grant_type() -> Refusal:
    """Return: only the two grants of the metadata (RFC 6749 section 5.2)."""
    return Refusal("unsupported_grant_type", "Supported are authorization_code and refresh_token.")


def unsupported_response_type() -> Refusal:
    """Return: only the code flow (RFC 6749 section 4.1.2.1)."""
    return Refusal("unsupported_response_type", "Only the response type code is supported.")


def request_not_supported() -> Refusal:
    """Return: no request objects by value (OpenID Connect Core section 3.1.2.6)."""
    return Refusal("request_not_supported", "Request objects are not supported; push parameters.")


def insufficient_scope(scope: str) -> Refusal:
    """Return: the token is good but not for this (RFC 6750 section 3.1)."""
    return Refusal("insufficient_scope", f"This needs the scope {scope}.", status=403)


def too_many_requests(retry_after_seconds: int) -> Refusal:
    """Return: the client asks too often (RFC 6585 section 4)."""
    return Refusal(
        "temporarily_unavailable",
        "The client has made too many requests. Try again after the seconds of Retry-After.",
        status=429,
        headers={"Retry-After": str(retry_after_seconds)},
    )


def temporarily_unavailable() -> Refusal:
    """Return: try again later (RFC 6749 section 4.1.2.1)."""
    return Refusal(
        "temporarily_unavailable",
        "The server cannot answer at present. Try again later.",
        status=503,
        headers={"Retry-After": "15"},
    )
