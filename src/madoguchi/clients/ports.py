"""What the register needs from outside."""

from typing import Any, Protocol

from madoguchi.kernel.errors import Fault


class JwksUnavailable(Fault):
    """A client's JWKS could not be fetched, or is not one."""


class JwksFetcher(Protocol):
    """Fetches the JWK set that a client publishes (RFC 7591 `jwks_uri`)."""

    async def fetch(self, url: str) -> dict[str, Any]:
        """Return the JWK set at `url`; raise `JwksUnavailable` where there is none."""
        ...
