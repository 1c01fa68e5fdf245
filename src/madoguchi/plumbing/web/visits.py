"""Visits: a person's place in a journey, on the server, bound to his browser (LINK-08).

Two cookies carry the binding. `current` opens the visit. `next` is given afresh with every page
shown, and becomes the current one when a step raises what is proved: the browser already holds it
when the form is sent, so the old secret can die at once without a double click (whose first answer
the browser drops) losing the visit.

A visit of somebody who is signed in has an owner instead, and no cookies of its own: whoever has
signed in as that owner may go on with it, in any browser.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from madoguchi.kernel.entropy import Entropy, new_id
from madoguchi.kernel.journey import FieldError
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Keys, keyed_hash, seal, unseal
from madoguchi.plumbing.web import store
from madoguchi.plumbing.web.store import VisitRow

V = TypeVar("V")
COOKIE_SECONDS = 24 * 60 * 60
"""Longer than any visit may idle, so that who comes back too late is told so and led back."""
ENDED_COOKIE_SECONDS = 15 * 60
"""How long a browser can still open the last page of a visit that has ended."""
TAG_LENGTH = 22
VISIT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a screen says besides its own view: errors, a message, what was typed."""

    errors: tuple[FieldError, ...] = ()
    message: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    draft: Mapping[str, str] = field(default_factory=dict)
    code: str = ""


@dataclass(frozen=True, slots=True)
class Visit(Generic[V]):
    """A visit: `place` is a screen or an ending, `return_url` where an ended one leads."""

    institution: str
    id: str
    place: str
    version: int
    proved: V
    shown: Shown
    return_url: str
    expires_at: datetime
    ended_at: datetime | None


class Visits(Generic[V]):
    """The visits of one journey. `proved` is the type of what its steps prove."""

    def __init__(self, journey: str, proved: type[V], keys: Keys, entropy: Entropy) -> None:
        self._journey = journey
        self._proved = proved
        self._keys = keys
        self._entropy = entropy

    async def begin(
        self,
        tx: Tx,
        institution: str,
        place: str,
        proved: V,
        now: datetime,
        idle: timedelta,
        owner: str = "",
    ) -> tuple[Visit[V], str]:
        """Start a visit; return it and the browser's secret, "" where it has an `owner`."""
        visit_id = new_id(self._entropy)
        visit = Visit(institution, visit_id, place, 1, proved, Shown(), "", now + idle, None)
        secret = "" if owner else self.new_secret(visit)
        await tx.execute(
            store.INSERT_VISIT,
            institution,
            visit_id,
            self._journey,
            place,
            _hash_of_owner(owner) if owner else _hash(secret),
            self._seal(visit, "proved", proved),
            self._seal(visit, "shown", Shown()),
            now,
            visit.expires_at,
        )
        return visit, secret

    async def find(
        self,
        tx: Tx,
        institution: str,
        visit_id: str,
        request: Request,
        *,
        lock: bool,
        owner: str = "",
    ) -> Visit[V] | None:
        """Return the visit where this browser, or `owner`, may open it, else None.

        `lock` makes others wait. A visit with an owner opens for no cookie, and one without for no
        owner.
        """
        if not VISIT_ID.fullmatch(visit_id):
            return None
        sql = store.LOCK_VISIT if lock else store.FIND_VISIT
        row = await tx.maybe(VisitRow, sql, institution, self._journey, visit_id)
        keys = [_hash_of_owner(owner)] if owner else map(_hash, _secrets(request, visit_id))
        if row is None or not any(hmac.compare_digest(key, row.secret_hash) for key in keys):
            return None
        return self._open(row)

    async def save(self, tx: Tx, visit: Visit[V], *, secret: str | None = None) -> None:
        """Write the visit back; a `secret` opens it from now on, and the old one is dead."""
        await tx.execute(
            store.UPDATE_VISIT,
            visit.institution,
            visit.id,
            visit.place,
            visit.version,
            self._seal(visit, "proved", visit.proved),
            self._seal(visit, "shown", visit.shown),
            self._seal(visit, "return-url", visit.return_url),
            visit.expires_at,
            visit.ended_at,
            _hash(secret) if secret else None,
        )

    def new_secret(self, visit: Visit[V]) -> str:
        """Return a new secret for this visit, marked as made here."""
        nonce = self._entropy.token(32)
        return nonce + self._tag(visit, nonce)

    def offered_secret(self, visit: Visit[V], request: Request) -> str:
        """Return the secret that this browser got with its last page; a new one where none."""
        offered = request.cookies.get(_cookie(visit.id, "next"), "")
        nonce, tag = offered[:-TAG_LENGTH], offered[-TAG_LENGTH:]
        if nonce and hmac.compare_digest(tag.encode(), self._tag(visit, nonce).encode()):
            return offered
        return self.new_secret(visit)

    def csrf_token(self, visit: Visit[V]) -> str:
        """Return the token that a form of this visit carries."""
        return keyed_hash(self._keys, "csrf", visit.institution, visit.id).hex()

    def _tag(self, visit: Visit[V], nonce: str) -> str:
        return keyed_hash(self._keys, "csrf", "secret", visit.institution, visit.id, nonce).hex()[
            :TAG_LENGTH
        ]

    def _seal(self, visit: Visit[V], what: str, value: object) -> bytes:
        return seal(
            self._keys,
            "personal-data",
            msgspec.json.encode(value),
            _context(visit.institution, visit.id, what),
        )

    def _open(self, row: VisitRow) -> Visit[V]:
        def opened(sealed: bytes, what: str) -> bytes:
            return unseal(
                self._keys, "personal-data", sealed, _context(row.institution, row.id, what)
            )

        return Visit(
            row.institution,
            row.id,
            row.place,
            row.version,
            msgspec.json.decode(opened(row.proved, "proved"), type=self._proved),
            msgspec.json.decode(opened(row.shown, "shown"), type=Shown),
            msgspec.json.decode(opened(row.return_url, "return-url"), type=str)
            if row.return_url
            else "",
            row.expires_at,
            row.ended_at,
        )


