"""What a group of screens declares: journeys and pages, each with its path, its hours, its ids."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from madoguchi.institutions import Service
from madoguchi.kernel.journey import Journey
from madoguchi.retail.ground.services import RetailServices

V = TypeVar("V")
Stage = Literal["first-login", "full"]
Beginning: TypeAlias = V | tuple[V, str] | str
"""How a journey begins: what is proved, with a screen other than the first; or a URL instead."""


@dataclass(frozen=True)
class BankJourney(Generic[V]):
    """A journey under `/{slug}/bank/{path}`.

    `folder` is the package of its templates, such as `retail.transfer`; an ending without a
    template there has the common one. `menu` is the entry of the menu that it stands under, where
    that is not its own path. `page_ids` are the ids at the foot of the endings. `begin`
    says what is proved at first, from the query. `leads_to` returns where the finish leads; where
    it is None, the finish has a template, and `views` give a template of an ending its `view`.
    """

    journey: Journey
    path: str
    visit: type[V]
    service: Service
    folder: str
    begin: Callable[[RetailServices, Mapping[str, str]], Awaitable[Beginning[V]]]
    page_ids: Mapping[str, str] = field(default_factory=dict)
    signed_in: bool = True
    stage: Stage = "full"
    menu: str = ""
    leads_to: Callable[[V, RetailServices], str] | None = None
    views: Mapping[str, Callable[[V, RetailServices], Awaitable[Mapping[str, Any]]]] = field(
        default_factory=dict
    )


@dataclass(frozen=True)
class BankPage:
    """A page under `/{slug}/bank/{path}` that changes nothing; its path may hold `{parameters}`.

    `answer` returns the values of the template, or a whole answer (a download, a 404 by
    `services.no_such_page()`).
    """

    path: str
    screen_id: str
    template: str
    service: Service
    answer: Callable[[RetailServices, Request], Awaitable[Mapping[str, Any] | Response]]
    menu: str = ""
    """The entry of the menu that it stands under, where that is not its own path."""
