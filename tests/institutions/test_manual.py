"""The page of an institution's settings names what there is, and nothing else."""

import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from madoguchi.institutions import Branch, HoursRule, RateLimit, Text
from madoguchi.institutions.reading import FILES
from madoguchi.institutions.settings import ServiceHoursSettings

PAGE = Path(__file__).parents[2] / "docs/operations/institutions.md"
IN_WORDS = (Branch, RateLimit, Text)


def keys(kind: Any, prefix: str = "") -> Iterator[str]:
    """Yield the dotted keys of a file; lists and tables that the page explains count as one."""
    for name, hint in typing.get_type_hints(kind).items():
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct) and hint not in IN_WORDS:
            yield from keys(hint, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


@pytest.mark.requirement("INST-02")
@pytest.mark.parametrize("file", FILES)
def test_each_setting_is_in_the_manual(file: str) -> None:
    """For each file the manual's first column has the keys that the file may have, no other."""
    section = PAGE.read_text("utf-8").partition(f"## {file}.toml\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {key for row in rows for key in re.findall(r"`([^`]+)`", row)}
    kind = HoursRule if FILES[file] is ServiceHoursSettings else FILES[file]
    assert named == set(keys(kind))
