"""The files of a statement: CSV, PDF and Zengin (RET-16). Each is in the operations log."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from madoguchi.core_bank.port import Direction
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.errors import must
from madoguchi.kernel.kana import to_readable
from madoguchi.plumbing.templates.formats import format_date, format_moment, format_yen
from madoguchi.retail.accounts import csv_file, pdf, zengin
from madoguchi.retail.accounts.reading import opening_balance
from madoguchi.retail.accounts.selection import Range
from madoguchi.retail.accounts.statement import (
    SERVICE,
    TEMPLATE,
    Statement,
    days_of,
    find_statement,
    form_again,
)
from madoguchi.retail.accounts.statements import sums
from madoguchi.retail.accounts.wording import LineShown, account_words, lines_shown, texts_of
from madoguchi.retail.ground import BankPage, RetailEvent, RetailServices

ONE_DAY = timedelta(days=1)
CSV_COLUMNS = ("day", "value-day", "in", "out", "balance", "kind", "remarks")
Made = bytes | Mapping[str, Any]
"""The file, or the page of the form with why there is none."""
Making = Callable[[RetailServices, Statement], Awaitable[Made]]
Answer = Callable[[RetailServices, Request], Awaitable[Mapping[str, Any] | Response]]


def _download(format_name: str, ending: str, media_type: str, make: Making) -> Answer:
    async def answer(services: RetailServices, request: Request) -> Mapping[str, Any] | Response:
        found = await find_statement(services, request)
        if not isinstance(found, Statement):
            return found
        made = await make(services, found)
        if not isinstance(made, bytes):
            return made
        _log(services, found, format_name)
        name = f"meisai-{japan_day(services.now):%Y%m%d}.{ending}"
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        }
        return Response(made, media_type=media_type, headers=headers)

    return answer


async def _csv(services: RetailServices, found: Statement) -> Made:
    """Make the file of the lines chosen, oldest first: plain amounts in yen."""
    text = texts_of(services)
    head = [text(f"accounts.column.{name}") for name in CSV_COLUMNS]
    lines = lines_shown(services, found.chosen[::-1])
    return await asyncio.to_thread(csv_file.write, head, [_csv_row(line) for line in lines])


def _csv_row(line: LineShown) -> list[str | int]:
    came_in = line.direction is Direction.IN
    return [
        f"{line.day:%Y/%m/%d}", f"{line.value_day:%Y/%m/%d}",
        line.amount if came_in else "", "" if came_in else line.amount, line.balance,
        line.kind, line.remarks,
    ]  # fmt: skip


async def _pdf(services: RetailServices, found: Statement) -> Made:
    """Make the paper of the lines chosen, oldest first."""
    text, language = texts_of(services), services.context.language
    institution = services.institution
    heads = [text(f"accounts.column.{name}") for name in ("day", "what", "in", "out", "balance")]
    paper = pdf.Paper(
        language=language,
        institution=institution.name_en if language == "en" else institution.name,
        title=text("accounts.paper.title"),
        facts=await _facts(services, found),
        head=(heads[0], heads[1], heads[2], heads[3], heads[4]),
        rows=[_pdf_row(line) for line in lines_shown(services, found.chosen[::-1])],
        empty=text("accounts.statement.none"),
        page_text=text("accounts.paper.page"),
    )
    return await asyncio.to_thread(pdf.write, paper)


async def _facts(services: RetailServices, found: Statement) -> list[tuple[str, str]]:
    """Return what stands above the table. The name's reading helps where a rare sign is missing."""
    text, language = texts_of(services), services.context.language
    holder = must(
        await services.core.holder(services.core_call(), services.contract.holder_id),
        "the holder of a contract",
    )
    total, chosen = sums(found.chosen), found.selection
    facts = [
        ("account", account_words(services, found.account)),
        ("holder", text("accounts.paper.name", name=holder.name,
                        kana=to_readable(holder.name_kana))),
        ("period", text("accounts.period", first=format_date(chosen.first, language),
                        last=format_date(chosen.last, language))),
        ("direction", text(f"accounts.direction.{chosen.direction}") if chosen.direction else ""),
        ("words", chosen.words),
        ("in", text("accounts.sum", count=f"{total.count_in:,}",
                    amount=format_yen(total.amount_in, language))),
        ("out", text("accounts.sum", count=f"{total.count_out:,}",
                     amount=format_yen(total.amount_out, language))),
        ("made", format_moment(services.now, language)),
    ]  # fmt: skip
    return [(text(f"accounts.fact.{name}"), value) for name, value in facts if value]


def _pdf_row(line: LineShown) -> pdf.Row:
    amount = f"{line.amount:,}"
    in_and_out = (amount, "") if line.direction is Direction.IN else ("", amount)
    return (f"{line.day:%Y/%m/%d}", line.what, *in_and_out, f"{line.balance:,}")


async def _zengin(services: RetailServices, found: Statement) -> Made:
    """Make the file of every line of the days: its balances and sums must agree."""
    account, chosen, institution = found.account, found.selection, services.institution
    if account.kind not in zengin.KINDS:
        return form_again(services, account, found.asked, message="accounts.message.no-zengin")
    branch = institution.branch(account.branch_code)
    holder = must(
        await services.core.holder(services.core_call(), services.contract.holder_id),
        "the holder of a contract",
    )
    today = days_of(services).last
    later = Range(chosen.last + ONE_DAY, today)
    opening = await opening_balance(services, account, found.read, later)
    whose = zengin.ZenginAccount(
        institution.code, institution.name_kana, account.branch_code,
        branch.kana if branch else "", account.kind, account.number, holder.name_kana,
    )  # fmt: skip
    made = (
        await asyncio.to_thread(
            zengin.write, whose, found.read.lines[::-1],
            first=chosen.first, last=chosen.last, opening=opening, made_on=today,
        )
        if isinstance(opening, int)
        else zengin.DoesNotFit()
    )  # fmt: skip
    if isinstance(made, zengin.DoesNotFit):
        return form_again(services, account, found.asked, message="accounts.message.no-fit")
    return made


def _log(services: RetailServices, found: Statement, format_name: str) -> None:
    lines = found.read.lines if format_name == "zengin" else found.chosen
    services.log(
        RetailEvent.DOWNLOAD, "done", subject=found.account.account_id,
        detail={
            "format": format_name,
            "from": found.selection.first.isoformat(),
            "to": found.selection.last.isoformat(),
            "lines": str(len(lines)),
        },
    )  # fmt: skip


def _page(path: str, answer: Answer) -> BankPage:
    return BankPage(f"statements/{path}", "BAI002", TEMPLATE, SERVICE, answer, menu="statements")


CSV = _page("csv", _download("csv", "csv", "text/csv; charset=utf-8", _csv))
PDF = _page("pdf", _download("pdf", "pdf", "application/pdf", _pdf))
ZENGIN = _page("zengin", _download("zengin", "txt", "application/octet-stream", _zengin))
