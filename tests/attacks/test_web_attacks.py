"""Attacks on the screens by one who can send any request (SEC-01, SEC-05)."""

import asyncio
import io
import json
import logging
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import pytest
import structlog

from madoguchi.kernel.journey import Screen
from madoguchi.plumbing.observability import configure_logging
from tests.support.html_browser import HtmlBrowser
from tests.support.link_person import SCREENS
from tests.support.link_world import BASE, LinkWorld

FORM = {"content-type": "application/x-www-form-urlencoded"}
TABLES = ("web_visit", "call_back_attempt", "consents_consent", "authorization_server_request",
          "authorization_server_code", "notices_outbox", "lockout_count",
          "operations_log_entries")  # fmt: skip


async def state(world: LinkWorld) -> dict[str, list[Any]]:
    """Return all rows of what a journey changes."""
    return {
        table: sorted(str(row) for row in await world.rows(f"SELECT t::text FROM {table} AS t"))
        for table in TABLES
    }


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("screen", SCREENS)
async def test_a_form_from_elsewhere_does_nothing(screen: str, world: LinkWorld) -> None:
    """Without the visit's token, with another visit's, with one of nonsense: 403, nothing moved."""
    walk = await (await world.begin()).to(screen)
    other = await (await world.begin(app=world.app())).to("customer")
    fields = walk.browser.filled_in()
    before = await state(world)
    for token in ("", "0" * 64, other.browser.form.fields["csrf"], "é" * 64, "\U0001f642", "\x00"):
        answer = await walk.browser.submit({**fields, "csrf": token})
        assert answer.status_code == 403
    without = {name: value for name, value in fields.items() if name != "csrf"}
    assert (await walk.browser.submit(without)).status_code == 403
    cancel = {**without, "cancel": "1"}
    assert (await walk.browser.submit(cancel)).status_code == 403
    assert await state(world) == before
    assert await walk.finish()


@pytest.mark.requirement("SEC-01")
async def test_a_planted_visit_does_not_become_the_victims(world: LinkWorld) -> None:
    """Session fixation: the attacker's cookies in the victim's browser open the attacker's only.

    Once the victim has proved something in it, what the attacker holds is dead.
    """
    attacker = await world.begin()
    victim = attacker.browser.copy()
    name = next(name for name in victim.cookies if "current" in name)
    planted = dict(attacker.browser.cookies)
    await victim.open(attacker.browser.path)
    await victim.send(**attacker.person.account_fields)
    await victim.send(**attacker.person.customer_fields)
    assert victim.screen == "phone"
    assert victim.cookies[name] != planted[name]
    for path in (victim.path, victim.path.replace("phone", "account")):
        assert (await attacker.browser.request("GET", path)).status_code == 404


@pytest.mark.requirement("SEC-01")
async def test_a_made_up_secret_is_not_adopted(world: LinkWorld) -> None:
    """The secret a browser offers for the time after a rise counts only if it was made here."""
    walk = await (await world.begin()).to("customer")
    name = next(name for name in walk.browser.cookies if "visit-next" in name)
    walk.browser.cookies[name] = "chosen-by-the-attacker" + "0" * 22
    await walk.step()
    assert walk.browser.screen == "phone"
    current = walk.browser.cookies[name.replace("next", "current")]
    assert "chosen-by-the-attacker" not in current
    thief = world.browser()
    thief.cookies = {name: "chosen-by-the-attacker" + "0" * 22}
    assert (await thief.request("GET", walk.browser.path)).status_code == 404