def let_go(response: Response, request: Request, visit_id: str) -> None:
    """Have the browser forget an ended visit soon: cookies of old visits would pile up."""
    for which in ("current", "next"):
        if secret := request.cookies.get(_cookie(visit_id, which)):
            set_cookie(response, visit_id, which, secret, max_age_seconds=ENDED_COOKIE_SECONDS)


async def purge_visits(tx: Tx, before: datetime) -> int:
    """Delete visits of every journey that expired before `before`; return how many."""
    return await tx.execute(store.PURGE_VISITS, before)


def set_cookie(
    response: Response,
    visit_id: str,
    which: str,
    secret: str,
    max_age_seconds: int = COOKIE_SECONDS,
) -> None:
    """Give the browser a secret of the visit, as the `current` or the `next` one."""
    response.set_cookie(
        _cookie(visit_id, which),
        secret,
        max_age=max_age_seconds,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )


def hand_over(request: Request, visit_id: str, secret: str) -> None:
    """Have the answer to `request`, whoever makes it, give the browser the visit's secret."""
    carrier = Response()
    set_cookie(carrier, visit_id, "current", secret)
    request.state.cookies.append(carrier.headers["set-cookie"])


def visits_in(request: Request) -> list[str]:
    """Return the ids of the visits that the browser holds secrets of, the last few."""
    prefix = _cookie("", "current")
    return [name.removeprefix(prefix) for name in request.cookies if name.startswith(prefix)][-8:]


def _cookie(visit_id: str, which: str) -> str:
    return f"__Host-visit-{which}-{visit_id}"


def _secrets(request: Request, visit_id: str) -> list[str]:
    names = (_cookie(visit_id, "current"), _cookie(visit_id, "next"))
    return [request.cookies[name] for name in names if name in request.cookies]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _hash_of_owner(owner: str) -> bytes:
    """Return what no secret of a browser hashes to: secrets hold no colon."""
    return _hash(f"owner:{owner}")


def _context(institution: str, visit_id: str, what: str) -> bytes:
    return f"visit:{institution}:{visit_id}:{what}".encode()
