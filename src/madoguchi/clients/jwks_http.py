"""Fetches clients' JWK sets; a registered URL cannot reach into our own network."""

import asyncio
import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec

from madoguchi.clients.ports import JwksUnavailable
from madoguchi.clients.rules import is_trusted_url

BYTES_AT_MOST = 65536
SECONDS_AT_MOST = 3.0


class HttpJwksFetcher:
    """Fetches with one GET: https, no redirects, at most 64 KiB, three seconds, public addresses.

    The address that was checked is the address that is connected to, so that a name cannot be
    pointed elsewhere in between. `loopback_allowed` is the demo's setting, as in the rules.
    """

    def __init__(self, *, loopback_allowed: bool = False) -> None:
        self._loopback_allowed = loopback_allowed

    async def fetch(self, url: str) -> dict[str, Any]:
        """Return the JWK set at `url`; raise `JwksUnavailable` where there is none."""
        if not is_trusted_url(url, loopback_allowed=self._loopback_allowed):
            raise JwksUnavailable(f"not a URL to fetch keys from: {url}")
        try:
            async with asyncio.timeout(SECONDS_AT_MOST):
                return _jwks(await self._body(url))
        except (httpx2.HTTPError, OSError, TimeoutError, msgspec.DecodeError) as error:
            raise JwksUnavailable(f"no JWK set at {url}: {error!r}") from error

    async def _body(self, url: str) -> bytes:
        host = urlsplit(url).hostname or ""
        target = httpx2.URL(url).copy_with(host=await self._address(host))
        headers = {
            "Host": urlsplit(url).netloc,
            "Accept": "application/jwk-set+json, application/json",
        }
        body = b""
        async with (
            httpx2.AsyncClient(
                follow_redirects=False, trust_env=False, timeout=SECONDS_AT_MOST
            ) as client,
            client.stream(
                "GET", target, headers=headers, extensions={"sni_hostname": host}
            ) as response,
        ):
            if response.status_code != httpx2.codes.OK:
                raise JwksUnavailable(f"status {response.status_code} at {url}")
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > BYTES_AT_MOST:
                    raise JwksUnavailable(f"more than {BYTES_AT_MOST} bytes at {url}")
        return body

    async def _address(self, host: str) -> str:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        if not addresses or not all(
            address.is_global or (self._loopback_allowed and address.is_loopback)
            for address in addresses
        ):
            raise JwksUnavailable(f"{host} is not a public address")
        # IPv4 first: what listens on IPv6 alone is rare, and the other way round is not
        return str(min(addresses, key=lambda address: address.version))


def _jwks(body: bytes) -> dict[str, Any]:
    found = msgspec.json.decode(body)
    if not isinstance(found, dict):
        raise JwksUnavailable("the JWK set is not an object")
    return found
