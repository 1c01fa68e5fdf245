"""An institution's stylesheet and icon."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from madoguchi.institutions import Institution, Institutions
from madoguchi.plumbing.templates import icon_svg, theme_css

FOR_EVER = "public, max-age=31536000, immutable"


def site_routes(institutions: Institutions) -> list[Route]:
    """Return the routes of what pages load; their addresses carry a version, so they may be kept for ever."""

    def serve(make: Callable[[Institution], str], media_type: str) -> Callable[[Request], Response]:
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

    return [
        Route("/{slug}/assets/theme.css", serve(theme, "text/css")),
        Route("/{slug}/assets/icon.svg", serve(icon, "image/svg+xml")),
    ]
