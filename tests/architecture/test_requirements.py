"""docs/requirements.md and the tests name the same requirements."""

import ast
import re

from tests.support.source import ROOT, python_files

LINE = re.compile(r"^- ([A-Z]{2,6}-\d\d) \((built|later)\) (\S.*)$")
ID = re.compile(r"^[A-Z]{2,6}-\d\d$")


def _listed() -> dict[str, str]:
    lines = (ROOT / "docs/requirements.md").read_text("utf-8").splitlines()
    found = {}
    for line in lines:
        if line.startswith("- "):
            match = LINE.match(line)
            assert match, f"docs/requirements.md: not '- ID-00 (built|later) words': {line}"
            assert match[1] not in found, f"docs/requirements.md: {match[1]} stands twice"
            found[match[1]] = match[2]
    return found


def _named() -> dict[str, str]:
    """Return each id that a test names, with the first place where it does."""
    found: dict[str, str] = {}
    for path in python_files("tests"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "requirement"
            ):
                for argument in node.args:
                    if isinstance(argument, ast.Constant):
                        found.setdefault(
                            str(argument.value), f"{path.relative_to(ROOT)}:{node.lineno}"
                        )
    return found


def test_what_tests_name_is_listed() -> None:
    """No test claims to prove a requirement that does not exist."""
    listed = _listed()
    unknown = {name: place for name, place in _named().items() if name not in listed}
    assert not unknown


def test_what_is_built_has_a_test() -> None:
    """Every requirement that is marked as built is named by a test."""
    named = _named()
    untested = [name for name, state in _listed().items() if state == "built" and name not in named]
    assert not untested, " ".join(untested)
