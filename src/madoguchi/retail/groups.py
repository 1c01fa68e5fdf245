"""The groups of screens: each a sub-package with journeys, pages, templates and texts."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from madoguchi.kernel.journey import Journey
from madoguchi.retail import (
    accounts,
    address,
    bills,
    consents,
    entrance,
    first_login,
    limits,
    payees,
    registered_data,
    registration,
    transfer,
    transfer_list,
    utilities,
)
from madoguchi.retail.ground import BankJourney, BankPage
from madoguchi.retail.settings_page import SETTINGS

MODULES: tuple[ModuleType, ...] = (
    registration,
    entrance,
    first_login,
    accounts,
    transfer,
    transfer_list,
    payees,
    limits,
    bills,
    utilities,
    address,
    registered_data,
    consents,
)

TEMPLATES = ("madoguchi.retail", *(module.__name__ for module in MODULES))
"""The packages with templates and texts."""


def journeys() -> Sequence[BankJourney[Any]]:
    """Return the journeys of all groups."""
    return [journey for module in MODULES for journey in module.JOURNEYS]


def pages() -> Sequence[BankPage]:
    """Return the pages of all groups."""
    return [SETTINGS, *(page for module in MODULES for page in module.PAGES)]


def drawn() -> Sequence[Journey]:
    """Return the tables of all journeys, for the drawings of them."""
    return [declared.journey for declared in journeys()]
