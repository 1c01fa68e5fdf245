"""The door of internet banking: every group's journeys and pages under `/{slug}/bank/`."""

from dataclasses import dataclass

from starlette.routing import Route

from madoguchi.plumbing.web import Seats
from madoguchi.retail import groups
from madoguchi.retail.ground import RetailPorts
from madoguchi.retail.ground.admission import Admission
from madoguchi.retail.ground.frame import Frame
from madoguchi.retail.ground.journeys import JourneyServing
from madoguchi.retail.ground.pages import PageServing, SessionForms

HASHING_SEATS = 2
"""How many who are not signed in may be under way at once: one whose password is being hashed, and
one who is next. The others wait before they take a connection (SEC-02)."""


@dataclass(frozen=True)
class RetailDoor:
    """Internet banking as the web sees it; `seats` is how many of its steps may be under way."""

    ports: RetailPorts
    seats: int

    def routes(self) -> list[Route]:
        """Return all routes: what concerns the session, then pages, then journeys."""
        ports = self.ports
        frame = Frame(ports, Admission(ports.sign_in, ports.customers, ports.clock))
        inside, outside = Seats(self.seats), Seats(HASHING_SEATS)
        routes = SessionForms(frame).routes()
        routes += [PageServing(page, frame, inside).route() for page in groups.pages()]
        for journey in groups.journeys():
            seats = inside if journey.signed_in else outside
            routes += JourneyServing(journey, frame, seats).routes()
        return routes
