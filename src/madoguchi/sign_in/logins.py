"""The history of logins: what a customer is greeted with, and what staff ask about (RET-11)."""

import ipaddress
from datetime import datetime, timedelta

from madoguchi.customers import Contract
from madoguchi.kernel.entropy import new_id
from madoguchi.plumbing.database import Tx
from madoguchi.risk import Environment
from madoguchi.sign_in import store
from madoguchi.sign_in.model import Login, LoginResult
from madoguchi.sign_in.ports import SignInPorts

KEPT = timedelta(days=400)
"""As long as a browser keeps the device's cookie, and its device counts as known."""

LOOPBACKS = (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))


async def note(
    ports: SignInPorts, tx: Tx, institution: str, contract_id: str, *, how: tuple[str, ...],
    env: Environment, result: LoginResult, now: datetime,
) -> None:  # fmt: skip
    """Write a line; with "" for the contract the same statement writes none."""
    await tx.execute(
        store.NOTE_LOGIN, institution, new_id(ports.entropy), contract_id, now, list(how),
        origin(env), env.browser, result,
    )  # fmt: skip


def origin(env: Environment) -> str:
    """Return from where, as people read it: the place, or the addresses of the network.

    "" where that tells them nothing: on the very machine that serves them.
    """
    if env.place:
        return env.place
    network = ipaddress.ip_network(env.network) if env.network else None
    if network is None or any(address in network for address in LOOPBACKS):
        return ""
    first = str(network.network_address)
    return f"{first.removesuffix('.0')}.*" if network.version == 4 else f"{first.rstrip(':')}:*"


async def last(tx: Tx, contract: Contract, n: int) -> list[Login]:
    """Return the last `n` lines, the newest first."""
    place = (contract.institution, contract.id)
    rows = await tx.many(store.LoginRow, store.LAST_LOGINS, *place, n)
    return [Login(row.at, tuple(row.how), row.origin, row.device, row.result) for row in rows]


async def purge(tx: Tx, now: datetime) -> int:
    """Delete what is older than any device's cookie."""
    return await tx.execute(store.PURGE_LOGINS, now - KEPT)
