"""The sample app, against a bank that is played by the test."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from madoguchi.demo.sample_app.app import sample_app
from madoguchi.demo.sample_app.configuration import Bank, Configuration

ISSUER = "http://bank.test/sample"
APP = "http://localhost:8001/"
CALLBACK = f"{APP}callback"
NONCE = "nonce-of-the-bank"
KEY = ECKey.generate_key("P-256", {"kid": "app", "alg": "ES256"})
ACCOUNT = {
    "id": "acc1",
    "branch_name": "本店",
    "branch_code": "001",
    "account_kind": "ordinary",
    "account_number_masked": "****567",
}
BALANCE = {
    "current_balance": 795_340,
    "available_balance": 795_340,
    "as_of": "2026-11-21T07:59:00+09:00",
}


class PlayedBank:
    """An authorization server and an account API, as far as the app can see them.

    `answers` puts another answer in the place of a path's usual one.
    """

    def __init__(self) -> None:
        self.asked: list[httpx2.Request] = []
        self.proofs: list[dict[str, Any]] = []
        self.answers: dict[str, httpx2.Response] = {}
        self.pushed: dict[str, str] = {}
        self.now = 1_800_000_000

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path == "/demo/clock":
            return httpx2.Response(200, json={"now": "2027-01-15T17:00:00+09:00"})
        if path.endswith("/openid-configuration"):
            return httpx2.Response(200, json=self._metadata())
        self.asked.append(request)
        proof = self._proof(request)
        if proof.get("nonce") != NONCE:
            return self._wants_nonce(path)
        self.proofs.append(proof)
        for ending, answer in self.answers.items():
            if path.endswith(ending):
                return answer
        return self._usual(request, path)

    def _usual(self, request: httpx2.Request, path: str) -> httpx2.Response:
        if request.method == "DELETE":
            return httpx2.Response(204)
        form = dict(parse_qsl(request.content.decode()))
        if path.endswith("/par"):
            self.pushed = form
        if path.endswith("/token"):
            self._check_assertion(form)
        told = {
            "par": {"request_uri": "urn:x:1", "expires_in": 60},
            "token": {"access_token": "at", "refresh_token": "rt", "expires_in": 600},
            "accounts": {"accounts": [ACCOUNT]},
            "balance": BALANCE,
            "transactions": movements(request.url.params.get("cursor")),
            "consent": {"expires_at": "2026-12-21T07:58:00+09:00"},
        }
        return httpx2.Response(200, json=told[path.rsplit("/", 1)[-1]])

    def _metadata(self) -> dict[str, str]:
        return {
            "issuer": ISSUER,
            "pushed_authorization_request_endpoint": f"{ISSUER}/par",
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
        }

    def _wants_nonce(self, path: str) -> httpx2.Response:
        headers = {"dpop-nonce": NONCE}
        if "/api/" in path:
            headers["www-authenticate"] = 'DPoP error="use_dpop_nonce"'
            return httpx2.Response(401, headers=headers)
        return httpx2.Response(400, headers=headers, json={"error": "use_dpop_nonce"})

    def _proof(self, request: httpx2.Request) -> dict[str, Any]:
        told = request.headers["dpop"]
        header = json.loads(base64.urlsafe_b64decode(told.split(".")[0] + "=="))
        proof = jwt.decode(told, ECKey.import_key(header["jwk"]), ["ES256"])
        assert "d" not in header["jwk"]
        assert proof.claims["htm"] == request.method
        assert proof.claims["htu"] == str(request.url).partition("?")[0]
        return dict(proof.claims)

    def _check_assertion(self, form: dict[str, str]) -> None:
        claims = jwt.decode(form["client_assertion"], KEY, ["ES256"]).claims
        assert (claims["iss"], claims["sub"], claims["aud"]) == ("app", "app", ISSUER)
        assert claims["iat"] == self.now


def movements(cursor: str | None) -> dict[str, Any]:
    line = {
        "id": "t1",
        "date": "2026-11-21" if cursor is None else "2026-10-01",
        "direction": "out",
        "amount": 10_000,
        "balance_after": 795_340,
        "remarks": "ATM",
        "remarks_readable": "ＡＴＭ" if cursor is None else "ガス",
    }
    return {"transactions": [line], "next_cursor": "next" if cursor is None else None}


@pytest.fixture
def bank() -> PlayedBank:
    """The bank."""
    return PlayedBank()


@pytest.fixture
def open_app(tmp_path: Path, bank: PlayedBank) -> Callable[[], httpx2.AsyncClient]:
    """Start the app on its one database; what is returned is a browser on it."""
    one = Bank(
        slug="sample",
        name="サンプル信用組合",
        name_en="Sample Credit Cooperative",
        issuer=ISSUER,
        api_base=f"{ISSUER}/api/v1",
        client_id="app",
        private_jwk=KEY.as_dict(private=True),
        scopes=("openid", "accounts"),
    )
    told = Configuration(APP, tmp_path / "app.sqlite", (one,), "http://bank.test/demo/clock")

    def start() -> httpx2.AsyncClient:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(bank))
        transport = httpx2.ASGITransport(sample_app(told, http))
        return httpx2.AsyncClient(transport=transport, base_url=APP)

    return start


@pytest.fixture
async def browser(open_app: Callable[[], httpx2.AsyncClient]) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser on the app."""
    async with open_app() as browser:
        yield browser


