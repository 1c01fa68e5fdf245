"""What browsers and forged requests can be made to do to internet banking, over two processes."""

import html
import re
import secrets
from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx2
import pytest

from madoguchi.retail import groups
from tests.support.demo_bank import DemoBank
from tests.support.demo_customer import DemoCustomer, forget_tries
from tests.support.html_browser import HtmlBrowser

pytestmark = pytest.mark.requirement("SEC-01")
PAGES = [page.path for page in groups.pages() if "{" not in page.path]
JOURNEYS = [each.path for each in groups.journeys() if each.signed_in and each.stage == "full"]
DOWNLOADS = ("statements/csv", "statements/pdf", "statements/zengin", "statements/print")
STRANGE = ("%00", "a%00b", "%ff%fe", "%e2%80%ae", "..%2f..%2f", "'%22%3e%3cb%3e", "%0d%0aX-In:1")
NAMES = ("transfer", "again", "before", "account", "since", "payee", "month", "next", "payment")


@pytest.fixture
async def customer(bank: DemoBank) -> AsyncIterator[DemoCustomer]:
    """A customer who is signed in at the first process."""
    await forget_tries(bank)
    yield await DemoCustomer.come(bank)
    await forget_tries(bank)


async def begun(customer: DemoCustomer) -> dict[str, HtmlBrowser]:
    """Begin every journey that begins with a form of its own; return where each stands."""
    stands = {}
    for path in JOURNEYS:
        browser = customer.browser.copy()
        await browser.open(f"{customer.url}{path}")
        if f"/bank/{path}/" in browser.path:
            stands[path] = browser
    return stands


def token_of_session(browser: HtmlBrowser) -> str:
    """Return the token of the page's form that logs out."""
    found = re.search(r'/bank/logout".*?name="csrf" value="([0-9a-f]+)"', browser.html, re.DOTALL)
    assert found
    return found[1]


async def test_no_form_counts_without_its_own_token(customer: DemoCustomer, second: str) -> None:
    """Missing, invented, another visit's, another customer's token: 403 on every journey's form.

    Nothing moves on, and the form's own token still counts.
    """
    stands = await begun(customer)
    assert {"transfer", "payee-register", "limits", "bill-payment", "address-change"} <= set(stands)
    thief = await DemoCustomer.come(customer.bank, "reigoro55", base=second)
    theirs = await begun(thief)
    tokens = {path: each.form.fields["csrf"] for path, each in stands.items()}
    for path, browser in stands.items():
        other = next(token for name, token in tokens.items() if name != path)
        false = ("", "0" * 64, other, theirs[path].form.fields["csrf"], "é\x00", tokens[path][:-1])
        for number, csrf in enumerate(false):
            at = browser.copy(base=(customer.browser.base, second)[number % 2])
            answer = await at.submit({**browser.form.fields, "csrf": csrf, "go": "1"})
            assert answer.status_code == 403, (path, csrf)
        fields = {**browser.form.fields, "go": "1"}
        del fields["csrf"]
        assert (await browser.submit(fields)).status_code == 403, path
        fields = {**browser.form.fields, "cancel": "1"}
        assert (await browser.submit(fields)).status_code == 303, path


async def test_nobody_is_logged_out_or_kept_in_from_elsewhere(
    customer: DemoCustomer, second: str
) -> None:
    """ログアウト and the click to stay need the session's own token; GET does neither."""
    thief = await DemoCustomer.come(customer.bank, "reigoro55", base=second)
    for csrf in ("", "0" * 64, token_of_session(thief.browser), "é"):
        for path in ("logout", "session"):
            answer = await customer.at(second).submit({"csrf": csrf}, f"{customer.url}{path}")
            assert answer.status_code == 403, (path, csrf)
    answer = await customer.browser.request("GET", f"{customer.url}logout")
    assert answer.status_code == 405
    ends = "SELECT extract(epoch FROM idle_ends_at)::bigint FROM sign_in_session WHERE ended_at"
    ends += " IS NULL AND contract_id = $1"
    before = await customer.bank.count(ends, customer.contract)
    await customer.browser.request("GET", f"{customer.url}session")
    assert await customer.bank.count(ends, customer.contract) == before, "a poll is no input"
    await customer.open("top")
    assert customer.screen == "top"


