"""Headers and cookies of every kind of answer (SEC-01)."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from madoguchi.plumbing.database import DatabaseUnavailable
from tests.support.link_world import BASE, LinkWorld

SLUG = "/sample-shinkumi"
ANSWERS = {
    "screen": ("GET", "", 200),
    "unknown-visit": ("GET", f"{SLUG}/link/nobody/account", 404),
    "redirect": ("GET", "+wrong-place", 303),
    "language": ("GET", "+?lang=en", 303),
    "not-found": ("GET", f"{SLUG}/nothing-here", 404),
    "unknown-institution": ("GET", "/nobody/link/a/account", 404),
    "unknown-path": ("GET", "/", 404),
    "wrong-method": ("DELETE", "+", 405),
    "head": ("HEAD", "+", 405),
    "poll": ("GET", f"{SLUG}/link/nobody/call/status", 404),
    "no-csrf": ("POST", "+", 403),
    "discovery": ("GET", f"{SLUG}/.well-known/openid-configuration", 200),
    "jwks": ("GET", f"{SLUG}/oauth/jwks", 200),
    "authorize-error": ("GET", f"{SLUG}/oauth/authorize", 400),
    "par-error": ("POST", f"{SLUG}/oauth/par", 401),
    "token-error": ("POST", f"{SLUG}/oauth/token", 401),
    "api-error": ("GET", f"{SLUG}/api/v1/accounts", 401),
    "asset": ("GET", f"{SLUG}/assets/theme.css", 200),
    "too-large": ("POST", "+huge", 413),
}


@pytest.mark.requirement("SEC-01", "LOG-02")
@pytest.mark.parametrize("kind", ANSWERS)
async def test_every_answer_carries_the_headers(kind: str, world: LinkWorld) -> None:
    """Policy, framing, sniffing, referrer, HSTS and store stand on pages, errors and redirects."""
    method, path, status = ANSWERS[kind]
    walk = await world.begin()
    body = {}
    if path in ("", "+"):
        path = walk.browser.path
    elif path == "+wrong-place":
        path = walk.browser.path.replace("account", "consent")
    elif path == "+?lang=en":
        path = walk.browser.path + "?lang=en"
    elif path == "+huge":
        path, body = walk.browser.path, {"content": b"a=" + b"b" * 70_000}
    elif method == "POST":
        body = {"content": b"a=b"}
    form = {"content-type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    answer = await walk.browser.request(method, path, headers=form, **body)
    assert answer.status_code == status, answer.text[:500]
    headers = answer.headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert int(re.findall(r"max-age=(\d+)", headers["strict-transport-security"])[0]) > 31536000
    if kind not in ("asset", "discovery", "jwks"):
        assert "no-store" in headers["cache-control"]
    assert "server" not in headers
    for cookie in headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-")
        for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite"):
            assert attribute.lower() in cookie.lower()
        assert "domain" not in cookie.lower()


@pytest.mark.requirement("AS-09")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/oauth/token", {"POST"}),
        ("PUT", "/oauth/par", {"POST"}),
        ("HEAD", "/oauth/authorize", {"GET", "POST"}),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(
    method: str, path: str, allowed: set[str], world: LinkWorld
) -> None:
    """A 405 of the whole application has `Allow` (RFC 9110 section 15.5.6)."""
    answer = await world.http.request(method, f"{BASE}{SLUG}{path}")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed
    if method != "HEAD":
        assert answer.json()["error"] == "invalid_request"


@pytest.mark.requirement("SEC-01")
async def test_no_page_has_inline_script_or_style(world: LinkWorld) -> None:
    """All six screens work under the policy: nothing inline, no handler, nothing from afar."""
    walk = await world.begin()
    for screen in ("account", "customer", "phone", "call", "card-pin", "consent"):
        await walk.to(screen)
        page = walk.browser.html
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
        for source in re.findall(r'<(?:script|link|img)[^>]*?(?:src|href)="([^"]+)"', page):
            assert source.startswith("/")
            assert not source.startswith("//")


@pytest.mark.requirement("SEC-01")
async def test_a_token_or_a_visit_is_in_no_address(world: LinkWorld) -> None:
    """What opens a visit stands in cookies alone: neither the page nor its address holds it."""
    walk = await (await world.begin()).to("consent")
    for name, value in walk.browser.cookies.items():
        if "visit" in name:
            assert value not in walk.browser.html
            assert value not in walk.browser.path


@pytest.mark.requirement("SEC-01")
async def test_the_secret_changes_at_each_rise_and_the_old_is_dead(world: LinkWorld) -> None:
    """After ②, ④ and ⑤ the visit opens by another secret; those from before open none."""
    walk = await world.begin()
    name = next(name for name in walk.browser.cookies if "visit-current" in name)
    secrets = {}
    for screen in ("account", "customer", "phone", "call", "card-pin", "consent"):
        await walk.to(screen)
        secrets[screen] = walk.browser.cookies[name]
    assert len({secrets[screen] for screen in ("customer", "phone", "card-pin", "consent")}) == 4
    assert secrets["phone"] == secrets["call"]
    for screen in ("account", "phone", "card-pin"):
        thief = world.browser()
        thief.cookies = {name: secrets[screen]}
        assert (await thief.request("GET", walk.browser.path)).status_code == 404
        assert (await thief.request("GET", walk.browser.path + "/status")).status_code == 404
    thief.cookies = {name: secrets["consent"]}
    assert (await thief.request("GET", walk.browser.path)).status_code == 200
    hashes = await world.rows("SELECT secret_hash FROM web_visit")
    assert all(len(row["secret_hash"]) == 32 for row in hashes)


@pytest.mark.requirement("SEC-01", "LOG-02")
async def test_errors_of_ours_say_nothing_but_a_reference(world: LinkWorld) -> None:
    """A broken invariant becomes a page with a number, without a word of what broke."""

    async def broken(*_: object) -> None:
        raise RuntimeError("secret-detail in the core")

    walk = await (await world.begin()).to("customer")
    world.core.find_account = broken  # type: ignore[assignment, method-assign]
    answer = await walk.browser.submit(walk.browser.filled_in(**walk.person.customer_fields))
    assert answer.status_code == 500
    assert "secret-detail" not in answer.text
    assert "Traceback" not in answer.text
    assert re.search(r"[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}", answer.text)
    program = await world.http.get(f"{BASE}{SLUG}/nothing-here")
    assert program.headers["content-type"] == "application/problem+json"


@pytest.mark.requirement("SEC-01", "RUN-03")
async def test_a_body_without_a_length_is_cut_off_too(world: LinkWorld) -> None:
    """A body sent in pieces that grows over the limit is refused as one that says its length."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"a" * 1000

    walk = await world.begin()
    answer = await walk.browser.request(
        "POST", walk.browser.path, content=pieces(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert answer.status_code == 413
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.requirement("RUN-02", "LINK-35")
async def test_a_database_that_is_away_is_told_as_busy(
    world: LinkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the database cannot be reached, screens say 503 with Retry-After and a reference."""

    @asynccontextmanager
    async def away() -> AsyncIterator[None]:
        raise DatabaseUnavailable("the server closed the connection")
        yield

    walk = await (await world.begin()).to("customer")
    with monkeypatch.context() as patched:
        patched.setattr(world.database, "transaction", away)
        answer = await walk.browser.submit(walk.browser.filled_in(**walk.person.customer_fields))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert re.search(r"[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}", answer.text)
    assert await walk.finish()