async def begin(browser: httpx2.AsyncClient) -> None:
    answer = await browser.post("/link", data={"bank": "sample"})
    assert answer.headers["location"] == f"{ISSUER}/authorize?client_id=app&request_uri=urn%3Ax%3A1"


async def come_back(browser: httpx2.AsyncClient, bank: PlayedBank, **told: str) -> str:
    query = {"state": bank.pushed["state"], "iss": ISSUER, "code": "c", **told}
    given = {name: value for name, value in query.items() if value}
    return str((await browser.get("/callback", params=given)).headers["location"])


async def linked(browser: httpx2.AsyncClient, bank: PlayedBank) -> None:
    await begin(browser)
    assert await come_back(browser, bank) == "/?done=linked"


@pytest.mark.requirement("AS-10")
async def test_a_link_as_fapi_wants_it(browser: httpx2.AsyncClient, bank: PlayedBank) -> None:
    """Pushed request with PKCE, nonces answered, the code exchanged with the matching verifier."""
    await linked(browser, bank)
    assert bank.pushed["redirect_uri"] == CALLBACK
    token = next(one for one in bank.asked if one.url.path.endswith("/token"))
    form = parse_qs(token.content.decode())
    digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert (bank.pushed["code_challenge"], bank.pushed["code_challenge_method"]) == (
        expected,
        "S256",
    )
    assertions = [
        parse_qs(one.content.decode())["client_assertion"][0]
        for one in bank.asked
        if one.method == "POST"
    ]
    assert len(set(assertions)) == len(assertions)


async def test_balance_and_movements_are_shown(
    browser: httpx2.AsyncClient, bank: PlayedBank
) -> None:
    """The home page shows balance and term; the account's page its movements, by pages."""
    await linked(browser, bank)
    home = (await browser.get("/")).text
    assert "¥795,340" in home
    assert "2026年12月21日 7:58 まで" in home
    account = home.partition('href="/links/')[2].partition('"')[0]
    first = (await browser.get(f"/links/{account}")).text
    assert "−¥10,000" in first
    assert "?cursor=next" in first
    assert "ガス" in (await browser.get(f"/links/{account}?cursor=next")).text
    proof = bank.proofs[-1]
    assert (
        proof["ath"]
        == base64.urlsafe_b64encode(hashlib.sha256(b"at").digest()).rstrip(b"=").decode()
    )


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"state": "somebody else's"}, "state"),
        ({"iss": "http://other.test"}, "issuer"),
        ({"iss": ""}, "issuer"),
        ({"code": "", "error": "access_denied"}, "access_denied"),
        ({"code": "", "error": "<script>"}, "unexpected"),
    ],
)
async def test_an_answer_that_is_no_link(
    browser: httpx2.AsyncClient, bank: PlayedBank, told: dict[str, str], problem: str
) -> None:
    """A foreign state or issuer, or a refusal, links nothing, and the page says why."""
    await begin(browser)
    place = await come_back(browser, bank, **told)
    assert place == f"/?problem={problem}"
    assert "連携" in (await browser.get(place)).text
    assert not [one for one in bank.asked if one.url.path.endswith("/token")]


async def test_an_answer_counts_once_and_in_its_browser(
    browser: httpx2.AsyncClient, bank: PlayedBank, open_app: Callable[[], httpx2.AsyncClient]
) -> None:
    """Another browser cannot finish the link, and its own cannot finish it twice."""
    await begin(browser)
    async with open_app() as other:
        assert await come_back(other, bank) == "/?problem=state"
    assert await come_back(browser, bank) == "/?done=linked"
    assert await come_back(browser, bank) == "/?problem=state"


@pytest.mark.requirement("API-06")
@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("consent_expired", 401, "連携の期限が切れました"),
        ("consent_revoked", 401, "連携は解除されています"),
        ("account_moved", 409, "ほかの店舗に移りました"),
        ("account_closed", 409, "解約されています"),
        ("out_of_hours", 503, "サービス時間外です"),
        ("core_unavailable", 503, "通信できません"),
        ("rate_limited", 429, "アクセスが集中"),
        ("something_new", 400, "うまくいきませんでした（something_new）"),
    ],
)
async def test_the_banks_errors_in_words(
    browser: httpx2.AsyncClient, bank: PlayedBank, code: str, status: int, words: str
) -> None:
    """Each error of the API has its words, with the bank's advice and when to come back."""
    await linked(browser, bank)
    told = {"type": f"urn:madoguchi:problem:{code}", "ja": "銀行の案内", "error": "invalid_token"}
    headers = {"retry-after": "30"}
    bank.answers["/balance"] = httpx2.Response(status, json=told, headers=headers)
    shown = (await browser.get("/")).text
    for expected in (words, "銀行の案内", "30秒後"):
        assert expected in shown


