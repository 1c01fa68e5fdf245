"""The catalogue of texts (UI-02).

Keys are the message ids; each context has one `.po` file per language, read at the start.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.pofile import read_po
from markupsafe import Markup, escape

LANGUAGES = ("ja", "en")
"""Japanese first: it is what is shown where a text or a wish is missing."""


class CatalogueError(ValueError):
    """A `.po` file contradicts another one: the same key twice."""


class MissingText(KeyError):
    """No text stands under the key asked for."""


class Catalogue:
    """All texts of the contexts loaded, by language and key.

    `strict` (tests) raises `MissingText` for an unknown key; otherwise the Japanese text, else the
    key itself, is shown: a page with a strange word on it serves a customer better than no page.
    """

    def __init__(self, texts: Mapping[str, Mapping[str, str]], *, strict: bool = False) -> None:
        self._texts = texts
        self._strict = strict

    @classmethod
    def load(cls, folders: Iterable[Path], *, strict: bool = False) -> "Catalogue":
        """Read each folder. Raises `CatalogueError` where two of them hold the same key."""
        texts: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        for folder in folders:
            for language, known in texts.items():
                read = read_texts(folder / f"{language}.po")
                if twice := known.keys() & read.keys():
                    raise CatalogueError(f"{folder}: {sorted(twice)} stand in another context too")
                known.update(read)
        return cls(texts, strict=strict)

    def text(self, language: str, key: str, **values: object) -> str:
        """Return the text of `key`, its placeholders filled.

        A value that is `Markup` (a link inside a sentence) makes the result `Markup`, all the rest
        of it escaped.
        """
        template = self._find(language, key)
        if any(hasattr(value, "__html__") for value in values.values()):
            return Markup(escape(template)).format(**values)  # noqa: S704 -- escaped just here
        return template.format(**values) if values else template

    def _find(self, language: str, key: str) -> str:
        found = self._texts.get(language, {}).get(key)
        if found is None and self._strict:
            raise MissingText(f"{language}: {key}")
        return found or self._texts[LANGUAGES[0]].get(key) or key


def read_texts(path: Path) -> dict[str, str]:
    """Return the texts of one `.po` file by key, untranslated and outdated ones left out."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem)
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string}
