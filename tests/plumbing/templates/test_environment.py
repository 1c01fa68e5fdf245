"""Rendering, and the pages that every door shares."""

from typing import Any

import jinja2
import pytest

from madoguchi.plumbing.templates import Assets, MissingText, Templates
from tests.plumbing.templates.look import INSTITUTION

LOOK: Any = INSTITUTION


@pytest.fixture(scope="module")
def templates() -> Templates:
    """The shared pages alone."""
    return Templates([], assets=Assets(), strict=True)


@pytest.mark.requirement("UI-03")
@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 418, 429, 500, 502, 503])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_failure_has_its_page(templates: Templates, status: int, language: str) -> None:
    """Every status has a page with the reference number, in both languages."""
    html = templates.render(
        "error.html", language=language, institution=LOOK, status=status, reference="7K3M-92PX"
    )
    assert f'<html lang="{language}">' in html
    assert "7K3M-92PX" in html
    assert 'href="tel:0120000101"' in html


def test_page_without_an_institution(templates: Templates) -> None:
    """An unknown address has a page too, though nobody's."""
    html = templates.render("error.html", language="ja", institution=None, status=404)
    assert "ページが見つかりません" in html
    assert "theme.css" not in html


@pytest.mark.requirement("INST-03")
def test_addresses_follow_the_base_path(templates: Templates) -> None:
    """Style and icon lie under the institution's path, or at the root of its own host."""
    shared = templates.render("error.html", language="ja", institution=LOOK, status=404)
    own = templates.render("error.html", language="ja", institution=LOOK, status=404, base_path="")
    assert 'href="/sample-shinkumi/assets/theme.css?v=' in shared
    assert 'href="/assets/theme.css?v=' in own


def test_unknown_language_is_japanese(templates: Templates) -> None:
    """A language that there is none of falls back to Japanese."""
    html = templates.render("error.html", language="fr", institution=LOOK, status=404)
    assert '<html lang="ja">' in html


def test_undefined_names_are_errors(templates: Templates) -> None:
    """A page that is not given what it shows fails instead of showing nothing."""
    with pytest.raises(jinja2.UndefinedError):
        templates.render("error.html", language="ja", institution=LOOK)


def test_strict_pages_know_all_their_texts(templates: Templates) -> None:
    """In tests a text that is missing is an error."""
    with pytest.raises(MissingText):
        templates.text("no.such.text", language="ja")
