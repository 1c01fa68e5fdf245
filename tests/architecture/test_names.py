"""Names that are written down for ever follow a grammar."""

import importlib
import pkgutil
import re

import pytest

import madoguchi
from madoguchi import operations_log

GRAMMAR = re.compile(r"^[a-z-]+(:[a-z-]+){1,2}$")


def _all_events() -> list[type]:
    """Import every module of the product and return every kind of event there is."""
    for module in pkgutil.walk_packages(madoguchi.__path__, "madoguchi."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type] = []
    waiting: list[type] = [operations_log.Event]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return found


@pytest.mark.requirement("LOG-01")
def test_event_names_follow_the_grammar() -> None:
    """Every event of the operations log is named `context:thing` or `context:thing:what`."""
    broken = [
        f"{kind.__module__}.{kind.__name__}: {event}"
        for kind in _all_events()
        for event in getattr(kind, "__members__", {}).values()
        if not GRAMMAR.match(str(event))
    ]
    assert not broken, "\n".join(broken)
