"""The web ground: forms, visits, the one handler of journeys, what surrounds every request."""

from madoguchi.plumbing.web.context import (
    LANGUAGE_COOKIE,
    RequestContext,
    Site,
    choose_language,
    context_of,
)
from madoguchi.plumbing.web.forms import EmptyForm, Invalid, parse_body, parse_form, typed
from madoguchi.plumbing.web.journeys import (
    Admitted,
    Afterwards,
    JourneyDoor,
    JourneyHandler,
    Moved,
    Page,
    Passing,
)
from madoguchi.plumbing.web.middleware import (
    Surround,
    Surroundings,
    origin_of,
    policy_with_form_targets,
    source_address,
)
from madoguchi.plumbing.web.problems import problem
from madoguchi.plumbing.web.turns import NoSeat, Seats
from madoguchi.plumbing.web.visits import Shown, Visit, Visits, purge_visits

__all__ = [
    "LANGUAGE_COOKIE",
    "Admitted",
    "Afterwards",
    "EmptyForm",
    "Invalid",
    "JourneyDoor",
    "JourneyHandler",
    "Moved",
    "NoSeat",
    "Page",
    "Passing",
    "RequestContext",
    "Seats",
    "Shown",
    "Site",
    "Surround",
    "Surroundings",
    "Visit",
    "Visits",
    "choose_language",
    "context_of",
    "origin_of",
    "parse_body",
    "parse_form",
    "policy_with_form_targets",
    "problem",
    "purge_visits",
    "source_address",
    "typed",
]
