"""A visitor who walks the table of the API link step by step, without pages."""

from dataclasses import dataclass, field
from typing import Any

from madoguchi.api_link import API_LINK
from madoguchi.api_link.services import LinkServices
from madoguchi.api_link.visit import LinkVisit
from madoguchi.app.web import link_ports
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, Detour, Proceed
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.web import RequestContext, parse_form
from tests.support.link_person import Person
from tests.support.link_world import LinkWorld


@dataclass
class Visitor:
    """Where somebody stands in the table, what he has proved, and what the last screen showed."""

    world: LinkWorld
    person: Person
    visit: LinkVisit
    name: str
    place: str = API_LINK.first()
    view: Any = field(default_factory=dict)
    outcome: Any = None
    source: str = "192.0.2.1"

    @classmethod
    async def come(
        cls,
        world: LinkWorld,
        person: Person | None = None,
        client_id: str = "sample-app",
        **parameters: Any,
    ) -> "Visitor":
        """Have an app push a request, and come with it to the first screen."""
        walk = await world.begin(app=world.app(client_id), **parameters)
        [request] = await world.rows(
            "SELECT id, client_id, parameters FROM authorization_server_request"
            " WHERE parameters->>'state' = $1",
            walk.app.state,
        )
        asked = request["parameters"]
        visit = LinkVisit(
            request["id"], request["client_id"], tuple(asked["scopes"]), asked["redirect_uri"]
        )
        name = walk.browser.path.split("/")[-2]
        visitor = cls(world, person or world.person(), visit, name)
        await visitor.look()
        return visitor

    async def look(self) -> None:
        """Have the screen put together, as each showing of it does."""
        screen = API_LINK.screen(self.place)
        if screen is None or screen.show is None:
            self.view = {}
            return
        async with self.world.database.transaction() as tx:
            self.view = await screen.show(self.visit, self._services(tx))

    async def do(self, **typed: str) -> Any:
        """Send the form of the screen; return what it came to, having gone where that leads."""
        screen = must(API_LINK.screen(self.place))
        form = parse_form(screen.form, typed)
        if isinstance(form, tuple):
            self.outcome = Again(form)
        else:
            async with self.world.database.transaction() as tx:
                self.outcome = await screen.step(self.visit, form, self._services(tx))
        self.place = API_LINK.destination(screen, self.outcome)
        match self.outcome:
            case Proceed(visit):
                self.visit = visit
            case Detour(LinkVisit() as visit):
                self.visit = visit
        await self.look()
        return self.outcome

    async def to(self, place: str) -> "Visitor":
        """Go on by the happy path."""
        while self.place != place:
            match self.place:
                case "account":
                    await self.do(**self.person.account_fields)
                case "customer":
                    await self.do(**self.person.customer_fields)
                case "phone":
                    await self.do()
                case "call":
                    await self.call()
                    await self.do()
                case "card-pin":
                    await self.do(card_pin=self.person.card_pin)
                case "consent":
                    await self.do(agree="1")
            assert isinstance(self.outcome, Proceed), (self.place, self.outcome)
        return self

    async def call(self, caller: str = "") -> Any:
        """Call the number shown, from the person's phone unless told otherwise."""
        return await self.world.call(caller or self.person.phone, self.view["number_shown"])

    def _services(self, tx: Tx) -> LinkServices:
        world = self.world
        return LinkServices(
            link_ports(world.runtime), tx, world.institution, self.name,
            RequestContext("REF-VISITOR", self.source, "ja", f"/{world.institution.slug}"),
            world.clock.now(),
        )  # fmt: skip
