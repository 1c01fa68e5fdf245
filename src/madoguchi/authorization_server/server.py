"""The authorization server: what it holds, and how an authorization request ends."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from madoguchi import consents
from madoguchi.authorization_server import resource, store
from madoguchi.authorization_server.dpop import ProofVerifier
from madoguchi.authorization_server.events import AuthorizationEvent
from madoguchi.authorization_server.keys import SigningKeys
from madoguchi.authorization_server.nonces import Nonces
from madoguchi.authorization_server.requests import (
    LIVES_AT_MOST,
    AuthorizationRequest,
    RequestOver,
)
from madoguchi.authorization_server.resource import AccessGrant, AccessRefused, HttpParts
from madoguchi.authorization_server.tokens import TokenMaker
from madoguchi.clients import ClientKeys
from madoguchi.consents import Consent, EndedBy
from madoguchi.institutions import Institution
from madoguchi.kernel.entropy import Entropy
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.operations_log import Entry, OperationsLog, Result
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Keys


class AuthorizationServer:
    """One for all institutions, each under an issuer of its own.

    `issuer_of` gives an institution's issuer identifier. With `nonces_required`, the default, every
    DPoP proof needs a nonce of ours.
    """

    def __init__(
        self,
        *,
        keys: Keys,
        entropy: Entropy,
        log: OperationsLog,
        client_keys: ClientKeys,
        issuer_of: Callable[[Institution], str],
        nonces_required: bool = True,
    ) -> None:
        self.entropy = entropy
        self.log = log
        self.client_keys = client_keys
        self.nonces = Nonces(keys)
        self.proofs = ProofVerifier(self.nonces, nonces_required=nonces_required)
        self.signing_keys = SigningKeys(keys, entropy, log)
        self.tokens = TokenMaker(self.signing_keys, keys, entropy)
        self._issuer_of = issuer_of

    def issuer(self, institution: Institution) -> str:
        """Return the institution's issuer identifier, without a slash at its end."""
        return self._issuer_of(institution).rstrip("/")

    def api_base(self, institution: Institution) -> str:
        """Return the address of the institution's account API: the audience of access tokens."""
        return f"{self.issuer(institution)}/api/v1"

    async def find_request(
        self, tx: Tx, institution: Institution, request_id: str, now: datetime
    ) -> AuthorizationRequest | RequestOver:
        """Return the request that an interaction works on, while it can still end.

        It is held until the transaction ends: ask for it before the consent is authorised, so that
        whoever ends a request takes the two in the same order.
        """
        request = await store.find_request(tx, institution.code, request_id)
        if request is None:
            return RequestOver(request_id, "unknown")
        if request.finished_at is not None:
            return RequestOver(request_id, "finished")
        if now >= request.pushed_at + LIVES_AT_MOST:
            return RequestOver(request_id, "too_late")
        return request

    async def complete(
        self,
        tx: Tx,
        institution: Institution,
        request_id: str,
        consent: Consent,
        *,
        auth_time: datetime,
        now: datetime,
        reference: str = "",
    ) -> str | RequestOver:
        """End the request with a code, and return the URL that leads back to the app.

        `consent` is the request's own, authorised in the same transaction; `auth_time` is when the
        person proved who he is. Of several at once, one gets a URL.
        """
        request = await self.find_request(tx, institution, request_id, now)
        if isinstance(request, RequestOver):
            return request
        if consent.id != request.consent_id or not consents.is_active(consent, now):
            raise BrokenInvariant(f"consent {consent.id} does not answer request {request_id}")
        if not await store.finish(tx, request, "", now):
            return RequestOver(request_id, "finished")
        code = await self.tokens.code(tx, institution, request, consent, auth_time, now)
        self._record(tx, AuthorizationEvent.COMPLETED, request, "done", reference=reference)
        return self._redirect(institution, request, {"code": code})

    async def refuse(
        self,
        tx: Tx,
        institution: Institution,
        request_id: str,
        *,
        error: str = "access_denied",
        description: str = "",
        now: datetime,
        reference: str = "",
    ) -> str | RequestOver:
        """End the request with an error, and return the URL that leads back to the app.

        Asked again with the same error it returns the same URL, so that a second click on
        "cancel" leads back too. `description` is for the app's maker: printable ASCII.
        """
        request = await store.find_request(tx, institution.code, request_id)
        if request is None:
            return RequestOver(request_id, "unknown")
        if request.finished_at is not None and request.outcome != error:
            return RequestOver(request_id, "finished")
        if await store.finish(tx, request, error, now):
            await self._decline(tx, request, error, now)
            self._record(tx, AuthorizationEvent.REFUSED, request, "refused", error, reference)
        told = {"error": error, **({"error_description": description} if description else {})}
        return self._redirect(institution, request, told)

    async def rotate_keys(self, tx: Tx, institution: Institution, now: datetime) -> None:
        """Take the next step in the life of each signing key that is due; run it every hour."""
        await self.signing_keys.rotate(tx, institution.code, now)

    async def authenticate_access_token(
        self, tx: Tx, institution: Institution, parts: HttpParts, now: datetime
    ) -> AccessGrant | AccessRefused:
        """Return what the access token of a request to a resource allows, or why it does not.

        Checks the scheme, the proof (with nonce and `ath`), that token, client and consent stand;
        all of it anew for each request, so that what is revoked anywhere is refused here next.
        """
        return await resource.authenticate(self.proofs, self.nonces, tx, institution, parts, now)

    async def _decline(
        self, tx: Tx, request: AuthorizationRequest, error: str, now: datetime
    ) -> None:
        if request.consent_id is not None:
            await consents.revoke(
                tx, self.log, request.institution, request.consent_id,
                by=EndedBy.CUSTOMER, actor="", reason=error, now=now,
            )  # fmt: skip

    def _redirect(
        self, institution: Institution, request: AuthorizationRequest, answer: dict[str, str]
    ) -> str:
        """Return the redirect URI with the answer, `state` and `iss` (RFC 9207) added."""
        asked = request.parameters
        state = {"state": asked.state} if asked.state else {}
        query = urlencode({**answer, **state, "iss": self.issuer(institution)})
        return f"{asked.redirect_uri}{'&' if '?' in asked.redirect_uri else '?'}{query}"

    def _record(
        self, tx: Tx, event: AuthorizationEvent, request: AuthorizationRequest, result: Result,
        reason: str = "", reference: str = "",
    ) -> None:  # fmt: skip
        self.log.append(
            tx,
            Entry(
                institution=request.institution,
                event=event,
                result=result,
                subject=request.consent_id or "",
                reason=reason,
                reference=reference,
                detail={"client": request.client_id, "request": request.id},
            ),
        )
