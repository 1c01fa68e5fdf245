"""What a whole journey leaves behind in a running bank: mail, log, and no secret anywhere."""

import asyncio
import html
import json
import re
import time
from typing import Any

import pytest

from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.keys import ReferencedKeys
from madoguchi.plumbing.settings import load_settings
from tests.support.clock import SettableClock
from tests.support.demo_bank import DemoBank
from tests.support.link_person import Walk

NAME = "ﾄﾞｺﾆﾓﾅｲ ﾅﾏｴ"
MAIL = "only-typed-once@example.jp"
NEXT_PIN = "8642"


async def mail_for(bank: DemoBank, address: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait until so many mails to an address have arrived; return them."""
    deadline = time.monotonic() + 20
    while True:
        found = [mail for mail in bank.demo.mails() if address in json.dumps(mail["to"])]
        if len(found) >= count or time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.1)


async def linked(bank: DemoBank, mail: str) -> tuple[Walk, dict[str, Any]]:
    """Go the whole way as somebody with his own mail address; return the tokens too."""
    person = bank.person("savings", name_kana=NAME, email=mail)
    walk = await bank.begin(person)
    await walk.to("card-pin")
    await walk.browser.send(card_pin=NEXT_PIN)
    return walk, await walk.tokens()


@pytest.mark.requirement("MAIL-02", "LINK-30")
async def test_the_completion_mail_arrives_in_the_mailbox_once(bank: DemoBank) -> None:
    """Through real SMTP: institution, app, what, until when, and what to do if it was not you."""
    await linked(bank, "mail-once@example.jp")
    [mail] = await mail_for(bank, "mail-once@example.jp")
    assert "oshirase@sample-shinkumi.example.jp" in json.dumps(mail["from"])
    readable = html.unescape(re.sub(r"<[^>]+>", " ", mail["html"]))
    for text in (mail["text"], readable):
        for words in ("サンプル信用組合", "テスト用アプリ", "残高", "2026年12月2", "0120-000-101"):
            assert words in text, words
        assert "お心当たり" in text or "心当たり" in text
        assert "1001" not in text
    await asyncio.sleep(0.5)
    assert len(await mail_for(bank, "mail-once@example.jp")) == 1


@pytest.mark.requirement("LOG-01")
async def test_each_screen_is_in_the_log_and_the_chain_holds(bank: DemoBank) -> None:
    """A row for each outcome in its order, with reference, address and journey; and it verifies."""
    walk, _ = await linked(bank, "log-rows@example.jp")
    journey = walk.browser.path.split("/")[-2]
    rows = await bank.rows(
        "SELECT event, result, reference, source, detail FROM operations_log_entries"
        " WHERE journey = $1 ORDER BY at, number",
        journey,
    )
    screens = [row for row in rows if row["detail"].get("outcome")]
    assert [(row["event"], row["detail"]["outcome"]) for row in screens] == [
        ("link:account", "Proceed"),
        ("link:customer", "Proceed"),
        ("link:phone", "Proceed"),
        ("link:call", "Proceed"),
        ("link:card-pin", "Again"),
        ("link:card-pin", "Proceed"),
        ("link:consent", "Proceed"),
    ]
    assert [row["result"] for row in screens].count("refused") == 1
    assert all(row["reference"] and row["source"] == "127.0.0.1" for row in screens)
    assert {"link:name-typed", "call-back:call:matched"} <= {row["event"] for row in rows}
    settings = load_settings(bank.demo.settings)
    log = OperationsLog(ReferencedKeys(settings.keys), SettableClock())
    async with bank.database.transaction() as tx:
        verified = await log.verify(tx, "9901")
        assert type(verified).__name__ == "Verified"
        [typed] = [
            row
            for row in await log.search(tx, "9901", journey=journey, event="link:name-typed")
            if row.personal
        ]
    assert log.reveal(typed) == {"name_kana": NAME}


@pytest.mark.requirement("SEC-03", "LOG-01", "LINK-12", "LINK-27", "SEC-02")
async def test_no_table_and_no_log_has_anything_personal_or_secret_in_clear(
    bank: DemoBank,
) -> None:
    """All tables and logs are searched for what was typed, shown, and given to the app."""
    walk, tokens = await linked(bank, MAIL)
    await mail_for(bank, MAIL)
    refreshed = (await walk.app.refresh(tokens["refresh_token"])).json()
    phone = walk.person.phone
    visit_secrets = [value for name, value in walk.browser.cookies.items() if "visit" in name]
    secret = [
        walk.app.returned(walk.browser.left_for)["code"],
        tokens["access_token"], tokens["refresh_token"], tokens["id_token"],
        refreshed["access_token"], *visit_secrets, walk.app.verifier,
        *(each["private_jwk"]["d"] for each in bank.demo.ready["clients"]),
    ]  # fmt: skip
    personal = [NAME, MAIL, phone, "+81" + phone[1:], "81" + phone[1:]]
    places = await bank.tables_with(*secret, *personal)
    assert places == {word: [] for word in places}
    logs = bank.logs()
    found = [word for word in (*secret, *personal, "only-typed") if word in logs]
    assert found == []


@pytest.mark.requirement("LINK-27", "SEC-02")
async def test_the_pin_is_nowhere(bank: DemoBank) -> None:
    """No column and no line of a log is the PIN typed wrong, nor the right one, by itself."""
    walk, _ = await linked(bank, "pin-nowhere@example.jp")
    pins = (walk.person.card_pin, NEXT_PIN)
    for table in await bank.tables():
        columns = await bank.rows(
            "SELECT column_name::text AS name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = $1"
            " AND data_type IN ('text', 'jsonb', 'ARRAY', 'integer', 'bigint')",
            table,
        )
        for column in columns:
            matching = await bank.count(
                f"SELECT count(*) FROM {table} WHERE {column['name']}::text = ANY ($1)"
                f" OR {column['name']}::text ~ $2",
                list(pins),
                f"(pin|PIN)[^0-9a-z]{{1,6}}({'|'.join(pins)})",
            )
            if not table.startswith("embedded_core_"):
                assert matching == 0, (table, column)
    for pin in pins:
        assert not re.search(rf'(?i)pin["\'=: ]+{pin}\b', bank.logs())


@pytest.mark.requirement("LOG-02")
async def test_the_reference_number_shown_is_in_the_technical_log(bank: DemoBank) -> None:
    """What an error page shows leads to lines of one JSON each that carry it."""
    browser = bank.browser()
    answer = await browser.request("GET", "/sample-shinkumi/oauth/authorize?client_id=tester")
    assert answer.status_code == 400
    found = re.search(r"[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}", answer.text)
    assert found
    text = (bank.demo.directory / "data" / "logs" / "web.log").read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines() if found[0] in line]
    assert lines
    assert all(line["reference"] == found[0] for line in lines)
