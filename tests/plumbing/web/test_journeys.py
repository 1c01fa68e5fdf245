"""The one handler of journeys, on a toy journey over in-process HTTP."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from madoguchi.kernel.errors import Fault
from madoguchi.kernel.journey import Again, Detour, Journey, Proceed, Screen
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.web import (
    EmptyForm,
    JourneyDoor,
    JourneyHandler,
    Moved,
    Page,
    Passing,
    RequestContext,
    Seats,
    Site,
    Surround,
    Surroundings,
    Visits,
    typed,
)
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys

IDLE = timedelta(minutes=15)


@dataclass(frozen=True)
class Proved:
    """What the toy journey proves."""

    word: str = ""
    effects: int = 0


@dataclass(frozen=True)
class WordForm:
    """A word and a secret."""

    word: str = typed(str)
    secret: str = typed(str, secret=True)


@dataclass(frozen=True)
class Lost(Detour[Proved]):
    """Leads to an ending."""


@dataclass
class Toy:
    """What the steps are given: what they did, and whether what stands behind fails."""

    effects: list[str] = field(default_factory=list)
    down: bool = False
    closed: bool = False


class BehindIsDown(Fault):
    """What stands behind cannot be reached."""


async def word(visit: Proved, form: WordForm, services: Toy) -> Proceed[Proved] | Again | Lost:
    """Take a word; "lost" leads away, "again" stays."""
    if services.down:
        raise BehindIsDown
    services.effects.append(form.word)
    match form.word:
        case "lost":
            return Lost(code="B84")
        case "again":
            return Again(message="wrong")
        case _:
            return Proceed(replace(visit, word=form.word), raised=True)


async def last(visit: Proved, form: EmptyForm, services: Toy) -> Proceed[Proved]:
    """Finish."""
    services.effects.append("finish")
    return Proceed(replace(visit, effects=visit.effects + 1))


JOURNEY = Journey(
    "toy",
    screens=(Screen("word", "T1", word, on={Lost: "lost"}), Screen("last", "T2", last)),
    finish="done",
    endings=("cancelled", "lost", "expired"),
)


@dataclass(frozen=True)
class ToySite:
    """An institution as the web ground sees it."""

    code: str
    slug: str
    languages: tuple[str, ...] = ("ja", "en")


SITES = {"one": ToySite("9901", "one"), "two": ToySite("9902", "two")}


@dataclass
class Walk:
    """A browser in the toy journey, with what the steps did and what was logged."""

    client: httpx2.AsyncClient
    toy: Toy
    moves: list[Moved[Proved]]
    seats: Seats
    page: httpx2.Response | None = None

    async def get(self, path: str) -> httpx2.Response:
        """Open a path and follow where it leads."""
        self.page = await self.client.get(path, follow_redirects=True)
        return self.page

    def fields(self, **typed_in: str) -> dict[str, str]:
        """Return the hidden fields of the page shown, with what is typed."""
        assert self.page is not None
        hidden = dict(re.findall(r'<input name="(csrf|version)" value="([^"]*)">', self.page.text))
        return {**hidden, **typed_in}

    async def send(self, fields: Mapping[str, str], path: str = "") -> httpx2.Response:
        """Submit the form of the page shown."""
        assert self.page is not None
        answer = await self.client.post(path or str(self.page.url.path), data=dict(fields))
        if answer.status_code == 303 and answer.headers["location"].startswith("/"):
            await self.get(answer.headers["location"])
        return answer


def _render(page: Page, site: Site, context: RequestContext) -> Response:
    values = page.values
    lines = [
        f"<h1>{page.template}</h1><p>{site.slug} {context.language}</p>",
        f"<p>{values.get('errors')} {values.get('message')} {values.get('values')}</p>",
        f'<input name="csrf" value="{values.get("csrf")}">',
        f'<input name="version" value="{values.get("version")}">',
    ]
    return HTMLResponse("".join(lines), page.status)


def _app(
    database: Database,
    clock: SettableClock,
    keys: FixedKeys,
    entropy: SeededEntropy,
    toy: Toy,
    moves: list[Moved[Proved]],
    seats: Seats,
) -> Surround:
    async def find_site(slug: str) -> Site | None:
        return SITES.get(slug)

    async def gate(passing: Passing[Proved]) -> Page | None:
        return Page("closed", status=503) if toy.closed else None

    async def ended(passing: Passing[Proved], ending: str) -> str:
        return f"https://app.example.jp/cb?ending={ending}"

    handler = JourneyHandler(
        JourneyDoor(
            journey=JOURNEY,
            path="toy",
            visits=Visits("toy", Proved, keys, entropy),
            database=database,
            clock=clock,
            find_site=find_site,
            idle=lambda site: IDLE,
            services=lambda passing: toy,
            gate=gate,
            ended=ended,
            record=lambda passing, moved: moves.append(moved),
            render=_render,
            error=lambda request, status: Response("", status),
            seats=seats,
            faults={BehindIsDown: lambda fault: "behind-is-down"},
        )
    )

    async def begin(request: Request) -> Response:
        site = SITES[request.path_params["slug"]]
        async with database.transaction() as tx:
            url = await handler.begin(
                tx, site, request, Proved(), lambda known: known.proved.word == ""
            )
        return RedirectResponse(url, status_code=303)

    app = Starlette(routes=[Route("/{slug}/begin", begin), *handler.routes()])
    return Surround(
        app,
        Surroundings(
            new_reference=lambda: "REF-1",
            slug_of_host=lambda host: "one" if host == "own.example.jp" else None,
            limit_of=lambda path: 64,
            error_response=lambda request, status: Response("", status),
            measure=lambda method, status, seconds: None,
        ),
    )


@pytest.fixture
async def walk(
    database: Database, clock: SettableClock, keys: FixedKeys, entropy: SeededEntropy
) -> AsyncIterator[Walk]:
    """A browser that has begun the toy journey at institution `one`."""
    toy, moves, seats = Toy(), list[Moved[Proved]](), Seats(2, patience_seconds=0.2)
    app = _app(database, clock, keys, entropy, toy, moves, seats)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="https://bank.example.jp"
    ) as client:
        browser = Walk(client, toy, moves, seats)
        await browser.get("/one/begin")
        yield browser


@pytest.mark.requirement("LINK-07")
async def test_the_happy_path_ends_at_the_app(walk: Walk) -> None:
    """Two screens, then the way back; a reload of the finish leads back, with no second effect."""
    await walk.send(walk.fields(word="hello", secret="s"))
    assert "<h1>last</h1>" in (walk.page.text if walk.page else "")
    fields, path = walk.fields(), str(walk.page.url.path if walk.page else "")
    answer = await walk.client.post(path, data=fields)
    finish = await walk.client.get(answer.headers["location"])
    assert finish.headers["location"] == "https://app.example.jp/cb?ending=done"
    again = await walk.client.post(path, data=fields)
    assert again.headers["location"] == answer.headers["location"]
    assert walk.toy.effects == ["hello", "finish"]


@pytest.mark.requirement("LINK-07")
async def test_a_double_click_has_one_effect_even_when_the_first_answer_is_lost(walk: Walk) -> None:
    """The second submission opens the visit too, though its secret is new, and does nothing."""
    fields, path = (
        walk.fields(word="hello", secret="s"),
        str(walk.page.url.path if walk.page else ""),
    )
    cookies = dict(walk.client.cookies)
    answers = await asyncio.gather(
        *(
            walk.client.post(path, data=fields, headers={"cookie": _header(cookies)})
            for _ in range(4)
        )
    )
    assert [answer.status_code for answer in answers] == [303] * 4
    assert {answer.headers["location"].rsplit("/", 1)[1] for answer in answers} == {"last"}
    assert walk.toy.effects == ["hello"]
    walk.client.cookies.clear()
    page = await walk.client.get(
        answers[0].headers["location"], headers={"cookie": _header(cookies)}
    )
    assert "<h1>last</h1>" in page.text


@pytest.mark.requirement("SEC-01")
async def test_the_secret_is_new_at_each_rise_and_the_old_one_is_dead(walk: Walk) -> None:
    """After a step that proves something, the cookie from before opens nothing."""
    old = {name: value for name, value in walk.client.cookies.items() if "current" in name}
    await walk.send(walk.fields(word="hello", secret="s"))
    path = str(walk.page.url.path if walk.page else "")
    walk.client.cookies.clear()
    assert (await walk.client.get(path, headers={"cookie": _header(old)})).status_code == 404


@pytest.mark.requirement("LINK-04")
async def test_what_is_missing_is_said_and_what_was_typed_stays_but_never_a_secret(
    walk: Walk,
) -> None:
    """An empty required field brings the screen back with its error; no secret is in the page."""
    await walk.send(walk.fields(word="", secret="hush"))
    text = walk.page.text if walk.page else ""
    assert "field='word', code='required'" in text
    assert "hush" not in text
    assert "incomplete" in text
    assert walk.toy.effects == []


@pytest.mark.requirement("LINK-07")
async def test_a_stale_form_and_a_wrong_address_lead_to_the_real_screen(
    walk: Walk, clock: SettableClock
) -> None:
    """The back button's form and another screen's address end where the person really is.

    He is told so, but not where the form is the second one of a double click.
    """
    first, path = (
        walk.fields(word="hello", secret="s"),
        str(walk.page.url.path if walk.page else ""),
    )
    await walk.send(first)
    answer = await walk.client.post(path, data=first)
    assert answer.headers["location"].endswith("/last")
    assert (await walk.client.get(path)).headers["location"].endswith("/last")
    clock.advance(10)
    late = await walk.client.post(path, data=first)
    assert late.headers["location"].endswith("/last?moved-on")
    assert "moved-on" in (await walk.get(late.headers["location"])).text
    assert walk.toy.effects == ["hello"]


@pytest.mark.requirement("LINK-06")
async def test_cancel_ends_the_visit_and_offers_the_way_back(walk: Walk) -> None:
    """The cancel button leads to the cancelled page from any screen, with nothing filled in."""
    await walk.send(walk.fields(cancel="1"))
    assert "<h1>cancelled</h1>" in (walk.page.text if walk.page else "")
    assert [move.outcome for move in walk.moves] == ["cancelled"]


@pytest.mark.requirement("LINK-08")
async def test_the_cookies_of_an_ended_visit_do_not_pile_up(walk: Walk) -> None:
    """With its end, both of a visit's cookies get a quarter of an hour instead of a day."""
    fields, path = walk.fields(cancel="1"), str(walk.page.url.path if walk.page else "")
    answer = await walk.client.post(path, data=fields)
    lines = answer.headers.get_list("set-cookie")
    assert len(lines) == 2
    assert all("Max-Age=900" in line for line in lines)


