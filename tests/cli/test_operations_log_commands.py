"""Verifying, anchoring and searching the operations log."""

from pathlib import Path
from typing import Any

import pytest

from madoguchi.operations_log import Entry, Event
from tests.cli.conftest import ACCOUNT, ACCOUNT_ID, CODE, Installation
from tests.cli.test_consent_commands import given_consent

VERIFY = ("operations-log", "verify")
SEARCH = ("operations-log", "search", CODE)
AS_A_REPLICA = "SET LOCAL session_replication_role = replica"
"""Silences the triggers that keep the log: what an administrator of the database can do."""


class SomeEvent(Event):
    """What these tests write."""

    HAPPENED = "cli-test:happened"


async def append(installation: Installation, count: int = 1, **fields: Any) -> None:
    runtime = installation.runtime
    for _ in range(count):
        async with runtime.database.transaction() as tx:
            runtime.log.append(tx, Entry(CODE, SomeEvent.HAPPENED, "done", **fields))


async def tamper(installation: Installation, *statements: str) -> None:
    async with installation.runtime.database.transaction() as tx:
        for each in (AS_A_REPLICA, *statements):
            await tx.execute(each)


@pytest.mark.requirement("LOG-01")
@pytest.mark.parametrize(
    ("tampering", "what"),
    [
        ("UPDATE operations_log_entries SET actor = 'nobody' WHERE subject = 'x'", "was changed"),
        ("DELETE FROM operations_log_entries WHERE subject = 'x'", "missing"),
        ("UPDATE operations_log_heads SET count = count - 1 WHERE count > 0", "head was changed"),
    ],
)
async def test_tampering_is_found(installation: Installation, tampering: str, what: str) -> None:
    """An untouched log is right with status 0; one that was changed is broken with status 1."""
    await append(installation, 3)
    await append(installation, subject="x")
    assert "4 rows, none changed" in await installation.run(*VERIFY)
    await tamper(installation, tampering)
    said = await installation.run(*VERIFY, CODE, status=1)
    assert f"{CODE}: BROKEN" in said
    assert what in said


@pytest.mark.requirement("LOG-01")
async def test_an_older_log_put_back_is_found_by_an_anchor(
    installation: Installation, tmp_path: Path
) -> None:
    """What the chain alone cannot notice, an anchor kept elsewhere does."""
    await append(installation, 3)
    anchor = tmp_path / "anchor.jsonl"
    anchor.write_text(await installation.run("operations-log", "anchor"), "utf-8")
    kept = ("--anchor", str(anchor))
    await append(installation)
    assert "all that the anchor saw" in await installation.run(*VERIFY, *kept)
    await tamper(
        installation, "DELETE FROM operations_log_entries", "DELETE FROM operations_log_heads"
    )
    assert "0 rows" in await installation.run(*VERIFY)
    assert "anchor knew of are gone" in await installation.run(*VERIFY, *kept, status=1)


async def test_a_withdrawn_institutions_log_can_still_be_verified(
    installation: Installation,
) -> None:
    """Whoever takes an institution out of service does not take its log out of sight."""
    hand = ("--reason", "merged", "--by", "suzuki")
    await installation.run("institution", "withdraw", CODE, *hand)
    assert "1 rows" in await installation.run(*VERIFY, CODE)
    assert "institution:withdrawn" in await installation.run(*SEARCH)
    assert "no institution 9999" in await installation.run(*VERIFY, "9999", status=1)


async def test_an_anchor_that_is_none_is_refused(
    installation: Installation, tmp_path: Path
) -> None:
    """Neither another text nor another institution's anchor proves anything."""
    file = tmp_path / "anchor"
    file.write_text("{}")
    assert "not as" in await installation.run(*VERIFY, "--anchor", str(file), status=1)
    file.write_text((await installation.run("operations-log", "anchor")).replace(CODE, "9902"))
    assert "no anchor of" in await installation.run(*VERIFY, "--anchor", str(file), status=1)


async def test_a_row_is_found_by_the_number_that_the_customer_reads_out(
    installation: Installation,
) -> None:
    """However the reference number is typed, its rows are found, and no others."""
    await append(installation, reference="K7M-29Q-X4T", subject="mine")
    await append(installation, reference="K7M-29Q-X4V")
    for typed in ("K7M-29Q-X4T", "k7m29qx4t", "Ｋ７Ｍ　２９Ｑ　Ｘ４Ｔ"):
        (row,) = await installation.listed(*SEARCH, "--reference", typed)
        assert row["subject"] == "mine"
    assert "no reference number" in await installation.run(*SEARCH, "--reference", "17", status=2)


async def test_the_rows_of_an_account_are_its_own_and_its_consents(
    installation: Installation,
) -> None:
    """A search by account finds what was done to it and to what it gave, the newest first."""
    await append(installation, subject=ACCOUNT_ID)
    await append(installation, subject="another-account")
    installation.clock.advance(60)
    consent = await given_consent(installation)
    rows = await installation.listed(*SEARCH, "--account", ACCOUNT)
    assert [(row["event"], row["subject"]) for row in rows] == [
        ("consent:authorised", consent),
        ("cli-test:happened", ACCOUNT_ID),
    ]


async def test_the_rows_of_a_client_are_what_it_did_and_what_was_done_to_it(
    installation: Installation,
) -> None:
    """A search by client looks at both sides, and at one row once."""
    await append(installation, subject="sample-budget", actor="staff:suzuki")
    await append(installation, subject="token", actor="sample-budget")
    await append(installation, subject="sample-budget", actor="sample-budget")
    await append(installation, subject="other", actor="other")
    assert len(await installation.listed(*SEARCH, "--client", "sample-budget")) == 3
    both = ("--client", "sample-budget", "--actor", "staff:suzuki")
    assert len(await installation.listed(*SEARCH, *both)) == 1
    await installation.run(*SEARCH, "--client", "a", "--account", ACCOUNT, status=2)


async def test_rows_are_found_by_journey_event_and_time(installation: Installation) -> None:
    """Filters hold together; times are of Japan, the end not included; --limit keeps the newest."""
    await append(installation, journey="visit-1", subject="first")
    installation.clock.advance(3600)
    await append(installation, journey="visit-1", subject="second")
    await append(installation, journey="visit-2", subject="third")
    mine = (*SEARCH, "--journey", "visit-1", "--event", "cli-test:happened")
    (row,) = await installation.listed(*mine, "--since", "2026-11-20T09:30")
    assert row["subject"] == "second"
    assert row["at"].startswith("2026-11-20T10:00:")
    (row,) = await installation.listed(*mine, "--until", "2026-11-20T09:30")
    assert row["subject"] == "first"
    (row,) = await installation.listed(*mine, "--limit", "1")
    assert row["subject"] == "second"
    assert await installation.listed(*SEARCH, "--event", "cli-test:other") == []
