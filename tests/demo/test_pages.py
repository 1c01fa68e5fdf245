"""The demo's pages and switches."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from madoguchi.call_back import Matched, NotMatched, Reason
from madoguchi.demo.clock import DemoClock
from madoguchi.demo.mailbox import Mailbox
from madoguchi.demo.place import Place, write_in_one_piece
from madoguchi.demo.routes import demo_routes
from madoguchi.kernel.clock import JAPAN
from madoguchi.plumbing.telephone import IncomingCall
from madoguchi.plumbing.templates import Assets
from tests.support.entropy import SeededEntropy

NIGHT = datetime(2026, 11, 21, 4, 1, tzinfo=JAPAN)
INSTITUTION: Mapping[str, Any] = {
    "slug": "sample-shinkumi",
    "code": "9901",
    "name": "サンプル信用組合",
    "name_en": "Sample Credit Cooperative",
    "link_modes": ["card"],
    "issuer": "http://localhost:8000/sample-shinkumi",
    "api_base": "http://localhost:8000/sample-shinkumi/api/v1",
    "verification_numbers": ["0120-000-201"],
    "login_url": "http://localhost:8000/sample-shinkumi/bank/login",
    "registration_url": "http://localhost:8000/sample-shinkumi/bank/registration",
}
CUSTOMER: Mapping[str, Any] = {
    "institution": "9901",
    "case": "ordinary",
    "name_kana": "ﾐﾎﾝ ﾀﾛｳ",
    "branch_code": "001",
    "account_kind": "ordinary",
    "account_number": "1234567",
    "birth_date": "1980-04-01",
    "phone": "09000001000",
    "email": "taro@example.jp",
    "card_pin": "1234",
}
CONTRACT: Mapping[str, Any] = {
    "institution": "9901",
    "state": "ready",
    "login_id": "mihontaro1",
    "login_password": "kaze19noumi",
    "confirmation_password": "yama47kara",
    "questions": {"初めて飼った生き物の名前は": "シロ"},
    "questions_en": {"The name of your first pet": "シロ"},
    "name_kana": "ﾐﾎﾝ ﾀﾛｳ",
    "case": "member",
    "branch_code": "001",
    "account_kind": "ordinary",
    "account_number": "1234567",
    "email": "taro@example.jp",
}
NEWCOMER: Mapping[str, Any] = {**CONTRACT, "state": "new", "login_id": None, "questions": {}}
MAIL = (
    "From: サンプル信用組合 <api-link@example.jp>\r\nSubject: 連携完了\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/html; charset=utf-8\r\n\r\n<script>alert(1)</script><p>完了</p>"
)


class Demo:
    """The demo's pages with a telephone exchange that says what it is told to say."""

    def __init__(self, directory: Path) -> None:
        self.place = Place(directory)
        self.clock = DemoClock(self.place.clock)
        self.mailbox = Mailbox(self.place.mailbox)
        self.calls: list[IncomingCall] = []
        self.outcome: Matched | NotMatched = Matched("9901", "visit")
        write_in_one_piece(
            self.place.contract,
            {
                "institutions": [INSTITUTION],
                "customers": [CUSTOMER],
                "clients": [],
                "retail": [CONTRACT, NEWCOMER],
            },
        )

    async def record(self, call: IncomingCall) -> Matched | NotMatched:
        self.calls.append(call)
        return self.outcome

    def browser(self) -> httpx2.AsyncClient:
        routes = demo_routes(
            self.place,
            self.clock,
            entropy=SeededEntropy(),
            record_call=self.record,
            assets=Assets(),
        )
        transport = httpx2.ASGITransport(Starlette(routes=routes))
        return httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000")


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    """A demo that offers one institution and one customer."""
    return Demo(tmp_path)


@pytest.fixture
async def browser(demo: Demo) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser on it."""
    async with demo.browser() as browser:
        yield browser


@pytest.mark.requirement("RUN-01")
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    "page", ["/", "/demo/telephone", "/demo/mailbox", "/demo/mailbox/00000001"]
)
async def test_every_page_is_whole_in_both_languages(
    demo: Demo, browser: httpx2.AsyncClient, page: str, language: str
) -> None:
    """No text is missing: a key without a text would stand on the page as it is."""
    demo.mailbox.add(MAIL.encode(), ["taro@example.jp"], demo.clock.now())
    shown = await browser.get(page, headers={"accept-language": language})
    assert shown.status_code == 200
    assert f'<html lang="{language}">' in shown.text
    assert ">demo." not in shown.text.replace("</", "<").replace(" ", "")


async def test_the_first_page_tells_all_that_linking_takes(browser: httpx2.AsyncClient) -> None:
    """A sample customer's account, birth date, phone and PIN stand on the page."""
    shown = (await browser.get("/")).text
    for told in ("1234567", "1980-04-01", "09000001000", "1234", "サンプル信用組合"):
        assert told in shown


async def test_the_first_page_tells_all_that_logging_in_takes(browser: httpx2.AsyncClient) -> None:
    """Login addresses, IDs, both passwords and the answers stand on the page."""
    shown = (await browser.get("/")).text
    for told in ("mihontaro1", "kaze19noumi", "yama47kara", "シロ", INSTITUTION["login_url"]):
        assert told in shown