@pytest.mark.requirement("LINK-08")
async def test_a_visit_ends_fifteen_minutes_after_the_last_input(
    walk: Walk, clock: SettableClock
) -> None:
    """Each input renews the time; once it is over, the person is told and led back."""
    clock.advance(14 * 60)
    await walk.send(walk.fields(word="again", secret="s"))
    clock.advance(14 * 60)
    await walk.send(walk.fields(word="hello", secret="s"))
    assert "<h1>last</h1>" in (walk.page.text if walk.page else "")
    clock.advance(15 * 60)
    await walk.send(walk.fields())
    assert "<h1>expired</h1>" in (walk.page.text if walk.page else "")
    assert walk.toy.effects == ["again", "hello"]


@pytest.mark.requirement("LINK-08")
async def test_beginning_again_in_the_same_browser_goes_on_with_the_same_visit(walk: Walk) -> None:
    """Beginning again leads back to the visit; another browser gets its own."""
    first = str(walk.page.url.path if walk.page else "")
    assert str((await walk.get("/one/begin")).url.path) == first
    walk.client.cookies.clear()
    assert str((await walk.get("/one/begin")).url.path) != first


@pytest.mark.requirement("SEC-01")
async def test_a_form_without_the_token_is_refused(walk: Walk) -> None:
    """A state change without the visit's CSRF token does nothing."""
    answer = await walk.send({**walk.fields(word="hello", secret="s"), "csrf": "f" * 64})
    assert answer.status_code == 403
    assert walk.toy.effects == []


