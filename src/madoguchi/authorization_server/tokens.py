"""Making codes and tokens. All are random or signed; only their hashes are stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from madoguchi.authorization_server import jose, store
from madoguchi.authorization_server.keys import SigningKeys
from madoguchi.authorization_server.requests import AuthorizationRequest
from madoguchi.authorization_server.store import Code, Token
from madoguchi.clients import Client, sector
from madoguchi.consents import Consent
from madoguchi.institutions import Institution
from madoguchi.kernel.entropy import Entropy, new_id
from madoguchi.kernel.errors import must
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Keys, mac

PAIRWISE_KEY = "pairwise"


@dataclass(frozen=True, slots=True)
class Basis:
    """What tokens are issued on: a client's consent, as answered through one code."""

    institution: Institution
    issuer: str
    audience: str
    client: Client
    consent: Consent
    code_hash: bytes
    scopes: tuple[str, ...]
    auth_time: datetime


class TokenMaker:
    """Makes codes and tokens and stores their hashes."""

    def __init__(self, signing_keys: SigningKeys, keys: Keys, entropy: Entropy) -> None:
        self._signing_keys = signing_keys
        self._keys = keys
        self._entropy = entropy

    async def code(
        self,
        tx: Tx,
        institution: Institution,
        request: AuthorizationRequest,
        consent: Consent,
        auth_time: datetime,
        now: datetime,
    ) -> str:
        """Return a new authorization code for what `request` asked and `consent` gave."""
        code, asked = self._entropy.token(), request.parameters
        lives = timedelta(seconds=institution.authorization.code_seconds)
        await store.insert_code(
            tx,
            Code(
                institution=institution.code,
                hash=jose.sha256(code),
                client_id=request.client_id,
                consent_id=consent.id,
                redirect_uri=asked.redirect_uri,
                code_challenge=asked.code_challenge,
                dpop_jkt=asked.dpop_jkt,
                nonce=asked.nonce,
                scopes=list(consent.scopes),
                auth_time=auth_time,
                issued_at=now,
                expires_at=now + lives,
            ),
        )
        return code

    async def access_token(
        self, tx: Tx, basis: Basis, scopes: tuple[str, ...], jkt: str, now: datetime
    ) -> tuple[str, int]:
        """Return an access token bound to the key `jkt`, and for how many seconds it is good.

        It ends with the consent at the latest. JWT (RFC 9068) or opaque, as the client is
        registered; the server decides on both by the stored hash.
        """
        lives = timedelta(seconds=basis.institution.authorization.access_token_seconds)
        expires_at = min(now + lives, must(basis.consent.expires_at))
        token_id = new_id(self._entropy)
        if basis.client.token_format == "jwt":  # noqa: S105 - a format
            claims = self._access_claims(basis, scopes, jkt, token_id, now, expires_at)
            text = await self._signing_keys.sign(
                tx, basis.institution.code, basis.client.signing_algorithm, "at+jwt", claims, now
            )
        else:
            text = self._entropy.token()
        row = _row(basis, "access", token_id, text, jkt, scopes, now, expires_at)
        await store.insert_token(tx, row)
        return text, int((expires_at - now).total_seconds())

    async def refresh_token(self, tx: Tx, basis: Basis, now: datetime) -> str:
        """Return a refresh token that lives as long as the consent (AS-05)."""
        text = self._entropy.token()
        expires_at = must(basis.consent.expires_at)
        token_id = new_id(self._entropy)
        row = _row(basis, "refresh", token_id, text, "", basis.scopes, now, expires_at)
        await store.insert_token(tx, row)
        return text

    async def id_token(self, tx: Tx, basis: Basis, nonce: str, now: datetime) -> str:
        """Return an ID token (OpenID Connect Core section 2)."""
        claims: dict[str, Any] = {
            "iss": basis.issuer,
            "sub": self.subject(basis.client, basis.consent.holder_id),
            "aud": basis.client.id,
            "iat": int(now.timestamp()),
            "exp": int(now.timestamp()) + basis.institution.authorization.id_token_seconds,
            "auth_time": int(basis.auth_time.timestamp()),
        }
        if nonce:
            claims["nonce"] = nonce
        return await self._signing_keys.sign(
            tx, basis.institution.code, basis.client.signing_algorithm, "JWT", claims, now
        )

    def subject(self, client: Client, holder_id: str) -> str:
        """Return the pairwise subject of a holder (AS-06): nothing of an account is in it.

        The oldest key makes it, so that rotating keys changes nobody's subject.
        """
        key = self._keys.every(PAIRWISE_KEY)[-1]
        parts = (client.institution, sector(client), holder_id)
        return jose.base64url(mac(key, "pairwise subject", *(part.encode() for part in parts)))

    def _access_claims(
        self,
        basis: Basis,
        scopes: tuple[str, ...],
        jkt: str,
        token_id: str,
        now: datetime,
        expires_at: datetime,
    ) -> dict[str, Any]:
        return {
            "iss": basis.issuer,
            "sub": self.subject(basis.client, basis.consent.holder_id),
            "aud": basis.audience,
            "client_id": basis.client.id,
            "scope": " ".join(scopes),
            "jti": token_id,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "auth_time": int(basis.auth_time.timestamp()),
            "cnf": {"jkt": jkt},
        }


def _row(
    basis: Basis,
    kind: str,
    token_id: str,
    text: str,
    jkt: str,
    scopes: tuple[str, ...],
    now: datetime,
    expires_at: datetime,
) -> Token:
    return Token(
        institution=basis.institution.code,
        hash=jose.sha256(text),
        kind=kind,
        id=token_id,
        client_id=basis.client.id,
        consent_id=basis.consent.id,
        code_hash=basis.code_hash,
        jkt=jkt,
        scopes=list(scopes),
        auth_time=basis.auth_time,
        issued_at=now,
        expires_at=expires_at,
    )
