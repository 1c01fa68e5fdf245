"""The texts of all contexts against the code and the pages that use them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from madoguchi.plumbing.templates.catalogue import read_texts

SOURCE = Path(__file__).parents[3] / "src" / "madoguchi"
STRANGER = SOURCE / "demo" / "sample_app"
LOCALES = sorted(path.parent for path in SOURCE.rglob("locale/ja.po"))
ASKED = re.compile(r"""\bt\(\s*["']([a-z0-9_.-]+)["']\s*(?![\w~"'. -])""")
LITERAL = re.compile(r"""["']([a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.?|[a-z]+\.)["']""")
KEY = re.compile(r"[a-z0-9_.-]*[a-z0-9](?<!\.css|\.svg)(?<!\.html|\.json|\.toml)(?<!\.js|\.py)")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
CODES = {"FieldError": ("field.", 1), "Invalid": ("field.", 0), "Again": ("message.", 1)}


def all_texts(language: str) -> dict[str, str]:
    """Return every text of every context."""
    return {k: v for folder in LOCALES for k, v in read_texts(folder / f"{language}.po").items()}


def pages() -> str:
    """Return the sources of all pages that take their texts from the catalogue."""
    homes = [folder.parent for folder in LOCALES]
    found = [path for home in homes for path in sorted((home / "templates").glob("*.html"))]
    found += sorted((SOURCE / "plumbing" / "templates").glob("*.html"))
    return "\n".join(path.read_text(encoding="utf-8") for path in found)


def modules() -> Iterator[ast.Module]:
    """Return the syntax trees of all modules but the sample app's, which is a stranger's."""
    for path in sorted(set(SOURCE.rglob("*.py")) - set(STRANGER.rglob("*.py"))):
        yield ast.parse(path.read_text(encoding="utf-8"))


def literals() -> set[str]:
    """Return every text in quotes that may be a key, or the beginning of one (up to a dot)."""
    found = set(LITERAL.findall(pages()))
    for tree in modules():
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    return found


def codes() -> set[str]:
    """Return the keys that the codes of errors and messages in the code stand for."""
    return {key for tree in modules() for node in ast.walk(tree) for key in code_of(node)}


def code_of(node: ast.AST) -> Iterator[str]:
    """Return the key that one call of `FieldError`, `Invalid` or `Again` names."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return
    prefix, place = CODES.get(node.func.id, ("", 0))
    named = [k.value for k in node.keywords if k.arg in {"code", "message"}]
    for value in [*node.args[place : place + 1], *named]:
        if prefix and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value if "." in value.value else prefix + value.value


@pytest.mark.requirement("UI-02")
def test_english_is_complete() -> None:
    """Every text stands in both languages, with the same placeholders."""
    japanese, english = all_texts("ja"), all_texts("en")
    assert japanese.keys() == english.keys()
    for key, text in japanese.items():
        assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(english[key])), key


def test_texts_asked_for_exist() -> None:
    """Every key that a page asks for and every code that a form answers with has its text."""
    known = all_texts("ja").keys()
    namespaces = tuple({key.partition(".")[0] + "." for key in known} - {"error."})
    named = {text for text in literals() if text.startswith(namespaces) and KEY.fullmatch(text)}
    assert {*ASKED.findall(pages()), *codes(), *named} - known == set()


def test_every_text_is_used() -> None:
    """No text stays behind when the page that showed it goes."""
    used = literals() | codes()
    families = tuple(text for text in used if text.endswith("."))
    unused = {key for key in all_texts("ja") if key not in used and not key.startswith(families)}
    assert unused == set()
