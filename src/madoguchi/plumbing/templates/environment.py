"""The Jinja2 environments, one per language, and `Templates.render`."""

from collections.abc import Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from jinja2 import (
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
    select_autoescape,
)
from jinja2.loaders import BaseLoader, ChoiceLoader

from madoguchi.kernel import phone
from madoguchi.plumbing.templates import formats
from madoguchi.plumbing.templates.assets import Assets
from madoguchi.plumbing.templates.catalogue import LANGUAGES, Catalogue
from madoguchi.plumbing.templates.theme import theme_version

_HERE = Path(__file__).parent
_DEFAULTS: Mapping[str, Any] = {
    "action": "",
    "asked_query": "",
    "base_path": None,
    "code": "",
    "csrf": "",
    "errors": (),
    "logo_version": "",
    "message": "",
    "message_values": {},
    "reference": "",
    "return_url": "",
    "screen": None,
    "values": {},
    "version": "",
    "view": {},
}


class InstitutionLook(Protocol):
    """What every page shows of an institution; its settings fulfil it.

    `contact` has `phone`, `tel` and `hours`; `links` has `api_terms`, `faq`, `privacy` and `home`.
    """

    @property
    def slug(self) -> str:
        """Its part of the path."""
        ...

    @property
    def name(self) -> str:
        """Its Japanese name."""
        ...

    @property
    def name_en(self) -> str:
        """Its English name."""
        ...

    @property
    def languages(self) -> Sequence[str]:
        """The languages of its pages, the default one first."""
        ...

    @property
    def colours(self) -> Any:
        """Its `main` and `dark` colour."""
        ...

    @property
    def contact(self) -> Any:
        """Where customers call."""
        ...

    @property
    def links(self) -> Any:
        """Its own pages."""
        ...


class Templates:
    """The pages of the packages given.

    Those of `"madoguchi.api_link"` are `api_link/….html`, those of `"madoguchi.retail.transfer"`
    `retail.transfer/….html`.

    Everything is escaped; a name that is not defined is an error, not an empty place.
    """

    def __init__(self, packages: Sequence[str], *, assets: Assets, strict: bool = False) -> None:
        folders = {package.removeprefix("madoguchi."): _folder(package) for package in packages}
        locales = [_HERE / "locale", *(folder / "locale" for folder in folders.values())]
        loader = ChoiceLoader(
            [
                FileSystemLoader(_HERE),
                PrefixLoader(
                    {
                        name: FileSystemLoader(folder / "templates")
                        for name, folder in folders.items()
                    }
                ),
            ]
        )
        self.catalogue = Catalogue.load(locales, strict=strict)
        self._environments = {
            language: _environment(loader, language, self.catalogue, assets)
            for language in LANGUAGES
        }

    def render(
        self, name: str, *, language: str, institution: InstitutionLook | None, **context: object
    ) -> str:
        """Return the page `name` as HTML; `institution` is None where none is known (yet)."""
        environment = self._environments.get(language) or self._environments[LANGUAGES[0]]
        page = environment.get_template(name)
        return page.render({**_DEFAULTS, "institution": institution, **context})

    def has(self, name: str) -> bool:
        """Tell whether there is a page `name`."""
        try:
            self._environments[LANGUAGES[0]].get_template(name)
        except TemplateNotFound:
            return False
        return True

    def text(self, key: str, *, language: str, **values: object) -> str:
        """Return one text of the catalogue."""
        return self.catalogue.text(language, key, **values)


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"no package {package!r} to read pages from")
    return Path(next(iter(spec.submodule_search_locations)))


def _environment(
    loader: BaseLoader, language: str, catalogue: Catalogue, assets: Assets
) -> Environment:
    environment = Environment(
        loader=loader,
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        language=language,
        t=partial(catalogue.text, language),
        asset=assets.url,
        theme_version=theme_version,
    )
    environment.filters.update(
        date=partial(formats.format_date, language=language),
        time=partial(formats.format_time, language=language),
        moment=partial(formats.format_moment, language=language),
        yen=partial(formats.format_yen, language=language),
        masked=phone.masked,
        national=phone.to_national,
        tel=formats.tel_address,
        words=partial(formats.words, language=language),
    )
    return environment
