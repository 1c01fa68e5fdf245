"""Auditing the embedded core's books by command."""

import pytest

from madoguchi.kernel.money import Yen
from tests.cli.conftest import ACCOUNT_ID, CODE, Installation


@pytest.mark.requirement("CORE-02")
async def test_the_books_are_audited_and_tampering_is_found(installation: Installation) -> None:
    """Right books end with 0 and a digest; an amount changed behind them ends with 1."""
    core = installation.runtime.core_administration()
    await core.deposit_cash(CODE, ACCOUNT_ID, Yen(10_000))
    said = await installation.run("books", "verify")
    assert f"{CODE}: " in said
    assert "every rule kept; digest " in said
    async with installation.runtime.database.transaction() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")
        await tx.execute("UPDATE embedded_core.posting SET amount = amount + 1 WHERE amount > 0")
    assert f"{CODE}: BROKEN: " in await installation.run("books", "verify", CODE, status=1)


async def test_books_of_nobody_are_refused(installation: Installation) -> None:
    """An unknown institution has no books to be right."""
    assert "no institution" in await installation.run("books", "verify", "nobody", status=1)
