"""Statements, their chart and their files, over HTTP (RET-16)."""

import csv
import io
import re
from datetime import date
from typing import Any

import pytest

from madoguchi.retail.accounts import reading
from tests.retail.accounts.entering import balance, book, enter
from tests.support.html_browser import HtmlBrowser
from tests.support.retail_world import RetailWorld

PATHS = ("statements", "statements/print", "statements/month",
         "statements/csv", "statements/pdf", "statements/zengin")  # fmt: skip
FILES = PATHS[3:]


async def entered(bank: RetailWorld, number: str = "1234567") -> HtmlBrowser:
    """Return the browser of a sample customer who is signed in."""
    return await enter(bank, await bank.customer(number))


def account_names(browser: HtmlBrowser) -> dict[str, str]:
    """Return the names that the page's choice of accounts has, by the account's number."""
    found = re.findall(
        r'<option value="([0-9a-f]{20})"[^>]*>[^<]*?(\d{7})[^<]*</option>', browser.html
    )
    return {number: name for name, number in found}


@pytest.mark.requirement("RET-16")
async def test_statement_of_the_last_days(bank: RetailWorld) -> None:
    """Without being asked for anything, the page shows the last 30 days of the first account."""
    browser = await entered(bank, "6789012")
    await browser.open(bank.url("statements"))
    for text in ("普通預金 6789012", "2026年10月21日(水)から2026年11月20日(金)まで",
                 "デンキ", "口座振替", "画面ID: BAI002"):  # fmt: skip
        assert text in browser.text


@pytest.mark.requirement("RET-16")
async def test_search_by_direction_and_words(bank: RetailWorld) -> None:
    """Lines and sums are those asked for, and the form keeps what was asked."""
    browser = await entered(bank)
    await browser.open(bank.url("statements"))
    fields = {**browser.form.fields, "from": "2026-08-22", "direction": "in", "words": "きゅうよ"}
    await browser.open(bank.url("statements?" + "&".join(f"{n}={v}" for n, v in fields.items())))
    assert "入金の合計 3件 852,609円" in browser.text
    assert "出金の合計 0件 0円" in browser.text
    assert browser.text.count("キユウヨ カ)サンプルシヨウジ") == 3
    assert 'value="きゅうよ"' in browser.html
    assert 'value="2026-08-22"' in browser.html


@pytest.mark.requirement("RET-16")
async def test_pages_hold_every_line_once(bank: RetailWorld) -> None:
    """Going from page to page shows every line once; the links keep what was asked."""
    bank.configure(retail={"statement_page_size": 10})
    browser = await entered(bank)
    await browser.open(bank.url("statements?from=2026-08-22&direction=out"))
    balances: list[str] = []
    for page in range(1, 6):
        assert f"{page} / 5ページ" in browser.text
        balances += re.findall(r'<td class="amount">([\d,]+円)</td>', browser.html)
        if page < 5:
            await browser.open(browser.link("古い明細へ"))
    assert len(balances) == 42
    assert len(set(balances)) == 42


@pytest.mark.requirement("RET-16")
async def test_page_beyond_the_end(bank: RetailWorld) -> None:
    """A page that is not there is told, and the last one is shown."""
    browser = await entered(bank)
    for page in ("7", "0", "x"):
        answer = await browser.open(bank.url(f"statements?from=2026-08-22&page={page}"))
        assert answer.status_code == 200
        assert "そのページはありません。" in browser.text


@pytest.mark.requirement("RET-16")
async def test_wrong_queries_are_told_at_their_fields(bank: RetailWorld) -> None:
    """All that is wrong is told at once, what was typed is kept, and nothing is searched."""
    browser = await entered(bank)
    words = "あ" * 41
    await browser.open(bank.url(f"statements?from=2026-08-21&to=2026-02-30&words={words}"))
    assert "開始日は、2026年8月22日(土)以後の日付で入力してください。" not in browser.text
    assert "終了日は、2026/11/20のように実在する日付で入力してください。" in browser.text
    assert "お取引内容に含まれる言葉は、40文字以内で入力してください。" in browser.text
    assert 'type="text" value="2026-02-30"' in browser.html
    assert words in browser.html
    assert "照会結果" not in browser.text
    await browser.open(bank.url("statements?from=2026-08-21"))
    assert "開始日は、2026年8月22日(土)以後の日付で入力してください。" in browser.text
    assert 'type="date" value="2026-08-21"' in browser.html


@pytest.mark.requirement("RET-16")
@pytest.mark.parametrize("query", ["from=x", "from=2026-11-20&to=2026-11-19", "direction=up"])
async def test_files_of_wrong_queries(bank: RetailWorld, query: str) -> None:
    """A file that is asked for wrongly is no file: the page says what is wrong."""
    browser = await entered(bank)
    for path in FILES:
        answer = await browser.open(bank.url(f"{path}?{query}"))
        assert answer.headers["content-type"].startswith("text/html")
        assert "入力内容に誤りがあります" in browser.text