@pytest.mark.requirement("RUN-04")
async def test_programs_set_and_read_the_clock(demo: Demo, browser: httpx2.AsyncClient) -> None:
    """Setting answers with the new time, reading too, and the clock has moved."""
    answer = await browser.post("/demo/clock", json={"now": NIGHT.isoformat()})
    assert datetime.fromisoformat(answer.json()["now"]) >= NIGHT
    await browser.post("/demo/clock", json={"advance_seconds": 60})
    told = datetime.fromisoformat((await browser.get("/demo/clock")).json()["now"])
    assert 60 <= (told - NIGHT).total_seconds() < 65
    assert abs((demo.clock.now() - told).total_seconds()) < 5


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"now": 1}', b'{"advance_seconds": "1"}'])
async def test_a_wish_for_the_clock_that_cannot_be_read_is_a_problem(
    demo: Demo, browser: httpx2.AsyncClient, body: bytes
) -> None:
    """The answer is 400 with problem details, and the clock stays."""
    answer = await browser.post("/demo/clock", content=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert demo.clock.is_real


async def test_people_move_the_clock_and_let_it_go(demo: Demo, browser: httpx2.AsyncClient) -> None:
    """The page's forms set the clock, move it on and let it go, and lead back to the page."""
    for fields in ({"now": "2026-11-21T04:01"}, {"advance_seconds": "120"}):
        answer = await browser.post("/demo/clock", data=fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/#clock")
    assert 120 <= (demo.clock.now() - NIGHT).total_seconds() < 125
    await browser.post("/demo/clock", data={"real": "1"})
    assert demo.clock.is_real


@pytest.mark.parametrize("path", ["/demo/clock", "/demo/telephone/calls"])
async def test_another_sites_page_switches_nothing(
    demo: Demo, browser: httpx2.AsyncClient, path: str
) -> None:
    """A request that a browser sends for another site is refused."""
    headers = {"sec-fetch-site": "cross-site"}
    for body in ({"json": {"advance_seconds": 1}}, {"data": {"advance_seconds": "1"}}):
        answer = await browser.post(path, headers=headers, **body)
        assert answer.status_code == 403
    assert demo.clock.is_real
    assert not demo.calls


@pytest.mark.requirement("LINK-26")
async def test_a_program_calls_through_a_gateway_of_its_own(
    demo: Demo, browser: httpx2.AsyncClient
) -> None:
    """The call arrives from the gateway `simulator`, in E.164, and its fate is told."""
    answer = await browser.post(
        "/demo/telephone/calls", json={"caller": "090-0000-1000", "called": "0120-000-201"}
    )
    (call,) = demo.calls
    assert (call.gateway, call.caller, call.called) == (
        "simulator",
        "+819000001000",
        "+81120000201",
    )
    assert answer.json() == {"outcome": "matched", "reason": None}


async def test_a_withheld_call_has_no_caller(demo: Demo, browser: httpx2.AsyncClient) -> None:
    """Null as the caller is a withheld number; why the call did not count is told."""
    demo.outcome = NotMatched(Reason.WITHHELD)
    answer = await browser.post(
        "/demo/telephone/calls", json={"caller": None, "called": "0120-000-201"}
    )
    assert demo.calls[0].caller is None
    assert answer.json() == {"outcome": "not-matched", "reason": "withheld"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"caller": "09000001000"},
        {"caller": 1, "called": "0120"},
        {"caller": None, "called": "?"},
    ],
)
async def test_what_is_no_call_is_a_problem(
    demo: Demo, browser: httpx2.AsyncClient, body: dict[str, Any]
) -> None:
    """A call without a number to call is answered with 400, and nobody is called."""
    answer = await browser.post("/demo/telephone/calls", json=body)
    assert answer.status_code == 400
    assert not demo.calls


@pytest.mark.parametrize(
    ("fields", "caller"),
    [
        ({"caller": "09000001000", "other_caller": ""}, "+819000001000"),
        ({"caller": "09000001000", "other_caller": "09000009999"}, "+819000009999"),
        ({"caller": "withheld", "other_caller": ""}, None),
    ],
)
async def test_people_call_from_the_page_and_see_what_became_of_it(
    demo: Demo, browser: httpx2.AsyncClient, fields: dict[str, str], caller: str | None
) -> None:
    """The form calls from whom was chosen or typed; the page then says whether it counted."""
    answer = await browser.post("/demo/telephone/calls", data={**fields, "called": "0120-000-201"})
    assert demo.calls[0].caller == caller
    shown = await browser.get(answer.headers["location"])
    assert "確定する" in shown.text


@pytest.mark.requirement("MAIL-02")
async def test_mails_are_shown_without_trust(demo: Demo, browser: httpx2.AsyncClient) -> None:
    """The HTML of a mail stands in a page of its own that may run nothing; the text is escaped."""
    demo.mailbox.add(MAIL.encode(), ["taro@example.jp"], demo.clock.now())
    (told,) = (await browser.get("/demo/mailbox.json")).json()
    assert (told["subject"], told["to"]) == ("連携完了", "taro@example.jp")
    page = await browser.get("/demo/mailbox/00000001")
    assert "<script>" not in page.text
    html = await browser.get("/demo/mailbox/00000001/html")
    assert "<script>alert(1)" in html.text
    assert html.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert (await browser.get("/demo/mailbox/00000002")).status_code == 404
