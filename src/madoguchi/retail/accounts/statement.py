"""入出金明細照会: an account's lines by period, direction and words (RET-16)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from starlette.requests import Request
from starlette.responses import Response

from madoguchi.core_bank.port import Transaction
from madoguchi.institutions import Service
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.journey import FieldError
from madoguchi.retail.accounts import zengin
from madoguchi.retail.accounts.reading import (
    MOST_LINES,
    LinesRead,
    NamedAccount,
    NotInCore,
    TooManyLines,
    accounts_of,
    find_account,
    read_lines,
)
from madoguchi.retail.accounts.selection import Asked, Range, day_of, page_number, selection_of
from madoguchi.retail.accounts.statements import Selection, page_of, select, sums
from madoguchi.retail.accounts.wording import (
    account_choice,
    account_words,
    kind_names,
    lines_shown,
    spoken_errors,
)
from madoguchi.retail.ground import BankPage, RetailServices

TEMPLATE = "retail.accounts/statement"
SERVICE: Service = "retail-statements"


@dataclass(frozen=True)
class Statement:
    """What was asked for and found: `chosen` of the lines `read`, both newest first."""

    account: NamedAccount
    asked: Asked
    selection: Selection
    read: LinesRead
    chosen: tuple[Transaction, ...]


async def statements(services: RetailServices, request: Request) -> Mapping[str, Any] | Response:
    """Show one page of the lines that were asked for, with the sums of all of them."""
    found = await find_statement(services, request)
    if not isinstance(found, Statement):
        return found
    return _shown(services, found)


async def print_view(services: RetailServices, request: Request) -> Mapping[str, Any] | Response:
    """Show all lines that were asked for, oldest first, for printing."""
    found = await find_statement(services, request)
    if not isinstance(found, Statement):
        return found
    return {
        **_form(services, found.account, found.asked),
        "paper": True,
        "result": found,
        "account_words": account_words(services, found.account),
        "lines": lines_shown(services, found.chosen[::-1]),
        "sums": sums(found.chosen),
        "now": services.now,
    }


async def find_statement(
    services: RetailServices, request: Request
) -> Statement | Mapping[str, Any] | Response:
    """Return what the query asks for; else the page with what is wrong, or that nothing is there.

    Raises `CoreUnavailable`.
    """
    asked = Asked.of(request.query_params)
    account = find_account(services, asked.values["account"])
    if account is None:
        return services.no_such_page()
    selection = selection_of(asked, days_of(services))
    if not isinstance(selection, Selection):
        return form_again(services, account, asked, errors=selection)
    asked = asked.filled(selection, account.name)
    read = await read_lines(services, account, selection.first, selection.last)
    match read:
        case LinesRead():
            chosen = select(read.lines, selection, kind_names(services))
            return Statement(account, asked, selection, read, chosen)
        case TooManyLines():
            return form_again(
                services, account, asked,
                message="accounts.message.too-many", limit=f"{MOST_LINES:,}",
            )  # fmt: skip
        case NotInCore():
            return form_again(services, account, asked, message="accounts.message.not-in-core")
        case _:
            assert_never(read)


def days_of(services: RetailServices) -> Range:
    """Return the days that can be asked for."""
    days = services.institution.retail.statement_days
    return Range.back_from(japan_day(services.now), days)


def form_again(
    services: RetailServices,
    account: NamedAccount,
    asked: Asked,
    *,
    errors: Sequence[FieldError] = (),
    message: str = "unreadable",
    **values: str,
) -> Mapping[str, Any]:
    """Return the page of the form as it was filled in, with what is wrong."""
    return {
        **_form(services, account, asked),
        "errors": spoken_errors(services, errors),
        "message": message,
        "message_values": values,
    }


def _shown(services: RetailServices, found: Statement) -> Mapping[str, Any]:
    number = page_number(found.asked.page)
    size = services.institution.retail.statement_page_size
    page = page_of(found.chosen, number or 1, size)
    values = {
        **_form(services, found.account, found.asked),
        "result": found,
        "account_words": account_words(services, found.account),
        "lines": lines_shown(services, page.lines),
        "page": page,
        "sums": sums(found.chosen),
        "query": found.asked.query(),
        "zengin": found.account.kind in zengin.KINDS,
    }
    if number != page.number:
        values["message"] = "accounts.message.no-such-page"
        values["message_values"] = {"last": str(page.last), "shown": str(page.number)}
    return values


def _form(services: RetailServices, account: NamedAccount, asked: Asked) -> dict[str, Any]:
    """Return what the form shows, and defaults for what only a result has.

    A browser's field for days shows none that it cannot read: such a one is kept in a plain field.
    """
    read = {name: day_of(asked.values[name]) for name in ("from", "to")}
    days = {name: day.isoformat() for name, day in read.items() if day}
    return {
        "accounts": [(each.name, account_choice(services, each)) for each in accounts_of(services)],
        "account": account,
        "values": {**asked.values, **days, "account": account.name},
        "day_fields": {
            name: "date" if name in days or not asked.values[name] else "text" for name in read
        },
        "days": days_of(services),
        "action": services.url("statements"),
        "result": None,
        "paper": False,
    }


STATEMENTS = BankPage("statements", "BAI002", TEMPLATE, SERVICE, statements)
PRINT = BankPage("statements/print", "BAI003", TEMPLATE, SERVICE, print_view, menu="statements")
