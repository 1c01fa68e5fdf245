"""The operations log: append, chain, verify, search."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.operations_log import (
    Anchor,
    Broken,
    Entry,
    Event,
    OperationsLog,
    Verified,
    harmless,
)
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.keys import SealBroken
from tests.support.clock import SettableClock
from tests.support.keys import FixedKeys


class SampleEvent(Event):
    """Events for these tests."""

    CARD_PIN = "link:card-pin"
    CONSENT = "link:consent:given"


@pytest.fixture
def log(keys: FixedKeys, clock: SettableClock) -> OperationsLog:
    """The log with the tests' keys and clock."""
    return OperationsLog(keys, clock)


def entry(institution: str = "9901", **more: Any) -> Entry:
    return Entry(
        **{"institution": institution, "event": SampleEvent.CARD_PIN, "result": "done"} | more
    )


async def write(database: Database, log: OperationsLog, *entries: Entry) -> None:
    async with database.transaction() as tx:
        for each in entries:
            log.append(tx, each)


async def check(database: Database, log: OperationsLog, **more: Any) -> Verified | Broken:
    async with database.transaction() as tx:
        return await log.verify(tx, "9901", **more)


async def tamper(database: Database, *statements: str) -> None:
    """Do as somebody with all rights in the database would, past the triggers."""
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            await tx.execute(statement)


@pytest.mark.requirement("LOG-01")
async def test_what_is_appended_is_found_and_verified(
    database: Database, log: OperationsLog
) -> None:
    """A row keeps all that it was given; the log verifies."""
    whole = entry(
        actor="holder:1", subject="consent:2", reason="B84", source="192.0.2.1",
        reference="K7M-29Q-X4T", journey="api-link", detail={"mode": "card"},
        personal={"phone": "+819012345678"},
    )  # fmt: skip
    await write(database, log, whole, entry())
    async with database.transaction() as tx:
        [row] = await log.search(tx, "9901", reference="K7M-29Q-X4T")
    assert (row.event, row.result, row.actor, row.subject) == (
        "link:card-pin",
        "done",
        "holder:1",
        "consent:2",
    )
    assert (row.reason, row.source, row.journey, row.detail) == (
        "B84",
        "192.0.2.1",
        "api-link",
        {"mode": "card"},
    )
    assert log.reveal(row) == {"phone": "+819012345678"}
    assert await check(database, log) == Verified("9901", 2)


@pytest.mark.requirement("LOG-01")
async def test_a_rolled_back_transaction_leaves_no_row(
    database: Database, log: OperationsLog
) -> None:
    """The log tells of nothing that did not happen."""
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            log.append(tx, entry())
            raise ZeroDivisionError
    assert await check(database, log) == Verified("9901", 0)


@pytest.mark.requirement("LOG-01")
async def test_personal_data_is_sealed_at_rest(database: Database, log: OperationsLog) -> None:
    """No row of the table shows what was given as personal data, and a moved seal does not open."""
    await write(
        database, log, entry(personal={"phone": "+819012345678"}), entry(personal={"a": "b"})
    )
    async with database.transaction() as tx:
        shown = await tx.value(
            "SELECT string_agg(operations_log_entries::text, '') FROM operations_log_entries"
        )
        assert "9012345678" not in shown
        assert b"9012345678".hex() not in shown
        one, other = await log.search(tx, "9901")
    with pytest.raises(SealBroken):
        log.reveal(msgspec.structs.replace(one, personal=other.personal))


TAMPERINGS = {
    "change": "UPDATE operations_log_entries SET reason = 'x' WHERE number = 2",
    "change of time": "UPDATE operations_log_entries SET at = at + '1s' WHERE number = 2",
    "change of detail": "UPDATE operations_log_entries SET detail = '{}' WHERE number = 2",
    "change of seal": "UPDATE operations_log_entries SET personal = '' WHERE number = 3",
    "removal": "DELETE FROM operations_log_entries WHERE number = 2",
    "removal of the first": "DELETE FROM operations_log_entries WHERE number = 1",
    "removal of the last": "DELETE FROM operations_log_entries WHERE number = 4",
    "removal of all": "DELETE FROM operations_log_entries",
    "removal of a head": "DELETE FROM operations_log_heads WHERE lane = 0",
    "removal of an empty lane's head": "DELETE FROM operations_log_heads WHERE lane = 5",
    "removal of all heads": "DELETE FROM operations_log_heads",
    "removal and renumbering": """
        WITH gone AS (DELETE FROM operations_log_entries WHERE number = 4)
        UPDATE operations_log_heads SET count = 3 WHERE lane = 0""",
    "cut with the right last hash": """
        WITH gone AS (DELETE FROM operations_log_entries WHERE number = 4)
        UPDATE operations_log_heads SET count = 3,
            hash = (SELECT hash FROM operations_log_entries WHERE number = 3) WHERE lane = 0""",
    "reordering": """
        UPDATE operations_log_entries AS one
        SET reason = other.reason, hash = other.hash, detail = other.detail,
            personal = other.personal
        FROM operations_log_entries AS other
        WHERE (one.number, other.number) IN ((2, 3), (3, 2))""",
    "insertion after the end": """
        INSERT INTO operations_log_entries
        SELECT institution, lane, 5, at, event, result, actor, subject, reason, source,
            reference, journey, detail, personal, key_id, hash
        FROM operations_log_entries WHERE number = 4""",
    "insertion into an empty lane": """
        INSERT INTO operations_log_entries
        SELECT institution, 3, 1, at, event, result, actor, subject, reason, source,
            reference, journey, detail, personal, key_id, hash
        FROM operations_log_entries WHERE number = 1""",
    "a move to another lane": """
        WITH moved AS (UPDATE operations_log_entries SET lane = 1)
        UPDATE operations_log_heads SET lane = 1 - lane WHERE lane IN (0, 1) AND false""",
}


