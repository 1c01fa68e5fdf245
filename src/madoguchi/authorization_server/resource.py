"""The resource server's side: what an access token allows (RFC 6750, RFC 9449 section 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from madoguchi import consents
from madoguchi.authorization_server import dpop, errors, jose, store
from madoguchi.authorization_server.dpop import ProofVerifier
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.nonces import Nonces
from madoguchi.authorization_server.store import Token
from madoguchi.clients import ALGORITHMS, Client, find, is_usable
from madoguchi.consents import Consent, ConsentStatus, EndedBy
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.plumbing.database import Tx

Problem = Literal[
    "missing_token",
    "invalid_request",
    "invalid_token",
    "invalid_proof",
    "use_nonce",
    "insufficient_scope",
    "client_suspended",
    "consent_expired",
    "consent_revoked",
    "consent_superseded",
    "account_moved",
]


@dataclass(frozen=True, slots=True)
class HttpParts:
    """What of a request decides: `url` is the resource's published address, query left aside.

    `headers` are (name, value) pairs as received, names in any case.
    """

    method: str
    url: str
    headers: Sequence[tuple[str, str]]

    def every(self, name: str) -> list[str]:
        """Return all values of a header."""
        return [value for given, value in self.headers if given.lower() == name]


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """What the access token allows. `headers` are to be added to the answer."""

    consent: Consent
    client: Client
    scopes: tuple[str, ...]
    token_id: str
    headers: Mapping[str, str]

    @property
    def consent_id(self) -> str:
        """The id of the consent, which is also the grant's."""
        return self.consent.id

    @property
    def client_id(self) -> str:
        """The id of the client."""
        return self.client.id


@dataclass(frozen=True, slots=True)
class AccessRefused:
    """Why the request may not be served. `headers` are to be added to the answer.

    `consent` is there where the caller proved that the token was his and its consent has ended.
    """

    problem: Problem
    error: str
    description: str
    status: int
    headers: Mapping[str, str]
    consent: Consent | None = None


def scope_refusal(grant: AccessGrant, scope: str) -> AccessRefused | None:
    """Return the refusal of a resource that needs `scope`, or None where the token has it."""
    if scope in grant.scopes:
        return None
    refusal = errors.insufficient_scope(scope)
    challenge = _challenge(refusal, f', scope="{scope}"')
    headers = {**grant.headers, "WWW-Authenticate": challenge}
    return AccessRefused(
        "insufficient_scope", refusal.error, refusal.description, refusal.status, headers
    )


async def authenticate(
    verifier: ProofVerifier,
    nonces: Nonces,
    tx: Tx,
    institution: Institution,
    parts: HttpParts,
    now: datetime,
) -> AccessGrant | AccessRefused:
    """See `AuthorizationServer.authenticate_access_token`."""
    given = {"DPoP-Nonce": nonces.current(institution.code, now)}
    text = _token_text(parts)
    if isinstance(text, AccessRefused):
        return _with_headers(text, given)
    token = await store.find_token(tx, institution.code, jose.sha256(text))
    proof = verifier.verify(
        institution.code, parts.every("dpop"), parts.method, parts.url, now, text
    )
    if isinstance(proof, Refusal):
        problem: Problem = "use_nonce" if proof.error == "use_dpop_nonce" else "invalid_proof"
        return _refused(problem, proof, given)
    if token is None or token.kind != "access" or token.jkt != proof.jkt:
        return _invalid("The access token is unknown, or is bound to another key.", given)
    kept_until = now + dpop.KEPT
    spent = await store.spend(tx, institution.code, dpop.SINGLE_USE, proof.hash, kept_until, now)
    if not spent:
        used = errors.invalid_dpop_proof("The DPoP proof was used before.")
        return _refused("invalid_proof", used, given)
    return await _standing(tx, token, given, now)


async def _standing(
    tx: Tx, token: Token, given: Mapping[str, str], now: datetime
) -> AccessGrant | AccessRefused:
    """Return the grant where token, client and consent all stand."""
    consent = must(await consents.find(tx, token.institution, token.consent_id, now))
    if not consents.is_active(consent, now):
        return _ended(consent, given)
    if token.revoked_at is not None or now >= token.expires_at:
        return _invalid("The access token has expired or was revoked.", given)
    client = await find(tx, token.institution, token.client_id)
    if client is None or not is_usable(client, now):
        refusal = Refusal("invalid_token", "The client is suspended.", status=401)
        return _refused("client_suspended", refusal, given)
    return AccessGrant(consent, client, tuple(token.scopes), token.id, given)


def _token_text(parts: HttpParts) -> str | AccessRefused:
    lines = parts.every("authorization")
    if not lines:
        challenge = f'DPoP algs="{" ".join(ALGORITHMS)}"'
        return AccessRefused(
            "missing_token", "", "An access token is needed.", 401, {"WWW-Authenticate": challenge}
        )
    scheme, _, text = lines[0].partition(" ")
    if len(lines) > 1 or not text.strip():
        refusal = errors.invalid_request("Send one Authorization header: DPoP and the token.")
        return _refused("invalid_request", refusal, {})
    if scheme.lower() != "dpop":
        return _invalid("Access tokens are bound to a key: use the scheme DPoP.", {})
    return text.strip()


def _ended(consent: Consent, given: Mapping[str, str]) -> AccessRefused:
    problem: Problem = "consent_revoked"
    if consent.status is ConsentStatus.EXPIRED:
        problem = "consent_expired"
    elif consent.status is ConsentStatus.SUPERSEDED:
        problem = "consent_superseded"
    elif consent.ended_by == EndedBy.ACCOUNT_MOVED:
        problem = "account_moved"
    text = f"The consent has ended: {consent.status.value}. Send the user to link again."
    refusal = Refusal("invalid_token", text, status=401)
    return _refused(problem, refusal, given, consent)


def _invalid(description: str, given: Mapping[str, str]) -> AccessRefused:
    return _refused("invalid_token", Refusal("invalid_token", description, status=401), given)


def _refused(
    problem: Problem, refusal: Refusal, given: Mapping[str, str], consent: Consent | None = None
) -> AccessRefused:
    status = 400 if problem == "invalid_request" else 401
    headers = {**given, "WWW-Authenticate": _challenge(refusal)}
    return AccessRefused(problem, refusal.error, refusal.description, status, headers, consent)


def _with_headers(refused: AccessRefused, given: Mapping[str, str]) -> AccessRefused:
    return AccessRefused(
        refused.problem, refused.error, refused.description, refused.status,
        {**given, **refused.headers}, refused.consent,
    )  # fmt: skip


def _challenge(refusal: Refusal, more: str = "") -> str:
    """Return the `WWW-Authenticate` line (RFC 9449 section 7.1)."""
    algorithms = " ".join(ALGORITHMS)
    return (
        f'DPoP error="{refusal.error}", error_description="{refusal.description}"{more}, '
        f'algs="{algorithms}"'
    )