async def test_an_access_token_that_ended_is_renewed(
    browser: httpx2.AsyncClient, bank: PlayedBank
) -> None:
    """Where the API no longer takes the token, the app gets another one with the refresh token."""
    await linked(browser, bank)
    bank.answers["/balance"] = httpx2.Response(401, json={"type": "urn:x:invalid_token"})
    await browser.get("/")
    grants = [
        parse_qs(one.content.decode())["grant_type"][0]
        for one in bank.asked
        if one.url.path.endswith("/token")
    ]
    assert "refresh_token" in grants


async def test_a_consent_that_ended_is_told_by_its_kind(
    browser: httpx2.AsyncClient, bank: PlayedBank
) -> None:
    """Where the refresh token is refused, the account API says whether the consent ran out."""
    await linked(browser, bank)
    bank.answers["/token"] = httpx2.Response(400, json={"error": "invalid_grant"})
    bank.answers["/balance"] = httpx2.Response(401, json={"type": "urn:x:invalid_token"})
    bank.answers["/consent"] = httpx2.Response(401, json={"type": "urn:x:consent_expired"})
    assert "連携の期限が切れました" in (await browser.get("/")).text


@pytest.mark.requirement("LINK-32")
@pytest.mark.parametrize("answer", [204, "consent_revoked", "out_of_hours"])
async def test_unlinking_ends_the_consent_at_the_bank(
    browser: httpx2.AsyncClient, bank: PlayedBank, answer: int | str
) -> None:
    """The link goes when the bank has ended it, or had before; where it cannot, the link stays."""
    await linked(browser, bank)
    home = (await browser.get("/")).text
    link = home.partition('href="/links/')[2].partition("/")[0]
    if isinstance(answer, str):
        told = {"type": f"urn:x:{answer}"}
        bank.answers["/consent"] = httpx2.Response(503, json=told)
    place = (await browser.post(f"/links/{link}/unlink")).headers["location"]
    assert bank.asked[-1].method == "DELETE"
    bank.answers.clear()
    gone = answer != "out_of_hours"
    assert place == ("/?done=unlinked" if gone else "/?problem=out_of_hours")
    assert (link not in (await browser.get("/")).text) == gone


async def test_a_restart_keeps_the_links(
    browser: httpx2.AsyncClient, bank: PlayedBank, open_app: Callable[[], httpx2.AsyncClient]
) -> None:
    """The app started anew knows the browser and its link."""
    await linked(browser, bank)
    async with open_app() as again:
        again.cookies = browser.cookies
        assert "¥795,340" in (await again.get("/")).text


async def test_nobody_else_sees_a_link(
    browser: httpx2.AsyncClient, bank: PlayedBank, open_app: Callable[[], httpx2.AsyncClient]
) -> None:
    """Another browser that knows a link's address is told that there is no such page."""
    await linked(browser, bank)
    home = (await browser.get("/")).text
    account = home.partition('href="/links/')[2].partition('"')[0]
    async with open_app() as other:
        assert (await other.get(f"/links/{account}")).status_code == 404
        assert "¥" not in (await other.get("/")).text


async def test_a_bank_that_does_not_answer(browser: httpx2.AsyncClient, bank: PlayedBank) -> None:
    """A bank that is down is told in words, when linking and when reading."""
    await linked(browser, bank)
    bank.answers["/api/v1/accounts"] = httpx2.Response(502, text="Bad Gateway")
    assert "つながりません" in (await browser.get("/")).text
    bank.answers["/par"] = httpx2.Response(502)
    assert (await browser.post("/link", data={"bank": "sample"})).headers[
        "location"
    ] == "/?problem=unreachable"


def test_the_app_knows_nothing_of_the_platform() -> None:
    """No module of the app imports anything of Madoguchi but the app itself."""
    folder = Path("src/madoguchi/demo/sample_app")
    for module in folder.glob("*.py"):
        for line in module.read_text("utf-8").splitlines():
            if line.lstrip().startswith(("import madoguchi", "from madoguchi")):
                assert line.split()[1].startswith("madoguchi.demo.sample_app"), module


async def test_every_page_is_in_english_too(browser: httpx2.AsyncClient, bank: PlayedBank) -> None:
    """The language asked for is kept for the next pages."""
    await linked(browser, bank)
    assert "Total balance" in (await browser.get("/?lang=en")).text
    assert "Choose your bank" in (await browser.get("/link")).text
    assert urlsplit(APP).netloc == "localhost:8001"
