"""What staff do with the register, and how the others look a client up."""

import re
from datetime import datetime
from typing import Any

import msgspec

from madoguchi.clients import store
from madoguchi.clients.events import ClientEvent
from madoguchi.clients.outcomes import (
    ClientExists,
    InvalidRegistration,
    NoSuchClient,
    RegistrationError,
)
from madoguchi.clients.rules import CLIENT_ID, Client, ClientStatus, Registration, wrong_in
from madoguchi.operations_log import Entry, OperationsLog
from madoguchi.plumbing.database import Tx

find = store.find
every = store.every


async def register(
    tx: Tx,
    log: OperationsLog,
    institution: str,
    client_id: str,
    registration: Registration,
    *,
    actor: str,
    now: datetime,
    loopback_allowed: bool = False,
) -> Client | InvalidRegistration | ClientExists:
    """Register a client. `client_id` is the caller's choice: letters, digits and `._~-`."""
    wrong = wrong_in(registration, loopback_allowed=loopback_allowed)
    if not re.fullmatch(CLIENT_ID, client_id):
        wrong = (RegistrationError("client_id", "malformed", client_id), *wrong)
    if wrong:
        return InvalidRegistration(wrong)
    client = await store.insert(tx, institution, client_id, registration, now)
    if client is None:
        return ClientExists(client_id)
    _record(tx, log, ClientEvent.REGISTERED, client, actor)
    return client


async def change(
    tx: Tx,
    log: OperationsLog,
    institution: str,
    client_id: str,
    registration: Registration,
    *,
    actor: str,
    now: datetime,
    loopback_allowed: bool = False,
) -> Client | InvalidRegistration | NoSuchClient:
    """Replace all that is registered about a client; its consents and tokens stay."""
    if wrong := wrong_in(registration, loopback_allowed=loopback_allowed):
        return InvalidRegistration(wrong)
    client = await store.set_registration(tx, institution, client_id, registration, now)
    if client is None:
        return NoSuchClient(client_id)
    _record(tx, log, ClientEvent.CHANGED, client, actor)
    return client


async def replace_keys(
    tx: Tx,
    log: OperationsLog,
    institution: str,
    client_id: str,
    keys: dict[str, Any] | str,
    *,
    actor: str,
    now: datetime,
    loopback_allowed: bool = False,
) -> Client | InvalidRegistration | NoSuchClient:
    """Give the client other keys: a JWK set, or the URL of one.

    What the old ones signed is refused from the next request on.
    """
    known = await store.find(tx, institution, client_id)
    if known is None:
        return NoSuchClient(client_id)
    jwks, jwks_uri = (None, keys) if isinstance(keys, str) else (keys, "")
    registration = msgspec.structs.replace(known, jwks=jwks, jwks_uri=jwks_uri)
    if wrong := wrong_in(registration, loopback_allowed=loopback_allowed):
        return InvalidRegistration(wrong)
    client = await store.set_registration(tx, institution, client_id, registration, now)
    if client is None:
        return NoSuchClient(client_id)
    _record(tx, log, ClientEvent.KEYS_REPLACED, client, actor)
    return client


async def suspend(
    tx: Tx,
    log: OperationsLog,
    institution: str,
    client_id: str,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> Client | NoSuchClient:
    """Refuse everything that the client asks from now on, its tokens included.

    Consents stay, and work after `resume`.
    """
    client = await store.set_status(tx, institution, client_id, ClientStatus.SUSPENDED, reason, now)
    if client is None:
        return NoSuchClient(client_id)
    _record(tx, log, ClientEvent.SUSPENDED, client, actor, reason)
    return client


async def resume(
    tx: Tx,
    log: OperationsLog,
    institution: str,
    client_id: str,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> Client | NoSuchClient:
    """Let a suspended client act again."""
    client = await store.set_status(tx, institution, client_id, ClientStatus.ACTIVE, reason, now)
    if client is None:
        return NoSuchClient(client_id)
    _record(tx, log, ClientEvent.RESUMED, client, actor, reason)
    return client


def _record(
    tx: Tx, log: OperationsLog, event: ClientEvent, client: Client, actor: str, reason: str = ""
) -> None:
    log.append(
        tx,
        Entry(
            institution=client.institution,
            event=event,
            result="done",
            actor=actor,
            subject=client.id,
            reason=reason,
            detail={"version": str(client.version)},
        ),
    )
