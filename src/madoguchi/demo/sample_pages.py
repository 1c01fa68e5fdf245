"""What stands in for the sample institutions' own pages; text of a demo, and says so."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from madoguchi.demo.pages import DemoPages

PAGES = ("terms", "faq", "privacy")


def sample_page_routes(pages: DemoPages) -> list[Route]:
    """Return the routes `/demo/terms`, `/demo/faq` and `/demo/privacy`."""

    def shown(name: str) -> Route:
        async def show(request: Request) -> Response:
            return pages.render(request, "sample-page.html", page=name)

        return Route(f"/demo/{name}", show)

    return [shown(name) for name in PAGES]