@pytest.mark.requirement("INST-04")
async def test_a_visit_opens_only_in_its_browser_and_at_its_institution(walk: Walk) -> None:
    """Another browser, and the same browser under another institution's path, find no visit."""
    path = str(walk.page.url.path if walk.page else "")
    assert (await walk.client.get(path.replace("/one/", "/two/"))).status_code == 404
    walk.client.cookies.clear()
    assert (await walk.client.get(path)).status_code == 404


@pytest.mark.requirement("LINK-33")
async def test_the_gate_is_asked_at_every_step_and_ends_nothing(walk: Walk) -> None:
    """While closed, showing and submitting say so; afterwards the person goes on."""
    fields, path = (
        walk.fields(word="hello", secret="s"),
        str(walk.page.url.path if walk.page else ""),
    )
    walk.toy.closed = True
    assert "closed" in (await walk.client.get(path)).text
    assert "closed" in (await walk.client.post(path, data=fields)).text
    walk.toy.closed = False
    assert (await walk.client.post(path, data=fields)).headers["location"].endswith("/last")


@pytest.mark.requirement("LINK-06", "LINK-33")
async def test_a_visit_can_be_given_up_while_closed(walk: Walk) -> None:
    """Cancelling needs no service: it ends the visit, so that the app gets its answer."""
    fields, path = walk.fields(), str(walk.page.url.path if walk.page else "")
    walk.toy.closed = True
    answer = await walk.client.post(path, data={**fields, "cancel": "1"})
    assert answer.headers["location"].endswith("/cancelled")