@pytest.mark.requirement("LOG-01")
@pytest.mark.parametrize("statement", TAMPERINGS.values(), ids=TAMPERINGS.keys())
async def test_every_tampering_is_found(
    database: Database, log: OperationsLog, statement: str
) -> None:
    """Whatever is changed, removed, put in or reordered behind the product's back.

    Verifying says so.
    """
    for reason in "abcd":
        await write(
            database, log, entry(reason=reason, detail={"a": reason}, personal={"n": reason})
        )
    assert await check(database, log) == Verified("9901", 4)
    await tamper(database, statement)
    assert isinstance(await check(database, log), Broken)


@pytest.mark.requirement("LOG-01")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE operations_log_entries SET reason = 'x'",
        "DELETE FROM operations_log_entries",
        "TRUNCATE operations_log_entries",
        "DELETE FROM operations_log_heads",
        "TRUNCATE operations_log_heads",
        "UPDATE operations_log_heads SET count = count",
    ],
)
async def test_the_database_refuses_to_change_the_log(
    database: Database, log: OperationsLog, statement: str
) -> None:
    """Rows can only be added: nothing that the product runs by mistake changes or removes one."""
    await write(database, log, entry())
    with pytest.raises(asyncpg.RestrictViolationError):
        async with database.transaction() as tx:
            await tx.execute(statement)


@pytest.mark.requirement("LOG-01")
async def test_an_anchor_finds_an_older_copy_put_back(
    database: Database, log: OperationsLog
) -> None:
    """A whole older copy verifies by itself, but not against an anchor that was kept outside."""
    await write(database, log, entry())
    await tamper(
        database,
        "CREATE TABLE kept_heads AS TABLE operations_log_heads",
    )
    try:
        await write(database, log, entry(), entry())
        async with database.transaction() as tx:
            anchor = Anchor.parse(str(await log.anchor(tx, "9901")))
        assert await check(database, log, anchor=anchor) == Verified("9901", 3)
        await tamper(
            database,
            "DELETE FROM operations_log_entries WHERE number > 1",
            "DELETE FROM operations_log_heads",
            "INSERT INTO operations_log_heads SELECT * FROM kept_heads",
        )
        assert await check(database, log) == Verified("9901", 1)
        assert isinstance(await check(database, log, anchor=anchor), Broken)
    finally:
        await tamper(database, "DROP TABLE kept_heads")


@pytest.mark.requirement("LOG-01", "SEC-04")
async def test_rows_of_a_former_key_still_verify(
    database: Database, log: OperationsLog, keys: FixedKeys
) -> None:
    """After the log's key was rotated, old and new rows verify together."""
    await write(database, log, entry(personal={"a": "b"}))
    keys.rotate("operations-log")
    keys.rotate("personal-data")
    await write(database, log, entry())
    assert await check(database, log) == Verified("9901", 2)
    async with database.transaction() as tx:
        assert {"a": "b"} in [log.reveal(row) for row in await log.search(tx, "9901")]


@pytest.mark.requirement("LOG-01")
async def test_parallel_writers_neither_wait_nor_break_the_chain(
    database: Database, log: OperationsLog
) -> None:
    """Two open transactions hold two lanes; forty writers at once leave a log that verifies."""
    await write(database, log, entry())
    async with database.transaction() as one:
        log.append(one, entry())
        await one.run_before_commit()
        await asyncio.wait_for(write(database, log, entry()), 5)
    await asyncio.gather(*(write(database, log, entry(), entry("9902")) for _ in range(40)))
    assert await check(database, log) == Verified("9901", 43)
    async with database.transaction() as tx:
        assert await tx.value("SELECT count(DISTINCT lane) FROM operations_log_entries") > 1


