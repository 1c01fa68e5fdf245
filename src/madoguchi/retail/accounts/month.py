"""A month's chart of an account, with a table beside it that says the same (RET-16)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from madoguchi.kernel.journey import FieldError
from madoguchi.retail.accounts.chart import HEIGHT, WIDTH, days_of, draw, short_yen
from madoguchi.retail.accounts.reading import (
    MOST_LINES,
    LinesRead,
    NamedAccount,
    NotInCore,
    TooManyLines,
    accounts_of,
    find_account,
    opening_balance,
    read_lines,
)
from madoguchi.retail.accounts.selection import Range, days_in, month_of, months_of
from madoguchi.retail.accounts.statement import SERVICE
from madoguchi.retail.accounts.statement import days_of as days_to_ask_for
from madoguchi.retail.accounts.statements import sums
from madoguchi.retail.accounts.wording import account_choice, account_words
from madoguchi.retail.ground import BankPage, RetailServices

ONE_DAY = timedelta(days=1)


async def month(services: RetailServices, request: Request) -> Mapping[str, Any] | Response:
    """Show the chart of the month asked for, as far as its lines can be asked for."""
    days, typed = days_to_ask_for(services), request.query_params.get("month", "")[:20]
    account = find_account(services, request.query_params.get("account", ""))
    if account is None:
        return services.no_such_page()
    values = _form(services, account, days, typed)
    begins = month_of(typed, days)
    if begins is None:
        wrong = FieldError("month", "accounts.error.month")
        return {**values, "errors": (wrong,), "message": "unreadable"}
    ends = begins + days_in(begins) * ONE_DAY - ONE_DAY
    shown = Range(max(begins, days.first), min(ends, days.last))
    drawn = await _drawn(services, account, shown, days)
    return {**values, "values": {"account": account.name, "month": f"{begins:%Y-%m}"}, **drawn}


async def _drawn(
    services: RetailServices, account: NamedAccount, shown: Range, days: Range
) -> Mapping[str, Any]:
    """Return the chart, or why there is none."""
    read = await read_lines(services, account, shown.first, shown.last)
    if not isinstance(read, LinesRead):
        return _refused(read)
    later = Range(shown.last + ONE_DAY, days.last)
    opening = await opening_balance(services, account, read, later)
    if isinstance(opening, TooManyLines | NotInCore):
        return _refused(opening)
    each_day = days_of(read.lines, shown.first, shown.last, opening)
    return {
        "account_words": account_words(services, account),
        "chart": draw(each_day, days_in(shown.first)),
        "each_day": each_day,
        "days_told": [day for day in each_day if day.moved or day is each_day[-1]],
        "shown": shown,
        "sums": sums(read.lines),
    }


def _refused(refused: TooManyLines | NotInCore) -> Mapping[str, Any]:
    if isinstance(refused, TooManyLines):
        limit = {"limit": f"{MOST_LINES:,}"}
        return {"message": "accounts.message.too-many", "message_values": limit}
    return {"message": "accounts.message.not-in-core"}


def _form(
    services: RetailServices, account: NamedAccount, days: Range, typed: str
) -> dict[str, Any]:
    language = services.context.language
    return {
        "accounts": [(each.name, account_choice(services, each)) for each in accounts_of(services)],
        "months": [f"{first:%Y-%m}" for first in months_of(days)],
        "values": {"account": account.name, "month": typed},
        "action": services.url("statements/month"),
        "chart": None,
        "size": (WIDTH, HEIGHT),
        "short_yen": lambda amount: short_yen(amount, language),
    }


MONTH = BankPage(
    "statements/month", "BAI004", "retail.accounts/month", SERVICE, month, menu="statements"
)
