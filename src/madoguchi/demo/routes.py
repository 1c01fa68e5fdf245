"""The demo's addresses in the product's web process: mounted in the demo's environment only."""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from madoguchi.demo.clock import DemoClock
from madoguchi.demo.home import home_routes
from madoguchi.demo.mail_pages import mail_routes
from madoguchi.demo.mailbox import Mailbox
from madoguchi.demo.pages import DemoPages
from madoguchi.demo.place import Place
from madoguchi.demo.sample_pages import sample_page_routes
from madoguchi.demo.telephone import RecordCall, SimulatedTelephone, telephone_routes
from madoguchi.kernel.entropy import Entropy
from madoguchi.plumbing.templates import Assets


def demo_routes(
    place: Place, clock: DemoClock, *, entropy: Entropy, record_call: RecordCall, assets: Assets
) -> list[Route]:
    """Return the home page, the clock, the telephone and the mailbox; they go before `/{slug}`."""
    pages = DemoPages.make(place, clock, assets)
    style = (files("madoguchi.demo") / "static" / "demo.css").read_text("utf-8")

    def serve_style(_: Request) -> Response:
        return Response(style, media_type="text/css", headers={"cache-control": "no-cache"})

    return [
        *home_routes(pages),
        *telephone_routes(pages, SimulatedTelephone(pages, entropy, record_call)),
        *mail_routes(pages, Mailbox(place.mailbox)),
        *sample_page_routes(pages),
        Route("/demo/style.css", serve_style),
    ]
