"""The table of the conformance suite's modules says what is so."""

import re
from pathlib import Path

from tests.support.source import ROOT

TABLE = ROOT / "docs" / "fapi2-conformance.md"
ROW = re.compile(r"^\| `([^`]+)` \| tested", re.MULTILINE)


def test_every_module_of_the_table_has_its_test() -> None:
    """Each module that is called tested stands in the id of a test here."""
    others = sorted(set(Path(__file__).parent.glob("test_*.py")) - {Path(__file__)})
    tests = "".join(path.read_text("utf-8") for path in others)
    named = ROW.findall(TABLE.read_text("utf-8"))
    assert len(named) > 50
    assert not [name for name in named if f'{name.removeprefix("grant-management-")}"' not in tests]