@pytest.mark.requirement("SEC-01")
async def test_another_visits_next_secret_is_not_adopted(world: LinkWorld) -> None:
    """A secret made for one visit is worth nothing for another."""
    one = await (await world.begin()).to("customer")
    two = await (await world.begin(app=world.app())).to("customer")
    name_one = next(name for name in one.browser.cookies if "visit-next" in name)
    name_two = next(name for name in two.browser.cookies if "visit-next" in name)
    one.browser.cookies[name_one] = two.browser.cookies[name_two]
    await one.step()
    assert (
        one.browser.cookies[name_one.replace("next", "current")] != (two.browser.cookies[name_two])
    )


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("screen", SCREENS)
async def test_get_and_head_change_nothing(screen: str, world: LinkWorld) -> None:
    """Loading any address of the visit, with any query, moves nothing once ④ is shown."""
    walk = await (await world.begin()).to(screen)
    before = await state(world)
    base = walk.browser.path.rsplit("/", 1)[0]
    fields = urlencode(walk.browser.filled_in())
    for place in (*SCREENS, "linked", "cancelled", "expired", "nothing"):
        for method in ("GET", "HEAD"):
            await walk.browser.request(method, f"{base}/{place}?{fields}&cancel=1")
    assert await state(world) == before
    assert await walk.finish()


@pytest.mark.requirement("SEC-01", "LINK-21")
async def test_a_head_begins_no_call(world: LinkWorld) -> None:
    """The time for the call runs from the showing of ④, not from a program's look at it."""
    walk = await (await world.begin()).to("phone")
    answer = await walk.browser.submit(walk.browser.filled_in())
    looked = await walk.browser.request("HEAD", answer.headers["location"])
    assert looked.status_code == 405
    assert await world.rows("SELECT 1 AS one FROM call_back_attempt") == []


REDIRECTS = (
    "//evil.example/?lang=en", "/\\evil.example/?lang=en", "///evil.example/?lang=en",
    "/%2f%2fevil.example/?lang=en", "/%5cevil.example?lang=en", "//evil.example%2f..?lang=en",
    "/sample-shinkumi//evil.example?lang=en", "/?lang=en&next=//evil.example",
    "/x%0d%0aLocation:%20//evil.example?lang=en", "/x%0d%0aSet-Cookie:%20a=b?lang=en",
    "/?lang=en%0d%0aSet-Cookie:%20a=b", "/https://evil.example?lang=en", "/@evil.example?lang=en",
    "/?a=%0d%0aSet-Cookie:%20a=b&lang=en", "/%09//evil.example?lang=en", "/.//evil.example?lang=ja",
)  # fmt: skip


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("path", REDIRECTS)
async def test_the_language_link_leads_nowhere_else(path: str, world: LinkWorld) -> None:
    """No path and no query makes the change of language lead off the bank, or add a header."""
    url = httpx2.URL(BASE).copy_with(raw_path=path.encode())
    answer = await world.http.request("GET", url, headers={"accept": "text/html"})
    assert answer.status_code == 303 or "lang=en%0d" in path
    location = answer.headers.get("location", "/")
    assert urlsplit(location).netloc == ""
    assert not location.startswith(("//", "/\\"))
    assert "\r" not in location
    assert "\n" not in location
    cookies = answer.headers.get_list("set-cookie")
    assert all(cookie.startswith("__Host-language=") for cookie in cookies)


COOKIES = (
    "\x00", "=", ";;;;", "a", "__Host-visit-current-=x", "__Host-visit-current-{id}=",
    "__Host-visit-next-{id}=é; __Host-visit-current-{id}=é", "__Host-language=<script>",
    "__Host-language=../../etc", "; ".join(f"__Host-visit-current-{n}=x" for n in range(500)),
    "$Version=1; a=b", '__Host-visit-current-{id}="', "__Host-visit-current-{id}=" + "x" * 6000,
    "__Host-visit-next-{id}=éééééééééééééééééééééééééééééééé",
)  # fmt: skip


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("cookie", COOKIES)
async def test_malformed_cookies_open_nothing_and_break_nothing(
    cookie: str, world: LinkWorld
) -> None:
    """Whatever a cookie header holds, the answer is a page of ours and never a fault."""
    walk = await (await world.begin()).to("customer")
    visit = walk.browser.path.split("/")[-2]
    sent = cookie.replace("{id}", visit).encode("latin-1")
    stranger = await world.http.get(BASE + walk.browser.path, headers={b"cookie": sent})
    assert stranger.status_code == 404
    app = world.app()
    await app.discover()
    begun = await world.http.get(await app.pushed_url(), headers={b"cookie": sent})
    assert begun.status_code == 303


