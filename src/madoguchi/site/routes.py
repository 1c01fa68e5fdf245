"""An institution's stylesheet, icon and logo."""

from collections.abc import Callable
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from madoguchi.institutions import Institution, Institutions
from madoguchi.kernel.errors import must
from madoguchi.plumbing.templates import icon_svg, theme_css

FOR_EVER = "public, max-age=31536000, immutable"


def site_routes(institutions: Institutions) -> list[Route]:
    """Return the routes of what pages load; addresses carry a version, so it may be kept."""

    def serve(
        make: Callable[[Institution], str | bytes], media_type: str
    ) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            institution = institutions.by_slug(request.path_params["slug"])
            if institution is None:
                return Response("Not found", 404, media_type="text/plain")
            return Response(
                make(institution), headers={"cache-control": FOR_EVER}, media_type=media_type
            )

        return endpoint

    def theme(institution: Institution) -> str:
        return theme_css(institution.colours)

    def icon(institution: Institution) -> str:
        return icon_svg(institution.name, institution.colours)

    def logo(tone: Literal["light", "dark"]) -> Callable[[Institution], bytes]:
        def of(institution: Institution) -> bytes:
            found = must(
                institutions.logo(institution.code), "the logo of an institution that is served"
            )
            return found.light if tone == "light" else found.dark

        return of

    return [
        Route("/{slug}/assets/logo.svg", serve(logo("light"), "image/svg+xml")),
        Route("/{slug}/assets/logo-dark.svg", serve(logo("dark"), "image/svg+xml")),
        Route("/{slug}/assets/theme.css", serve(theme, "text/css")),
        Route("/{slug}/assets/icon.svg", serve(icon, "image/svg+xml")),
    ]
