"""`madoguchi client`: register apps, see them, suspend them, give them other keys (AS-08)."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import msgspec

from madoguchi import clients
from madoguchi.cli.client_file import read_client, read_jwks, told
from madoguchi.cli.desk import (
    ANY_ID,
    Desk,
    Refused,
    at_desk,
    by_option,
    institution_argument,
    json_option,
    reason_option,
)
from madoguchi.cli.printing import japan_time, listed, printed_json
from madoguchi.clients import Client, ClientExists, InvalidRegistration, NoSuchClient

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def client() -> None:
    """Look after the register of clients: the apps of third parties, and resource servers."""


@client.command("register")
@institution_argument
@click.argument("file", type=FILE)
@by_option
@at_desk
async def register_command(desk: Desk, institution: str, file: Path) -> str:
    """Register the client that FILE (TOML) describes."""
    where = desk.institution(institution)
    client_id, registration = read_client(file)
    done = await clients.register(
        desk.tx,
        desk.runtime.log,
        where.code,
        client_id,
        registration,
        actor=desk.actor,
        now=desk.now,
        loopback_allowed=_loopback_allowed(desk),
    )
    if isinstance(done, ClientExists):
        raise Refused(f"client {client_id} is registered at {where.code} already")
    _done(done, file)
    return f"client {client_id} is registered at {where.code}"


@client.command("change")
@institution_argument
@click.argument("file", type=FILE)
@by_option
@at_desk
async def change_command(desk: Desk, institution: str, file: Path) -> str:
    """Replace all that is registered about a client by FILE (TOML); its consents stay."""
    where = desk.institution(institution)
    client_id, registration = read_client(file)
    done = await clients.change(
        desk.tx,
        desk.runtime.log,
        where.code,
        client_id,
        registration,
        actor=desk.actor,
        now=desk.now,
        loopback_allowed=_loopback_allowed(desk),
    )
    changed = _done(done, file)
    return f"client {client_id} is changed; this is version {changed.version}"


@client.command("show", context_settings=ANY_ID)
@institution_argument
@click.argument("client")
@at_desk
async def show_command(desk: Desk, institution: str, client: str) -> str:
    """Print, as JSON, all that is registered about a client."""
    where = desk.institution(institution)
    found = await clients.find(desk.tx, where.code, client)
    if found is None:
        raise Refused(f"no client {client} at {where.code}")
    times = {
        "registered_at": japan_time(found.registered_at),
        "changed_at": japan_time(found.changed_at),
    }
    usable = clients.is_usable(found, desk.now)
    return printed_json({**msgspec.to_builtins(found), **times, "usable": usable})


@client.command("list")
@institution_argument
@json_option
@at_desk
async def list_command(desk: Desk, institution: str, *, as_json: bool) -> str:
    """List the clients; `usable` says whether one may act now: not suspended, under contract."""
    where = desk.institution(institution)
    rows = [
        {
            "id": each.id,
            "status": each.status,
            "usable": clients.is_usable(each, desk.now),
            "app": each.app.ja,
            "third party": each.third_party.ja,
            "contract from": each.contract_from.isoformat(),
            "contract until": each.contract_until and each.contract_until.isoformat(),
            "scopes": list(each.scopes),
        }
        for each in await clients.every(desk.tx, where.code)
    ]
    return listed(rows, as_json=as_json)


@client.command("suspend", context_settings=ANY_ID)
@institution_argument
@click.argument("client")
@reason_option
@by_option
@at_desk
async def suspend_command(desk: Desk, institution: str, client: str, reason: str) -> str:
    """Refuse all that a client asks from now on, its tokens included; consents stay."""
    await _set_status(clients.suspend, desk, institution, client, reason)
    return f"client {client} is suspended"


@client.command("resume", context_settings=ANY_ID)
@institution_argument
@click.argument("client")
@reason_option
@by_option
@at_desk
async def resume_command(desk: Desk, institution: str, client: str, reason: str) -> str:
    """Let a suspended client act again."""
    await _set_status(clients.resume, desk, institution, client, reason)
    return f"client {client} may act again"


@client.command("keys", context_settings=ANY_ID)
@institution_argument
@click.argument("client")
@click.option("--jwks", type=FILE, help="A JSON file with the JWK set of its public keys.")
@click.option("--jwks-uri", help="The https address of that set.")
@by_option
@at_desk
async def keys_command(
    desk: Desk, institution: str, client: str, jwks: Path | None, jwks_uri: str | None
) -> str:
    """Give a client other keys; what the old ones signed is refused from now on."""
    where = desk.institution(institution)
    if (jwks is None) == (jwks_uri is None):
        raise click.UsageError("give one of --jwks and --jwks-uri")
    done = await clients.replace_keys(
        *(desk.tx, desk.runtime.log, where.code, client),
        read_jwks(jwks) if jwks else jwks_uri or "",
        actor=desk.actor,
        now=desk.now,
        loopback_allowed=_loopback_allowed(desk),
    )
    _done(done, jwks or client)
    return f"client {client} has other keys"


async def _set_status(
    act: Callable[..., Awaitable[Client | NoSuchClient]],
    desk: Desk,
    institution: str,
    client: str,
    reason: str,
) -> None:
    where = desk.institution(institution)
    done = await act(
        *(desk.tx, desk.runtime.log, where.code, client),
        reason=reason,
        actor=desk.actor,
        now=desk.now,
    )
    _done(done, client)


def _done(done: Client | InvalidRegistration | NoSuchClient, source: object) -> Client:
    match done:
        case InvalidRegistration():
            raise Refused(told(source, done))
        case NoSuchClient(client_id=client_id):
            raise Refused(f"no client {client_id}")
        case Client():
            return done


def _loopback_allowed(desk: Desk) -> bool:
    return desk.runtime.settings.environment == "demo"
