"""The client's side of FAPI 2.0: pushed request, code, tokens, calls (RFC 9126, 6749, 9449)."""

import dataclasses
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2

from madoguchi.demo.sample_app import clock
from madoguchi.demo.sample_app.configuration import Bank, Configuration
from madoguchi.demo.sample_app.proofs import (
    challenge,
    client_assertion,
    dpop_proof,
    new_key,
    new_verifier,
)
from madoguchi.demo.sample_app.store import Link, Pending, Store

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EARLY_SECONDS = 10
TIMEOUT_SECONDS = 15


class Refused(Exception):
    """The bank said no, or could not be asked.

    `code` is the OAuth error or the end of the problem's type, "unreachable" where there was no
    answer; `told` is the whole answer, with `retry_after` in seconds where the bank named it.
    """

    def __init__(self, code: str, told: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.told = told or {}


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request: sent again, signed anew, where the server asks for a nonce.

    `data` is a form that the app proves itself with, `access_token` what it has instead.
    """

    bank: Bank
    method: str
    url: str
    dpop_key: Mapping[str, Any]
    data: Mapping[str, str] | None = None
    access_token: str | None = None


class Client:
    """Speaks with the banks for the app."""

    def __init__(
        self, configuration: Configuration, store: Store, http: httpx2.AsyncClient | None = None
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._http = http or httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)
        self._metadata: dict[str, dict[str, Any]] = {}
        self._nonces: dict[str, str] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    # ── linking ──────────────────────────────────────────────────────────

    async def begin(self, bank: Bank, browser: str, replaces: str = "") -> str:
        """Push the request; return the bank's address for the browser. Raises `Refused`."""
        now = await self._now()
        pending = Pending(
            state=secrets.token_urlsafe(24),
            browser=browser,
            bank=bank.slug,
            verifier=new_verifier(),
            dpop_key=new_key(),
            replaces=replaces,
            began_at=now,
        )
        metadata = await self._metadata_of(bank)
        pushed = await self._post(
            bank,
            metadata["pushed_authorization_request_endpoint"],
            pending.dpop_key,
            {
                "response_type": "code",
                "redirect_uri": self._configuration.callback,
                "scope": " ".join(bank.scopes),
                "state": pending.state,
                "code_challenge": challenge(pending.verifier),
                "code_challenge_method": "S256",
            },
        )
        self._store.begin(pending)
        query = urlencode({"client_id": bank.client_id, "request_uri": pushed["request_uri"]})
        return f"{metadata['authorization_endpoint']}?{query}"

    async def finish(self, bank: Bank, pending: Pending, code: str) -> Link:
        """Turn the code into tokens and keep the link. Raises `Refused`."""
        metadata = await self._metadata_of(bank)
        tokens = await self._post(
            bank,
            metadata["token_endpoint"],
            pending.dpop_key,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._configuration.callback,
                "code_verifier": pending.verifier,
            },
        )
        link = Link(
            id=secrets.token_urlsafe(12),
            browser=pending.browser,
            bank=bank.slug,
            dpop_key=pending.dpop_key,
            access_token=tokens["access_token"],
            access_until=await self._now() + int(tokens.get("expires_in", 60)),
            refresh_token=tokens["refresh_token"],
        )
        self._store.save(link)
        return link

    # ── reading ──────────────────────────────────────────────────────────

    async def call(
        self, link: Link, path: str, *, method: str = "GET", query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Ask the account API, with a new access token where its time is over. Raises `Refused`."""
        bank = self._bank_of(link)
        if link.access_until - EARLY_SECONDS <= await self._now():
            link = await self._refresh(bank, link)
        try:
            return await self._call(bank, link, path, method, query)
        except Refused as refused:
            if refused.code != "invalid_token":
                raise
        return await self._call(bank, await self._refresh(bank, link), path, method, query)

    async def _call(
        self, bank: Bank, link: Link, path: str, method: str, query: Mapping[str, str] | None
    ) -> dict[str, Any]:
        url = bank.api_base + path + (f"?{urlencode(query)}" if query else "")
        return await self._send(
            _Ask(bank, method, url, link.dpop_key, access_token=link.access_token)
        )

    async def _refresh(self, bank: Bank, link: Link) -> Link:
        current = self._store.link(link.browser, link.id) or link
        if current.access_token != link.access_token:
            return current
        metadata = await self._metadata_of(bank)
        try:
            tokens = await self._post(
                bank,
                metadata["token_endpoint"],
                link.dpop_key,
                {"grant_type": "refresh_token", "refresh_token": link.refresh_token},
            )
        except Refused as refused:
            if refused.code != "invalid_grant":
                raise
            raise await self._why_ended(bank, link) from None
        renewed = dataclasses.replace(
            link,
            access_token=tokens["access_token"],
            access_until=await self._now() + int(tokens.get("expires_in", 60)),
            refresh_token=tokens.get("refresh_token", link.refresh_token),
        )
        self._store.save(renewed)
        return renewed

    async def _why_ended(self, bank: Bank, link: Link) -> Refused:
        """Ask the account API, which tells in which way a consent has ended."""
        try:
            await self._call(bank, link, "/consent", "GET", None)
        except Refused as refused:
            if refused.code.startswith("consent_"):
                return refused
        return Refused("link_ended")

    # ── below ────────────────────────────────────────────────────────────

    def _bank_of(self, link: Link) -> Bank:
        bank = self._configuration.bank(link.bank)
        if bank is None:
            raise Refused("unknown_bank")
        return bank

    async def _metadata_of(self, bank: Bank) -> dict[str, Any]:
        if bank.slug not in self._metadata:
            answer = await self._request("GET", f"{bank.issuer}/.well-known/openid-configuration")
            metadata = _json(answer)
            if answer.status_code != 200 or metadata.get("issuer") != bank.issuer:
                raise Refused("unreachable", metadata)
            self._metadata[bank.slug] = metadata
        return self._metadata[bank.slug]

    async def _post(
        self, bank: Bank, url: str, dpop_key: Mapping[str, Any], data: Mapping[str, str]
    ) -> dict[str, Any]:
        return await self._send(_Ask(bank, "POST", url, dpop_key, data=data))

    async def _send(self, ask: _Ask) -> dict[str, Any]:
        answer = await self._send_once(ask)
        if answer.status_code in {400, 401} and _error_code(answer) == "use_dpop_nonce":
            answer = await self._send_once(ask)
        if answer.is_success:
            return _json(answer)
        wait = answer.headers.get("retry-after", "")
        told = {**_json(answer), **({"retry_after": int(wait)} if wait.isdecimal() else {})}
        raise Refused(_error_code(answer), told)

    async def _send_once(self, ask: _Ask) -> httpx2.Response:
        server = urlsplit(ask.url).netloc + ("/api" if ask.access_token else "")
        now = await self._now()
        data = {**ask.data, **_authentication(ask.bank, now)} if ask.data else None
        proof = dpop_proof(
            ask.dpop_key,
            ask.method,
            ask.url,
            now,
            nonce=self._nonces.get(server),
            access_token=ask.access_token,
        )
        headers = {"DPoP": proof}
        if ask.access_token:
            headers["Authorization"] = f"DPoP {ask.access_token}"
        answer = await self._request(ask.method, ask.url, data=data, headers=headers)
        if "dpop-nonce" in answer.headers:
            self._nonces[server] = answer.headers["dpop-nonce"]
        return answer

    async def _request(self, method: str, url: str, **kwargs: Any) -> httpx2.Response:
        try:
            return await self._http.request(method, url, **kwargs)
        except httpx2.HTTPError as error:
            raise Refused("unreachable", {"error": str(error)}) from error

    async def _now(self) -> int:
        try:
            return await clock.now(self._http, self._configuration.now_url)
        except (httpx2.HTTPError, KeyError, ValueError) as error:
            raise Refused("unreachable") from error


def _authentication(bank: Bank, now: int) -> dict[str, str]:
    """Return the fields that authenticate the app; an assertion is good for one request."""
    return {
        "client_id": bank.client_id,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": client_assertion(bank.private_jwk, bank.client_id, bank.issuer, now),
    }


def _json(answer: httpx2.Response) -> dict[str, Any]:
    try:
        told = json.loads(answer.content or b"{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _error_code(answer: httpx2.Response) -> str:
    """Return the end of the problem's type (RFC 9457), or the OAuth error."""
    challenged = answer.headers.get("www-authenticate", "")
    if 'error="use_dpop_nonce"' in challenged:
        return "use_dpop_nonce"
    told = _json(answer)
    kind = str(told.get("type", "")).rpartition("/")[2].rpartition(":")[2]
    if kind and kind != "blank":
        return kind
    if isinstance(told.get("error"), str):
        return str(told["error"])
    return "unreachable" if answer.status_code >= 500 else "unexpected"
