"""Clients' public keys, imported once: importing costs more than verifying."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import Key

from madoguchi.clients.jwks_rules import algorithm_of, imported, wrong_in_jwk
from madoguchi.clients.ports import JwksFetcher, JwksUnavailable
from madoguchi.clients.rules import Client

FRESH = timedelta(minutes=5)
FETCHED_AGAIN_AT_MOST_EVERY = timedelta(seconds=30)
REMEMBERED_AT_MOST = 5000


class ClientKeys:
    """Finds the keys that may have signed what a client sent.

    Inline keys are remembered for the client's version, which is read with the client at each
    request: a change made by any process takes effect with the next request. Keys behind a
    `jwks_uri` are remembered for five minutes, and fetched again (at most twice a minute) where
    none has the `kid` asked for.
    """

    def __init__(self, fetcher: JwksFetcher) -> None:
        self._fetcher = fetcher
        self._inline: dict[tuple[str, str], tuple[int, tuple[Key, ...]]] = {}
        self._remote: dict[str, tuple[datetime, tuple[Key, ...]]] = {}
        self._under_way: dict[str, asyncio.Future[tuple[Key, ...]]] = {}

    async def matching(
        self, client: Client, kid: str | None, algorithm: str, now: datetime
    ) -> tuple[Key, ...]:
        """Return the client's keys for `algorithm`, narrowed down by `kid`; empty where none.

        Raises `JwksUnavailable` where they would have to be fetched and cannot be.
        """
        if client.jwks is not None:
            return _matching(self._inline_keys(client), kid, algorithm)
        fetched_at, keys = self._remote.get(client.jwks_uri, (None, ()))
        found = _matching(keys, kid, algorithm)
        age = now - fetched_at if fetched_at else None
        if age is not None and (age < FETCHED_AGAIN_AT_MOST_EVERY or (found and age < FRESH)):
            return found
        return _matching(await self._fetched(client.jwks_uri, now), kid, algorithm)

    def _inline_keys(self, client: Client) -> tuple[Key, ...]:
        place = (client.institution, client.id)
        known = self._inline.get(place)
        if known is None or known[0] != client.version:
            _make_room(self._inline)
            known = self._inline[place] = (client.version, _import(client.jwks or {}))
        return known[1]

    async def _fetched(self, url: str, now: datetime) -> tuple[Key, ...]:
        """Fetch once, however many requests wait for the same keys."""
        under_way = self._under_way.get(url)
        if under_way is None:
            under_way = asyncio.ensure_future(self._fetch(url, now))
            self._under_way[url] = under_way
            under_way.add_done_callback(lambda _: self._under_way.pop(url, None))
        return await asyncio.shield(under_way)

    async def _fetch(self, url: str, now: datetime) -> tuple[Key, ...]:
        _make_room(self._remote)
        try:
            keys = _import(await self._fetcher.fetch(url))
        except JwksUnavailable:
            # remembered as empty, so that a client whose site hangs is not waited for each time
            self._remote[url] = (now, ())
            raise
        self._remote[url] = (now, keys)
        return keys


def _import(jwks: dict[str, Any]) -> tuple[Key, ...]:
    listed = jwks.get("keys")
    if not isinstance(listed, list):
        return ()
    usable = [jwk for jwk in listed if wrong_in_jwk(jwk) is None and jwk.get("use", "sig") == "sig"]
    return tuple(key for jwk in usable if (key := imported(jwk)) is not None)


def _matching(keys: tuple[Key, ...], kid: str | None, algorithm: str) -> tuple[Key, ...]:
    return tuple(
        key
        for key in keys
        if algorithm_of(key) == algorithm and (kid is None or key.get("kid") == kid)
    )


def _make_room(cache: dict[Any, Any]) -> None:
    if len(cache) >= REMEMBERED_AT_MOST:
        cache.pop(next(iter(cache)))