async def test_a_login_cannot_be_forced_on_a_browser(bank: DemoBank, second: str) -> None:
    """Login CSRF: the form of a visit that the thief began counts in his own browser only."""
    await forget_tries(bank)
    thief = await DemoCustomer.of(bank, "reigoro55", base=second)
    await thief.open("login")
    fields = thief.browser.filled_in(
        login_id=thief.known["login_id"], login_password=thief.known["login_password"]
    )
    for base in (bank.demo.home, second):
        victim = bank.browser(base)
        await victim.open(f"{thief.url}login")
        held = dict(victim.cookies)
        answer = await victim.submit(fields, thief.browser.form.action)
        assert answer.status_code == 404
        assert "__Host-bank-9901" not in victim.cookies
        mixed = {**fields, "csrf": victim.form.fields["csrf"]}
        assert (await victim.submit(mixed, thief.browser.form.action)).status_code == 404
        assert (await victim.submit(fields, victim.form.action)).status_code == 403
        assert victim.cookies == held


def guarded(answer: httpx2.Response, what: str) -> None:
    """Check what every answer of internet banking says to caches, frames and scripts."""
    headers = answer.headers
    assert headers["cache-control"] == "no-store", what
    assert headers["x-frame-options"] == "DENY", what
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy, what
    assert "script-src 'self';" in policy, what
    assert "unsafe" not in policy, what
    assert headers["x-content-type-options"] == "nosniff", what
    assert headers["referrer-policy"] == "no-referrer", what


async def test_no_page_or_file_is_kept_or_framed(customer: DemoCustomer, second: str) -> None:
    """Every page, screen and download: no-store, no frame, no foreign script; also once gone."""
    secret = customer.session
    for path in (*PAGES, *DOWNLOADS):
        guarded(await customer.at(second).open(f"{customer.url}{path}"), path)
    for path, browser in (await begun(customer)).items():
        assert browser.page
        guarded(browser.page, path)
    ghost = customer.bank.browser(second)
    ghost.cookies = {"__Host-bank-9901": secret[:-1] + ("A" if secret[-1] != "A" else "B")}
    for path in (*PAGES, *DOWNLOADS, "nothing-here", "transfers/none"):
        answer = await ghost.request("GET", f"{customer.url}{path}")
        assert answer.status_code in (303, 404), path
        guarded(answer, path)


async def test_no_address_is_a_fault(customer: DemoCustomer, second: str) -> None:
    """NULs, bytes that are no text, and worse in every path and parameter: an answer, no fault."""
    paths = [*PAGES, *JOURNEYS, "login", "registration"]
    for odd in STRANGE:
        query = "&".join(f"{name}={odd}" for name in NAMES)
        asked = [f"{path}?{query}" for path in paths]
        asked += [f"transfers/{odd}", f"bills/{odd}", f"transfer/{odd}/confirm"]
        for path in asked:
            answer = await customer.at(second).request("GET", f"{customer.url}{path}")
            assert answer.status_code < 500, path
            assert "x-in" not in answer.headers
    for path in ("transfers/%00", "bills/%00", "transfer?again=%00", "payee-register?transfer=%00"):
        answer = await customer.browser.request("GET", f"{customer.url}{path}")
        assert answer.status_code == 404, path