@pytest.mark.requirement("UI-02")
async def test_another_language_keeps_what_is_typed(walk: Walk) -> None:
    """A form sent along with the change is shown again, but for secrets, and no step is run."""
    answer = await walk.send({**walk.fields(word="hello", secret="hush"), "lang": "en"})
    assert answer.headers["location"].endswith("/word?lang=en")
    text = walk.page.text if walk.page else ""
    assert "'word': 'hello'" in text
    assert "hush" not in text
    assert walk.toy.effects == []


@pytest.mark.requirement("LINK-35")
async def test_a_fault_behind_keeps_the_screen_and_what_was_typed(walk: Walk) -> None:
    """Where what stands behind fails, the screen comes back with a message and the input."""
    walk.toy.down = True
    await walk.send(walk.fields(word="hello", secret="hush"))
    text = walk.page.text if walk.page else ""
    assert "<h1>word</h1>" in text
    assert "behind-is-down" in text
    assert "'word': 'hello'" in text
    assert "hush" not in text
    walk.toy.down = False
    await walk.send(walk.fields(word="hello", secret="s"))
    assert "<h1>last</h1>" in (walk.page.text if walk.page else "")


@pytest.mark.requirement("LINK-35")
async def test_a_slow_step_leaves_connections_to_the_others(walk: Walk) -> None:
    """Where slow steps have all seats, a further form is told so, and can be sent again."""
    fields = walk.fields(word="hello", secret="s")
    path = str(walk.page.url.path if walk.page else "")
    async with walk.seats.one(), walk.seats.one():
        assert (await walk.client.post(path, data=fields)).status_code == 503
    assert (await walk.client.post(path, data=fields)).headers["location"].endswith("/last")
    assert walk.toy.effects == ["hello"]


@pytest.mark.requirement("INST-03")
async def test_an_own_host_needs_no_slug(walk: Walk) -> None:
    """Under an institution's own host the same pages stand at the root, and links stay there."""
    transport = walk.client._transport  # the same app under another name
    async with httpx2.AsyncClient(transport=transport, base_url="https://own.example.jp") as client:
        begun = await client.get("/begin")
        assert begun.headers["location"].startswith("/toy/")
        assert "<h1>word</h1>" in (await client.get(begun.headers["location"])).text


def _header(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
