"""What the demo's pages share: their frame, their language, and what the demo offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from madoguchi.demo.clock import DemoClock
from madoguchi.demo.place import Place, read_json
from madoguchi.plumbing.templates import Assets, Templates
from madoguchi.plumbing.web import LANGUAGE_COOKIE, choose_language, problem

LANGUAGE_SECONDS = 31_536_000
OWN_SITE = frozenset({"same-origin", "none"})


@dataclass(frozen=True)
class DemoSite:
    """The demo's pages belong to no institution."""

    code: str = ""
    slug: str = "demo"
    languages: tuple[str, ...] = ("ja", "en")


SITE = DemoSite()


@dataclass(frozen=True)
class DemoPages:
    """Renders the demo's pages, each marked as a demo's."""

    place: Place
    clock: DemoClock
    templates: Templates

    @classmethod
    def make(cls, place: Place, clock: DemoClock, assets: Assets) -> "DemoPages":
        """Return the pages with templates of their own."""
        return cls(place, clock, Templates(["madoguchi.demo"], assets=assets))

    def contract(self) -> dict[str, Any]:
        """Return what the demo offers; empty lists before it has said so."""
        names = ("institutions", "customers", "clients", "retail")
        nothing: dict[str, Any] = {name: [] for name in names}
        return {**nothing, **(read_json(self.place.contract) or {})}

    def render(
        self,
        request: Request,
        name: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """Return the page `demo/<name>`, in the language that is chosen with it or was before."""
        chosen = request.query_params.get("lang", "")
        language = chosen if chosen in SITE.languages else choose_language(request, SITE)
        text = self.templates.render(
            f"demo/{name}",
            language=language,
            institution=None,
            now=self.clock.now(),
            here=request.url.path,
            known=self._knows,
            **values,
        )
        answer = HTMLResponse(
            text, status, headers={"content-language": language, **(headers or {})}
        )
        if chosen == language:
            answer.set_cookie(
                LANGUAGE_COOKIE, language, max_age=LANGUAGE_SECONDS, secure=True, httponly=True
            )
        return answer

    def _knows(self, key: str) -> bool:
        return self.templates.text(key, language="ja") != key


def is_foreign(request: Request) -> bool:
    """Say whether another site's page sends this: the demo's switches are for its own pages."""
    return request.headers.get("sec-fetch-site", "none") not in OWN_SITE


def is_json(request: Request) -> bool:
    """Say whether the body is no form: then programs are answered, not people."""
    kind = request.headers.get("content-type", "")
    return not kind.startswith(("application/x-www-form-urlencoded", "multipart/"))


async def read_object(request: Request) -> dict[str, Any] | None:
    """Return the JSON object of the body, or None where it is none."""
    try:
        told = await request.json()
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def bad_request(title: str) -> Response:
    """Answer a program that sent what cannot be read."""
    return problem(400, "urn:madoguchi:demo:bad_request", title)


def foreign_request() -> Response:
    """Answer another site's page."""
    return problem(403, "urn:madoguchi:demo:foreign", "Only the demo's own pages may ask this")