async def test_strange_fields_are_no_fault(customer: DemoCustomer, second: str) -> None:
    """NUL, bidirectional marks, lone bytes, 60,000 characters in every field of every first form.

    None is a fault; what cannot be read is told, and the screen stays.
    """
    for path, browser in (await begun(customer)).items():
        for number, odd in enumerate(("a\x00b", "\u202e1", "\u200b", "\ufdfa" * 99, "x" * 9000)):
            names = set(browser.form.fields) - {"csrf", "version"}
            fields = {**browser.form.fields, **dict.fromkeys(names, odd), "go": "1"}
            at = browser.copy(base=(customer.browser.base, second)[number % 2])
            answer = await at.submit(fields)
            assert answer.status_code == 303, (path, odd[:5], answer.text[:300])
            await browser.open(browser.path)
        answer = await browser.request(
            "POST", browser.form.action, content=b"csrf=%ff&" + b"a=%00&" * 300,
            headers={"content-type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        assert answer.status_code in (400, 403), path


async def test_names_sent_twice_cannot_say_two_things(customer: DemoCustomer, second: str) -> None:
    """Parameter pollution: what the confirmation shows is what the last of two amounts says."""
    await customer.to_amount()
    fields = [*customer.browser.filled_in(amount="1", when="today").items(), ("amount", "2")]
    browser = customer.at(second)
    await browser.follow_pairs([*fields, ("amount[]", "3"), ("csrf", fields[0][1])])
    await browser.open(browser.path)
    assert browser.screen == "confirm"
    assert re.findall(r"振込金額 ([0-9,]+)円", browser.text) == ["2"]


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/", "//evil.example/bank/top", "/\\evil.example",
        "javascript:alert(1)", "/sample-shinkumi/bank/top\r\nX-In: 1", "/mihon-shinkin/bank/top",
        "/sample-shinkumi/bank/",
        "/sample-shinkumi/bank/../../evil", "/sample-shinkumi/bank//evil.example",
        "/sample-shinkumi/bank/logout", "/sample-shinkumi/bank/top?a=//evil", "https:evil.example",
        "/sample-shinkumi/bank/%2e%2e/%2e%2e/", "/sample-shinkumi/bank/top#@evil.example",
    ],
)  # fmt: skip
@pytest.mark.requirement("RET-09")
async def test_a_login_leads_to_this_bank_only(place: str, bank: DemoBank, second: str) -> None:
    """`next` to another host, institution or door, in every spelling, leads to the top page."""
    await forget_tries(bank)
    customer = await DemoCustomer.of(bank, base=second)
    await customer.open(f"login?next={quote(place, safe='')}")
    await customer.browser.send(
        login_id=customer.known["login_id"], login_password=customer.known["login_password"]
    )
    await customer.answer_if_asked()
    assert not customer.browser.left_for
    assert customer.browser.path == f"{customer.url}top"


async def test_a_false_host_leads_nowhere(customer: DemoCustomer, second: str) -> None:
    """A Host header of another's, or none that is one, stands in no redirect and on no page."""
    for host in ("evil.example", "localhost@evil.example", "evil.example:80", "[::1]", "a b"):
        for path in ("top", "login", "transfer", ""):
            answer = await customer.at(second).request(
                "GET", f"{customer.url}{path}", headers={"host": host, "x-forwarded-host": host}
            )
            assert "evil.example" not in answer.text
            assert answer.headers.get("location", "/").startswith("/")
            assert not answer.headers.get("location", "/").startswith("//")


async def test_others_are_told_as_nobodys(customer: DemoCustomer, second: str) -> None:
    """Ids of another customer's transfers, payees and accounts answer as ids that nobody has."""
    await customer.reserved(500, "2026-12-10")
    transfer = (await customer.transfers())[-1]["id"]
    thief = await DemoCustomer.come(customer.bank, "reigoro55", base=second)
    unknown = secrets.token_urlsafe(16)
    account = f"001-ordinary-{customer.known['account_number']}"
    pairs = [
        (f"transfers/{transfer}", f"transfers/{unknown}"),
        (f"transfer-cancel?transfer={transfer}", f"transfer-cancel?transfer={unknown}"),
        (f"transfer?again={transfer}", f"transfer?again={unknown}"),
        (f"payee-register?transfer={transfer}", f"payee-register?transfer={unknown}"),
        (f"transfers?before={transfer}", f"transfers?before={unknown}"),
        (f"statements?account={account}", "statements?account=001-ordinary-7654321"),
        (f"statements/csv?account={account}", "statements/csv?account=001-ordinary-7654321"),
        (f"statements/pdf?account={account}", "statements/pdf?account=001-ordinary-7654321"),
        (f"bills/{transfer}", f"bills/{unknown}"),
    ]
    for theirs, nobodys in pairs:
        told = []
        for path in (theirs, nobodys):
            answer = await thief.open(path)
            about = re.sub(r"[A-Z0-9]{4}-[A-Z0-9]{4}-?[A-Z0-9]*|照会番号.*", "", thief.text)
            told.append((answer.status_code, thief.screen if "?" not in path else "", len(about)))
            assert customer.known["account_number"] not in thief.text
            assert customer.known["name_kana"] not in thief.text
        assert told[0][0] == told[1][0], theirs
        assert told[0][2] == told[1][2], theirs


INJECTED = "\"><script>x</script><img src=x onerror=y>'{{7*7}}"


