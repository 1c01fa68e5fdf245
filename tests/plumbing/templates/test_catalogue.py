"""The catalogue of texts, and what every context's texts must be."""

from pathlib import Path

import pytest
from markupsafe import Markup

from madoguchi.plumbing.templates import Catalogue, CatalogueError, MissingText

TEXTS = {"ja": {"a": "{name}さん", "b": "はい"}, "en": {"a": "Hello {name}"}}


def write(folder: Path, language: str, key: str) -> None:
    """Write a catalogue of one text."""
    folder.mkdir(exist_ok=True)
    header = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n\n'
    (folder / f"{language}.po").write_text(f'{header}msgid "{key}"\nmsgstr "x"\n', encoding="utf-8")


@pytest.mark.requirement("UI-02")
def test_text_is_given_in_the_language_asked_for() -> None:
    """The same key gives each language's text with its placeholders filled."""
    catalogue = Catalogue(TEXTS, strict=True)
    assert catalogue.text("ja", "a", name="見本") == "見本さん"
    assert catalogue.text("en", "a", name="Mihon") == "Hello Mihon"


def test_missing_text_is_an_error_only_where_it_is_strict() -> None:
    """A missing text stops a test, but shows a customer the Japanese text, or the key at worst."""
    with pytest.raises(MissingText):
        Catalogue(TEXTS, strict=True).text("en", "b")
    assert Catalogue(TEXTS).text("en", "b") == "はい"
    assert Catalogue(TEXTS).text("en", "c") == "c"


@pytest.mark.requirement("SEC-01")
def test_markup_in_a_text_leaves_the_rest_escaped() -> None:
    """A link inside a sentence stays a link; the sentence and its other values are escaped."""
    catalogue = Catalogue({"ja": {"a": "<{link}> {name}"}, "en": {}})
    text = catalogue.text("ja", "a", link=Markup("<a>x</a>"), name="<b>")
    assert text == "&lt;<a>x</a>&gt; &lt;b&gt;"
    assert isinstance(text, Markup)


def test_same_key_in_two_contexts_is_refused(tmp_path: Path) -> None:
    """No context can change another one's text by using its key."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        write(folder, "ja", "same")
        write(folder, "en", "same")
    with pytest.raises(CatalogueError):
        Catalogue.load(folders)