@pytest.mark.requirement("RET-15", "RET-16", "INST-04")
async def test_accounts_of_others_are_not_found(bank: RetailWorld) -> None:
    """Another customer's account is not there, whichever way it is asked for.

    By its name in addresses, the core's id, or its number: the answer is that of what never was.
    """
    other = await bank.customer("1234567")
    browser = await enter(bank, other)
    await browser.open(bank.url("statements"))
    foreign = account_names(browser)["1234567"]
    mine = await entered(bank, "6789012")
    for name in (foreign, other.contract.accounts[0].account_id, "1234567", "x" * 20):
        for path in PATHS:
            answer = await mine.open(bank.url(f"{path}?account={name}"))
            assert answer.status_code == 404, path


@pytest.mark.requirement("RET-16")
async def test_ids_of_the_core_stay_hidden(bank: RetailWorld) -> None:
    """No page shows the core's id of an account or of the holder."""
    customer = await bank.customer("6789012")
    browser = await enter(bank, customer)
    for path in ("top", "balances", "statements", "statements/month", "statements/print"):
        await browser.open(bank.url(path))
        for account in customer.contract.accounts:
            assert account.account_id not in browser.html
        assert customer.contract.holder_id not in browser.html


@pytest.mark.requirement("RET-32")
async def test_statements_keep_their_hours(bank: RetailWorld) -> None:
    """Before 8:00 on a business day neither page nor file is given, and when it opens is said."""
    customer = await bank.customer()
    bank.clock.advance(22 * 3600)  # Saturday 7:00: on other days from 9:00
    browser = await enter(bank, customer)
    for path in PATHS:
        answer = await browser.open(bank.url(path))
        assert answer.status_code == 503, path
        assert "2026年11月21日(土) 9時00分" in browser.text
    await browser.open(bank.url("balances"))
    assert browser.heading == "残高照会"


@pytest.mark.requirement("RET-16")
async def test_files_need_a_session(bank: RetailWorld) -> None:
    """Without a session every address leads to the login."""
    for path in PATHS:
        answer = await bank.browser().request("GET", bank.url(path))
        assert answer.status_code == 303
        assert "/bank/login" in answer.headers["location"]


@pytest.mark.requirement("RET-16", "LOG-01")
async def test_csv_is_sent_and_logged(bank: RetailWorld) -> None:
    """The file has every line asked for, oldest first; no remark is a formula; the log has it."""
    customer = await bank.customer()
    account = customer.contract.accounts[0].account_id
    await book(bank, account, 500, "=HYPERLINK(1)")
    browser = await enter(bank, customer)
    answer = await browser.request("GET", bank.url("statements/csv?from=2026-08-22"))
    assert answer.headers["content-disposition"] == 'attachment; filename="meisai-20261120.csv"'
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["日付", "起算日", "入金", "出金", "残高", "取引区分", "摘要"]
    assert len(rows) == 1 + 3 + 42 + 1
    assert rows[-1][2:] == ["500", "", str(await balance(bank, account)), "振込・振替",
                            "'=HYPERLINK(1)"]  # fmt: skip
    assert [row[0] for row in rows[1:]] == sorted(row[0] for row in rows[1:])
    async with bank.database.transaction() as tx:
        logged = await bank.runtime.log.search(tx, bank.code, event="bank:download")
    assert [(row.subject, row.actor) for row in logged] == [(account, customer.contract.id)]
    assert logged[0].detail == {
        "format": "csv", "from": "2026-08-22", "to": "2026-11-20", "lines": "46",
    }  # fmt: skip


@pytest.mark.requirement("RET-16")
async def test_pdf_and_zengin_are_sent(bank: RetailWorld) -> None:
    """Both come as files; the Zengin file agrees with the ledger, whatever else was asked for."""
    customer = await bank.customer()
    browser = await enter(bank, customer)
    paper = await browser.request("GET", bank.url("statements/pdf?words=ATM"))
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.headers["content-disposition"].endswith('filename="meisai-20261120.pdf"')
    assert paper.content.startswith(b"%PDF-1.7")
    file = await browser.request("GET", bank.url("statements/zengin?from=2026-08-22&words=ATM"))
    assert file.headers["content-disposition"].endswith('filename="meisai-20261120.txt"')
    records = file.content.decode("shift_jis").split("\r\n")
    header, trailer = records[0], records[-3]
    assert header[:22] == "1030081120080822081120"
    assert header[63:73] == "0001234567"
    came, went = int(trailer[7:20]), int(trailer[26:39])
    assert (came, went) == (852_609, 651_033)
    closing = await balance(bank, customer.contract.accounts[0].account_id)
    assert int(header[115:129]) + came - went == int(trailer[40:54]) == closing


@pytest.mark.requirement("RET-16")
async def test_zengin_of_days_without_lines(bank: RetailWorld) -> None:
    """A period without lines still has its right balance: what was there before the next line."""
    customer = await bank.customer()
    account = customer.contract.accounts[0].account_id
    browser = await enter(bank, customer)
    file = await browser.request("GET", bank.url("statements/zengin?from=2026-10-19&to=2026-10-19"))
    records = file.content.decode("shift_jis").split("\r\n")
    assert len(records) == 4
    at_the_time = int(records[0][115:129])
    later = await browser.request("GET", bank.url("statements/zengin?from=2026-10-20"))
    assert int(later.content.decode("shift_jis")[115:129]) == at_the_time
    await book(bank, account, 700, "x", date(2026, 11, 20))
    today = await browser.request("GET", bank.url("statements/zengin?from=2026-11-20"))
    assert int(today.content.decode("shift_jis")[115:129]) == await balance(bank, account) - 700


