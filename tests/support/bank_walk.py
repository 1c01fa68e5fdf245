"""Reading what became of a form of internet banking: from the operations log, as staff would."""

import json
from typing import Any

from tests.support.html_browser import HtmlBrowser
from tests.support.retail_world import RetailWorld

STEPS_TAKEN = """
SELECT number, lane, reason, detail FROM operations_log_entries
WHERE institution = $1 AND journey = $2 AND event IN ('bank:screen', 'bank:journey')
ORDER BY at DESC, number DESC LIMIT 1"""
EVENTS = """
SELECT event, result, subject, detail FROM operations_log_entries
WHERE institution = $1 AND event = $2 ORDER BY at, number"""
MAILS = "SELECT template FROM notices_outbox WHERE institution = $1 ORDER BY queued_at, event_key"


def visit_of(browser: HtmlBrowser) -> str:
    """Return the id of the visit whose screen the browser shows."""
    return browser.path.rsplit("/", 2)[-2]


async def last_step(bank: RetailWorld, visit: str) -> tuple[str, str, str]:
    """Return the last screen of a visit that was judged, its outcome's name, where it led."""
    rows = await bank.rows(STEPS_TAKEN, bank.code, visit)
    assert rows, f"nothing was logged of {visit}"
    detail = _read(rows[0]["detail"])
    return detail["screen"], detail["outcome"], detail["to"]


async def events(bank: RetailWorld, event: str) -> list[dict[str, Any]]:
    """Return the rows of the log of that event, the oldest first."""
    rows = await bank.rows(EVENTS, bank.code, event)
    return [{**row, "detail": _read(row["detail"])} for row in rows]


async def mails(bank: RetailWorld) -> list[str]:
    """Return the templates of the mails queued, the oldest first."""
    return [row["template"] for row in await bank.rows(MAILS, bank.code)]


def _read(detail: Any) -> dict[str, str]:
    read: dict[str, str] = json.loads(detail) if isinstance(detail, str) else dict(detail)
    return read
