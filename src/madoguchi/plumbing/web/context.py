"""What is known of a request before any door looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from starlette.requests import Request


class Site(Protocol):
    """The institution whose pages are shown, as far as the web ground needs to know it."""

    @property
    def code(self) -> str:
        """The unified financial-institution code, 4 digits."""
        ...

    @property
    def slug(self) -> str:
        """The institution's part of the path."""
        ...

    @property
    def languages(self) -> Sequence[str]:
        """The languages of its pages, the default one first."""
        ...


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The request's own facts: `reference` is shown and logged, `source` is an address.

    `asked_query` is what a page was asked with, `lang` apart: empty, or ends in `&` (UI-02).
    """

    reference: str
    source: str
    language: str
    base_path: str
    asked_query: str = ""


def context_of(request: Request, site: Site) -> RequestContext:
    """Return the context that the middleware put together, with a language that `site` has."""
    return RequestContext(
        reference=request.state.reference,
        source=request.state.source,
        language=choose_language(request, site),
        base_path="" if request.state.own_host else f"/{site.slug}",
        asked_query=_asked_query(request) if request.method == "GET" else "",
    )


def _asked_query(request: Request) -> str:
    asked = request.query_params.multi_items()
    kept = urlencode([(name, value) for name, value in asked if name != "lang"])
    return f"{kept}&" if kept else ""


LANGUAGE_COOKIE = "__Host-language"


def choose_language(request: Request, site: Site) -> str:
    """Return the language chosen on a page, else the browser's first that the site has (UI-02)."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in site.languages:
        return chosen
    for offered in _accepted(request.headers.get("accept-language", "")):
        if offered in site.languages:
            return offered
    return site.languages[0]


def _accepted(header: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in header.split(",")[:20]:
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        weighted.append((-weight, tag.split("-")[0].lower()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]