@pytest.mark.requirement("RET-16")
async def test_time_deposits_have_no_zengin_file(bank: RetailWorld) -> None:
    """A time deposit's page does not offer the file; who asks for it is told why."""
    browser = await entered(bank, "6789012")
    await browser.open(bank.url("statements"))
    name = account_names(browser)["6789015"]
    await browser.open(bank.url(f"statements?account={name}"))
    assert "全銀形式" not in browser.text
    await browser.open(bank.url(f"statements/zengin?account={name}"))
    assert "全銀形式ではダウンロードできません" in browser.text


@pytest.mark.requirement("RET-16")
async def test_too_many_lines_are_told(bank: RetailWorld, monkeypatch: Any) -> None:
    """More lines than one statement holds are not cut: a shorter period is asked for."""
    monkeypatch.setattr(reading, "MOST_LINES", 20)
    browser = await entered(bank)
    for path in PATHS[:2] + FILES:
        await browser.open(bank.url(f"{path}?from=2026-08-22"))
        assert "期間を短くしてください" in browser.text, path
    await browser.open(bank.url("statements?from=2026-11-10"))
    assert "照会結果" in browser.text


@pytest.mark.requirement("RET-16")
async def test_lines_come_over_pages_of_the_core(bank: RetailWorld, monkeypatch: Any) -> None:
    """The core's own pages make no difference to what is found."""
    monkeypatch.setattr(reading, "LARGEST_PAGE", 7)
    browser = await entered(bank)
    await browser.open(bank.url("statements?from=2026-08-22"))
    assert "入金の合計 3件 852,609円 出金の合計 42件 651,033円" in browser.text


@pytest.mark.requirement("RET-16")
async def test_chart_of_a_month(bank: RetailWorld) -> None:
    """The chart has a name and words; the table beside it has every day on which money moved."""
    customer = await bank.customer()
    browser = await enter(bank, customer)
    await browser.open(bank.url("statements/month?month=2026-10"))
    assert '<svg role="img" aria-labelledby="chart-name chart-words"' in browser.html
    assert not re.search(r"\sstyle=", browser.html)
    for text in ("入金の合計 1件 290,950円", "出金の合計 11件 171,841円", "23日 290,950",
                 "31日 10,110 931,843", "画面ID: BAI004"):  # fmt: skip
        assert text in browser.text
    await browser.open(bank.url("statements/month"))
    left = await balance(bank, customer.contract.accounts[0].account_id)
    assert f"20日 {left:,}" in browser.text


@pytest.mark.requirement("RET-16")
@pytest.mark.parametrize("month", ["2026-07", "2026-12", "x", "2026-13"])
async def test_month_that_cannot_be_drawn(bank: RetailWorld, month: str) -> None:
    """A month out of reach is told at its field."""
    browser = await entered(bank)
    await browser.open(bank.url(f"statements/month?month={month}"))
    assert "年月を一覧から選択してください。" in browser.text
    assert "<svg role" not in browser.html


@pytest.mark.requirement("RET-16")
async def test_print_view_has_all_lines_oldest_first(bank: RetailWorld) -> None:
    """The page for printing has every line on one page, in the order of a passbook."""
    bank.configure(retail={"statement_page_size": 10})
    browser = await entered(bank)
    await browser.open(bank.url("statements/print?from=2026-08-22"))
    assert browser.html.count('<td class="amount"><span') == 45
    assert browser.text.index("2026年8月23日(日)") < browser.text.index("2026年11月16日(月)")
    assert "画面ID: BAI003" in browser.text
    assert browser.link("照会画面へ戻る").startswith("/sample-shinkumi/bank/statements?account=")


@pytest.mark.requirement("RET-16")
async def test_moved_account_still_has_its_statement(bank: RetailWorld) -> None:
    """What was booked before an account moved can still be read; the page says that it moved."""
    customer = await bank.customer()
    account = customer.contract.accounts[0].account_id
    core = bank.runtime.core_administration()
    await core.move_account(bank.code, account, branch_code="002", number="7654321")
    browser = await enter(bank, customer)
    await browser.open(bank.url("statements"))
    assert "この口座は移管されました" in browser.text
    assert "デンキ" in browser.text


@pytest.mark.requirement("SEC-01")
async def test_words_cannot_break_out_of_the_page(bank: RetailWorld) -> None:
    """What is typed and what others wrote into remarks is text on the page, never markup."""
    customer = await bank.customer()
    await book(bank, customer.contract.accounts[0].account_id, 1, "<B>&\"'")
    browser = await enter(bank, customer)
    await browser.open(bank.url("statements?words=%3Cb%3E%22%3E"))
    assert "<b>" not in browser.html
    await browser.open(bank.url("statements"))
    assert "<B>" not in browser.html
    assert "&lt;B&gt;" in browser.html