@pytest.mark.requirement("LOG-01")
async def test_entries_added_while_committing_are_written_too(
    database: Database, log: OperationsLog
) -> None:
    """What another action before the commit appends is not lost."""
    async with database.transaction() as tx:
        log.append(tx, entry(reason="first"))

        async def late(tx: Any) -> None:
            log.append(tx, entry(reason="late"))

        tx.before_commit(late)
    assert await check(database, log) == Verified("9901", 2)


@pytest.mark.requirement("INST-04")
async def test_no_institution_sees_anothers_rows(database: Database, log: OperationsLog) -> None:
    """A search for one institution never returns a row of another, whatever is asked."""
    await write(
        database, log, entry("9901", reference="R"), entry("9902", reference="R", reason="other")
    )
    async with database.transaction() as tx:
        assert {row.institution for row in await log.search(tx, "9901")} == {"9901"}
        assert [row.reason for row in await log.search(tx, "9902", reference="R")] == ["other"]


@pytest.mark.requirement("LOG-01")
async def test_search_narrows_by_each_field(
    database: Database, log: OperationsLog, clock: SettableClock
) -> None:
    """Each filter finds exactly its rows, newest first, up to the limit."""
    start = clock.now()
    fields: list[dict[str, Any]] = [
        {"actor": "a"}, {"subject": "s"}, {"journey": "j"}, {"reference": "r"},
        {"event": SampleEvent.CONSENT},
    ]  # fmt: skip
    for each in fields:
        await write(database, log, entry(**each))
        clock.advance(60)
    async with database.transaction() as tx:
        for each in fields:
            [row] = await log.search(tx, "9901", **each)
            assert {name: getattr(row, name) for name in each} == each
        since, until = start + timedelta(minutes=1), start + timedelta(minutes=3)
        found = await log.search(tx, "9901", since=since, until=until)
        assert [(row.journey, row.subject) for row in found] == [("j", ""), ("", "s")]
        assert len(await log.search(tx, "9901", limit=2)) == 2


@pytest.mark.requirement("LOG-01")
@given(st.text(max_size=20))
@settings(max_examples=50)
def test_no_text_breaks_a_line(text: str) -> None:
    """Whatever a customer types as a name, a row stays one line and can be stored."""
    clean = harmless(text)
    assert len((clean + "x").splitlines()) == 1
    assert "\0" not in clean
    clean.encode()


@pytest.mark.requirement("LOG-01")
async def test_hostile_texts_are_stored_visibly(database: Database, log: OperationsLog) -> None:
    """Line breaks, NUL, lone surrogates and direction marks are kept as visible escapes."""
    hostile = 'a\r\n{"event":"x"}\0\ud800\u202e\u2028'
    names = ("actor", "subject", "reason", "source", "reference", "journey")
    texts = dict.fromkeys(names, hostile)
    await write(
        database, log, entry(**texts, detail={hostile: hostile}, personal={hostile: hostile})
    )
    async with database.transaction() as tx:
        [row] = await log.search(tx, "9901")
    assert row.actor == 'a\\u000d\\u000a{"event":"x"}\\u0000\\ud800\\u202e\\u2028'
    assert len(row.as_line().splitlines()) == 1
    assert await check(database, log) == Verified("9901", 1)


@pytest.mark.requirement("LOG-01")
async def test_long_texts_do_not_stop_the_transaction(
    database: Database, log: OperationsLog
) -> None:
    """A text of any length is cut, rather than failing what it tells of."""
    long = "".join(chr(0x20000 + number % 0xA000) for number in range(40_000))
    names = ("actor", "subject", "reason", "source", "reference", "journey")
    await write(database, log, entry(**dict.fromkeys(names, long), detail={long: long}))
    async with database.transaction() as tx:
        [row] = await log.search(tx, "9901", subject=long[:500])
    assert row.actor == long[:500]
    assert await check(database, log) == Verified("9901", 1)


@pytest.mark.requirement("LOG-01")
def test_secrets_are_refused_by_name() -> None:
    """An entry that would log a secret is a broken invariant.

    And personal data is not in its text.
    """
    for name in ("card_pin", "password", "token"):
        with pytest.raises(BrokenInvariant):
            entry(detail={name: "1234"})
        with pytest.raises(BrokenInvariant):
            entry(personal={name: "1234"})
    assert "090" not in repr(entry(personal={"phone": "090"}))


@pytest.mark.parametrize(
    "name", ["link", "Link:pin", "link:pin:wrong:again", "link:", "link:pin 1", "link:pin\n"]
)
def test_event_names_follow_the_grammar(name: str) -> None:
    """A name that breaks the grammar stops the import of the class that has it."""
    with pytest.raises(TypeError):
        Event("Sample", {"WRONG": name})  # type: ignore[call-arg]