@pytest.mark.requirement("SEC-01")
async def test_a_strange_next_cookie_loses_nobodys_visit(world: LinkWorld) -> None:
    """A person whose `next` cookie is garbage beyond ASCII goes on all the same."""
    walk = await (await world.begin()).to("customer")
    name = next(name for name in walk.browser.cookies if "visit-next" in name)
    sent = {**walk.browser.cookies, name: "é" * 60}
    header = "; ".join(f"{key}={value}" for key, value in sent.items()).encode("latin-1")
    fields = walk.browser.filled_in(**walk.person.customer_fields)
    answer = await world.http.post(
        BASE + walk.browser.path, content=urlencode(fields), headers={b"cookie": header, **FORM_B}
    )
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/phone")


FORM_B = {b"content-type": b"application/x-www-form-urlencoded"}
BODIES = {
    "many-fields": ("&".join(f"f{n}=1" for n in range(5000)).encode(), 400),
    "invalid-utf-8": (b"csrf=%ff%fe", 400),
    "raw-bytes": (b"csrf=\xff\xfe", 400),
    "overlong-utf-8": (b"csrf=%c0%af", 400),
    "surrogate": (b"csrf=%ed%a0%80", 400),
    "half-escape": (b"csrf=%", 403),
    "nul": (b"csrf=%00", 403),
    "empty": (b"", 403),
    "json": (b'{"csrf": "x"}', 403),
    "large": (b"csrf=" + b"a" * 100_000, 413),
    "semicolons": (b"csrf=x;cancel=1;version=1", 403),
}


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("kind", BODIES)
async def test_malformed_bodies_are_refused_as_such(kind: str, world: LinkWorld) -> None:
    """Thousands of fields, bytes that are no text, too much: refused, and nothing moved."""
    walk = await (await world.begin()).to("customer")
    before = await state(world)
    body, status = BODIES[kind]
    answer = await walk.browser.request("POST", walk.browser.path, content=body, headers=FORM)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert await state(world) == before


