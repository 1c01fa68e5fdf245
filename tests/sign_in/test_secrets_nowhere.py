"""What was typed stands in no table, log or mail (case 22)."""

import logging

import pytest

from madoguchi.sign_in import Secret
from tests.support.sign_in_desk import ANSWERS, CONFIRMATION, ELSEWHERE, PASSWORD, Desk

TYPED = ("wrong99x", "ちがうこたえ", PASSWORD, CONFIRMATION, *ANSWERS.values(), "チガウコタエ")
TABLES = """
SELECT json_agg(table_name) FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"""


@pytest.mark.requirement("SEC-02", "LOG-01")
async def test_no_row_holds_what_was_typed(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """After right and wrong tries of every kind no table and no line of a log holds a secret."""
    caplog.set_level(logging.DEBUG)
    contract = await desk.customer()
    began = await desk.come_in()
    for _ in range(6):
        await desk.enter("wrong99x", env=ELSEWHERE)
        await desk.check(contract, "wrong99x")
        await desk.check(contract, CONFIRMATION, Secret.CONFIRMATION_PASSWORD)
        await desk.answer(contract, "ちがうこたえ")
    await desk.mails()
    async with desk.database.transaction() as tx:
        tables: list[str] = await tx.value(TABLES)
        rows = [await tx.value(f"SELECT json_agg(t)::text FROM {table} t") for table in tables]
    everything = caplog.text + "".join(each or "" for each in rows)
    assert [each for each in (*TYPED, began.secret) if each in everything] == []


async def test_a_login_id_forges_no_line(desk: Desk) -> None:
    """Line breaks and marks in a login ID reach no line of the log."""
    await desk.enter("x", login_id="mihon\n2026 sign-in:session done\u202e")
    lines = [row.as_line() for row in await desk.logged("sign-in:password")]
    assert len(lines) == 1
    assert "mihon" not in lines[0]