async def test_nothing_typed_becomes_markup(customer: DemoCustomer, second: str) -> None:
    """Names, search words, nicknames and addresses are shown as text, wherever they are shown."""
    browser = customer.at(second)
    for path, field in (
        ("transfer", "query"), ("address-change", "postal_code"), ("bill-payment", "biller_code"),
    ):  # fmt: skip
        await browser.open(f"{customer.url}{path}")
        if browser.screen == "parties":
            await browser.send(to="new")
        button = "search" if field == "query" else "go"
        await browser._follow(
            await browser.submit({**browser.form.fields, field: INJECTED, button: "1"})
        )
        escaped_only(browser, field)
    await customer.to_amount()
    customer.browser.base = second
    for name in ("payer_name", "amount", "on_typed"):
        typed = {**customer.browser.filled_in(amount="1", when="today"), name: INJECTED}
        await customer.browser._follow(await customer.browser.submit(typed))
        assert customer.screen == "amount"
        escaped_only(customer.browser, name)
    for path in ("transfers", "statements", "login", "registration"):
        query = "&".join(f"{name}={quote(INJECTED)}" for name in (*NAMES, "why", "state", "until"))
        await browser.open(f"{customer.url}{path}?{query}")
        escaped_only(browser, path)


def escaped_only(browser: HtmlBrowser, what: str) -> None:
    """Check that what was typed stands on the page as text only, and no template ran."""
    assert "<script>x" not in browser.html, what
    assert "<img src=x" not in browser.html, what
    assert html.escape("onerror=y>'49") not in browser.html, what


@pytest.mark.requirement("RET-23")
async def test_a_nickname_is_kept_as_text_and_turns_nothing(
    customer: DemoCustomer, second: str
) -> None:
    """Markup in a stored nickname is text on every page; marks that turn reading are refused."""
    await customer.open("payee-register")
    if customer.screen == "parties":
        await customer.send(to="new")
    await customer.send(bank="9901")
    await customer.send(branch="003")
    await customer.send(account_kind="ordinary", account_number="7890123")
    assert customer.screen == "nickname", customer.text[:300]
    customer.browser.base = second
    for odd in ("大家\u202eさん", "a\nb", "a\x00b", "\u2066x", "x" * 31):
        customer.read_mails()
        fields = {**customer.browser.filled_in(), "nickname": odd}
        await customer.browser._follow(await customer.browser.submit(fields))
        assert customer.screen in ("nickname", "confirm"), customer.text[:300]
        if customer.screen == "confirm":
            assert not set(customer.text) & set("\u202e\u2066\x00\n"), repr(odd)
            await customer.code_mailed()
            customer.read_mails()
            await customer.send("back")
    customer.read_mails()
    await customer.send(nickname="<b>=1+1</b>&\"'")
    await customer.confirm()
    assert customer.screen == "done", customer.text[:600]
    for path in ("payees", "transfer"):
        await customer.open(path)
        assert "<b>=1+1" not in customer.browser.html
        assert "<b>=1+1</b>&\"'" in customer.text
    async with customer.bank.database.transaction() as tx:
        await tx.execute("DELETE FROM transfers_payee WHERE contract_id = $1", customer.contract)


@pytest.mark.requirement("RET-16", "LOG-01")
async def test_a_download_holds_no_formula_and_the_log_no_forged_line(
    customer: DemoCustomer, second: str
) -> None:
    """A payer's name that is a formula in a spreadsheet reaches no cell as one; nor a log line."""
    await forget_tries(customer.bank)
    payee = await DemoCustomer.come(customer.bank, "mihonsachi5", base=second)
    await customer.to_confirm(1100, payer_name="-1-CMD.A(1)")
    await customer.confirm()
    assert customer.screen == "done", customer.text[:600]
    day = str(customer.bank.now().date())
    answer = await payee.open(f"statements/csv?period=days&since={day}&until={day}")
    lines = answer.content.decode("cp932", "replace").splitlines()
    cells = [cell.strip('"') for line in lines for cell in line.split('","')]
    assert any("CMD" in cell for cell in cells), lines[:3]
    assert not [cell for cell in cells if cell[:1] in "=+-@\t" and not is_number(cell)]
    forged = await DemoCustomer.of(customer.bank, base=second)
    forged.known = {**forged.known, "login_id": "x\r\n2026 sign-in done", "login_password": "y\r\n"}
    await forged.enter()
    assert "\n2026 sign-in done" not in customer.bank.logs()
    assert not [
        row for row in await customer.bank.rows("SELECT detail::text AS text, subject, reason "
                                                "FROM operations_log_entries")
        if "2026 sign-in" in "".join(map(str, row.values()))
    ]  # fmt: skip


def is_number(cell: str) -> bool:
    """Tell whether a cell is a plain number, which no program runs."""
    return bool(re.fullmatch(r"-?[0-9,]*", cell))