@pytest.mark.requirement("SEC-01", "LINK-34")
async def test_a_body_that_comes_too_slowly_is_not_waited_for(
    world: LinkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body that does not arrive in its time is answered 408, and the visit is where it was."""
    monkeypatch.setattr("madoguchi.plumbing.web.middleware.BODY_SECONDS", 0.05)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"csrf="
        await asyncio.sleep(0.3)
        yield b"x"

    walk = await (await world.begin()).to("customer")
    answer = await walk.browser.request("POST", walk.browser.path, content=slowly(), headers=FORM)
    assert answer.status_code == 408
    assert answer.headers["x-frame-options"] == "DENY"
    await walk.to("phone")


@pytest.mark.requirement("SEC-01")
async def test_a_field_sent_twice_counts_once(world: LinkWorld) -> None:
    """The last of two counts for what is judged and for what is kept alike."""
    walk = await world.begin()
    fields = list(walk.browser.filled_in(**walk.person.account_fields).items())
    body = urlencode([*fields, ("account_number", "7654321")]).encode()
    await walk.browser.request("POST", walk.browser.path, content=body, headers=FORM)
    await walk.browser.open(walk.browser.path)
    assert "7654321" in walk.browser.text
    assert "1234567" not in walk.browser.text


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize(
    "typed",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "${7*7}", "'; DROP",
     "\u202egnp.exe", "</title><script>"],
)  # fmt: skip
async def test_what_is_typed_comes_back_as_text(typed: str, world: LinkWorld) -> None:
    """Markup, templates and SQL typed into fields are shown as they were typed, and do nothing."""
    walk = await (await world.begin()).to("customer")
    await walk.browser.send(**{**walk.person.customer_fields, "name_kana": typed, "email": typed})
    assert walk.browser.form.fields["name_kana"] == typed
    assert "<script>alert" not in walk.browser.html
    assert "onerror=alert(1)>" not in walk.browser.html.replace("&gt;", "")
    assert "49" not in walk.browser.form.fields["name_kana"]


@pytest.fixture
def lines_logged(world: LinkWorld) -> Iterator[Callable[[], list[str]]]:
    """The technical log as a process writes it; returns its lines so far."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    configure_logging("info", stream)
    yield lambda: stream.getvalue().splitlines()
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.requirement("LOG-01", "LOG-02")
async def test_what_is_typed_makes_no_line_in_a_log(
    world: LinkWorld, lines_logged: Callable[[], list[str]]
) -> None:
    """Line breaks and forged rows in fields and paths stay one harmless text (log injection)."""
    walk = await (await world.begin()).to("customer")
    forged = 'x\r\n{"event":"forged-entry"}'
    await walk.browser.send(**{**walk.person.customer_fields, "name_kana": forged})
    await walk.browser.request("GET", "/sample-shinkumi/link/a%0d%0aforged-entry/account")
    await world.http.get(
        BASE + walk.browser.path, headers={"x-forwarded-for": "forged-entry", "user-agent": "x"}
    )
    world.core.find_account = None  # type: ignore[assignment, method-assign]
    await walk.browser.submit(
        walk.browser.filled_in(**walk.person.customer_fields), walk.browser.path
    )
    lines = lines_logged()
    assert any("unexpected-error" in line for line in lines)
    for line in lines:
        assert json.loads(line)["event"] != "forged-entry"
        assert walk.person.phone not in line
        assert walk.person.email not in line
    assert all("forged" not in str(row) for row in await world.log())


@pytest.mark.requirement("LINK-18", "SEC-01")
async def test_a_forged_forwarded_address_counts_for_nothing(world: LinkWorld) -> None:
    """A peer that is no trusted proxy is counted by its own address, whatever it claims."""
    walk = await (await world.begin()).to("customer")
    walk.browser.headers = {"x-forwarded-for": "203.0.113.99", "forwarded": "for=203.0.113.99"}
    await walk.browser.send(**{**walk.person.customer_fields, "birth_day": "2"})
    sources = {row.source for row in await world.log(event="link:customer")}
    assert sources == {"192.0.2.2"}


@pytest.mark.requirement("LINK-18", "SEC-01")
@pytest.mark.parametrize(
    ("header", "source"),
    [("203.0.113.5", "203.0.113.5"), ("198.51.100.1, 203.0.113.5", "203.0.113.5"),
     ("198.51.100.1, 203.0.113.5, 10.0.0.7", "203.0.113.5"), ("nonsense", "10.0.0.9"),
     ("203.0.113.5, <script>", "10.0.0.9"), ("", "10.0.0.9"), ("10.0.0.1", "10.0.0.9")],
)  # fmt: skip
async def test_of_a_trusted_proxy_the_last_stranger_counts(
    header: str, source: str, world: LinkWorld
) -> None:
    """The rightmost address that is no proxy of ours is the one; what is malformed fails closed."""
    transport = httpx2.ASGITransport(world.application, client=("10.0.0.9", 1))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as http:
        browser = HtmlBrowser(http, BASE, headers={"x-forwarded-for": header})
        walk = await (await world.begin(browser)).to("phone")
        assert walk.browser.screen == "phone"
    assert {row.source for row in await world.log(event="link:customer")} == {source}


@pytest.mark.requirement("SEC-01", "INST-03")
@pytest.mark.parametrize("host", ["evil.example", "bank.example.jp:99", "x" * 300, "a b", "", "é"])
async def test_the_host_header_leads_nowhere(host: str, world: LinkWorld) -> None:
    """No address in an answer is made of the Host header."""
    app = world.app()
    await app.discover()
    url = await app.pushed_url()
    answer = await world.http.get(url, headers={b"host": host.encode("latin-1")})
    assert answer.status_code in (303, 400, 404)
    assert "evil" not in answer.headers.get("location", "")
    found = await world.http.get(
        f"{app.issuer}/.well-known/openid-configuration", headers={b"host": host.encode("latin-1")}
    )
    if found.status_code == 200:
        assert found.json()["issuer"] == app.issuer


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize(
    "path", ["/sample-shinkumi/link/a/account/", "/sample-shinkumi/oauth/jwks/", "/assets",
             "/sample-shinkumi/assets", "/sample-shinkumi/api/v1/accounts/"]
)  # fmt: skip
async def test_a_slash_too_many_leads_to_no_host_of_the_asker(path: str, world: LinkWorld) -> None:
    """A path that differs by a slash is unknown: no redirect to whatever the Host header says."""
    for host in ("evil.example", "bank.example.jp"):
        answer = await world.http.get(BASE + path, headers={"host": host, "accept": "text/html"})
        assert answer.status_code in (401, 404)
        assert "location" not in answer.headers


@pytest.mark.requirement("SEC-01")
async def test_visit_ids_cannot_be_guessed(world: LinkWorld) -> None:
    """An id has 128 bits of chance; without its cookie a known one answers as an unknown one."""
    walk = await world.begin()
    known = walk.browser.path.split("/")[-2]
    assert len(known) >= 22
    stranger = world.browser()
    real = await stranger.request("GET", walk.browser.path)
    unknown = await stranger.request("GET", walk.browser.path.replace(known, "A" * 22))
    assert (real.status_code, unknown.status_code) == (404, 404)
    assert len(real.content) == len(unknown.content)
    for odd in ("..", "%00", "%2e%2e%2f", "a" * 5000, "';--", "%f0%28%8c%28"):
        answer = await stranger.request("GET", walk.browser.path.replace(known, odd))
        assert answer.status_code in (400, 404)


@pytest.mark.requirement("LOCK-02", "LINK-14")
async def test_wrong_answers_are_alike_in_words_status_and_size(world: LinkWorld) -> None:
    """Wrong birth date, wrong phone, both: pages of one length; they differ by what was typed."""
    sizes, texts = set(), set()
    for wrong in ({"birth_day": "2"}, {"phone": "09000009999"},
                  {"birth_day": "2", "phone": "09000009999"}):  # fmt: skip
        world.configure(failures_limit=20)
        walk = await (await world.begin(app=world.app())).to("customer")
        await walk.browser.send(**{**walk.person.customer_fields, **wrong})
        texts.add(walk.browser.text)
        assert walk.browser.page is not None
        sizes.add(len(walk.browser.page.content))
    assert len(texts) == 1
    assert len(sizes) == 1


@pytest.mark.requirement("LOCK-02")
async def test_wrong_answers_take_the_same_work(world: LinkWorld) -> None:
    """The core is asked the same questions, and the database, whatever was wrong."""
    world.configure(failures_limit=20)
    asked: list[str] = []
    for name in ("find_account", "holder", "accounts_of", "account"):
        real = getattr(world.core, name)

        def noting(*given: Any, name: str = name, real: Any = real) -> Any:
            asked.append(name)
            return real(*given)

        setattr(world.core, name, noting)
    patterns = set()
    for wrong in ({"birth_day": "2"}, {"phone": "09000009999"}, {}):
        walk = await (await world.begin(app=world.app())).to("customer")
        asked.clear()
        await walk.browser.send(**{**walk.person.customer_fields, **wrong})
        patterns.add(tuple(asked))
    assert len(patterns) == 1


@pytest.mark.requirement("LOCK-02", "LINK-13")
async def test_locked_is_told_alike_and_as_fast_for_right_and_wrong(world: LinkWorld) -> None:
    """While locked: one text, one size, and times that do not tell right from wrong."""
    walk = await (await world.begin()).to("customer")
    for _ in range(5):
        await walk.browser.send(**{**walk.person.customer_fields, "birth_day": "2"})
    told, seconds = set(), {"right": [0.0], "wrong": [0.0]}
    for turn in range(8):
        kind = ("right", "wrong")[turn % 2]
        later = await (await world.begin(app=world.app())).to("customer")
        fields = later.person.customer_fields | ({} if kind == "right" else {"birth_day": "2"})
        began = time.perf_counter()
        await later.browser.send(**fields)
        seconds[kind].append(time.perf_counter() - began)
        reference = later.browser.html.split("reference")[1][:80]
        told.add(later.browser.html.replace(reference, ""))
        assert later.browser.screen == "locked"
    texts = {len(page) for page in told}
    assert len(texts) == 1
    right, wrong = (statistics.median(seconds[kind][1:]) for kind in ("right", "wrong"))
    assert 0.2 < right / wrong < 5


@pytest.mark.requirement("SEC-01", "LINK-07")
async def test_a_step_cannot_be_jumped(world: LinkWorld) -> None:
    """From each screen the forms of all later ones are not read, with a valid token too."""
    walk = await world.begin()
    for screen in SCREENS[:-1]:
        await walk.to(screen)
        base = walk.browser.path.rsplit("/", 1)[0]
        guard = {name: walk.browser.form.fields[name] for name in ("csrf", "version")}
        for later in SCREENS[SCREENS.index(screen) + 1 :]:
            fields = {**guard, "card_pin": "7391", "agree": "1", "go": "1"}
            answer = await walk.browser.submit(fields, f"{base}/{later}")
            assert answer.headers["location"].endswith(f"/{screen}")
    assert await world.rows("SELECT 1 AS one FROM authorization_server_code") == []


@pytest.mark.requirement("SEC-01")
async def test_nothing_else_is_taken_from_a_form(world: LinkWorld) -> None:
    """Names of what a visit has proved, sent as fields, change nothing of it (mass assignment)."""
    walk = await world.begin()
    extra = {"call_confirmed": "true", "pin_right": "true", "holder_id": "holder-9"}
    extra |= {"account_id": "account-9", "turn": "9", "place": "consent"}
    fields = {**walk.browser.filled_in(**walk.person.account_fields), **extra}
    answer = await walk.browser.submit(fields)
    assert answer.headers["location"].endswith("/customer")
    await walk.browser.open(answer.headers["location"])
    assert await walk.finish()
    [consent] = await world.rows("SELECT holder_id FROM consents_consent WHERE status='authorised'")
    assert consent["holder_id"] == "holder-1"


@pytest.mark.requirement("LINK-07")
async def test_a_flood_of_one_visit_does_not_stop_the_others(world: LinkWorld) -> None:
    """Forty requests for one visit at once wait for each other; another person gets through."""
    one = await (await world.begin()).to("customer")
    two = await (await world.begin(person=world.another_person(40))).to("customer")
    copies = [one.browser.copy() for _ in range(40)]
    flood = [asyncio.create_task(each.request("GET", one.browser.path)) for each in copies]
    assert await asyncio.wait_for(two.finish(), 15)
    assert {answer.status_code for answer in await asyncio.gather(*flood)} == {200}


@pytest.mark.requirement("LINK-34", "LINK-07")
async def test_clicks_on_a_slow_visit_keep_no_connection_from_the_others(world: LinkWorld) -> None:
    """While the core keeps one person waiting, his forty further clicks stop nobody else."""
    slow = await (await world.begin()).to("customer")
    other = await (await world.begin(person=world.another_person(41))).to("customer")
    release, real = asyncio.Event(), world.core.find_account

    async def find_account(call: Any, branch: str, kind: Any, number: str) -> Any:
        if number == slow.person.account_number:
            await release.wait()
        return await real(call, branch, kind, number)

    world.core.find_account = find_account  # type: ignore[assignment, method-assign]
    fields = slow.browser.filled_in(**slow.person.customer_fields)
    clicks = [asyncio.create_task(slow.browser.copy().submit(fields)) for _ in range(40)]
    await asyncio.sleep(0.2)
    try:
        assert await asyncio.wait_for(other.finish(), 5)
    finally:
        release.set()
        answers = await asyncio.gather(*clicks)
    assert {urlsplit(answer.headers["location"]).path[-6:] for answer in answers} == {"/phone"}


def test_the_screens_are_those_of_the_table() -> None:
    """The names that these tests walk by are the table's own."""
    from madoguchi.api_link import API_LINK

    assert all(isinstance(screen, Screen) for screen in API_LINK.screens)
    assert tuple(screen.name for screen in API_LINK.screens) == SCREENS
