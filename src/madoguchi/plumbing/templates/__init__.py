"""Pages: Jinja2 templates, the catalogue of texts, formats, static files, an institution's look.

A context keeps its pages in `<context>/templates/*.html`, its texts in `<context>/locale/*.po`.
"""

from madoguchi.plumbing.templates.assets import Assets
from madoguchi.plumbing.templates.catalogue import Catalogue, CatalogueError, MissingText
from madoguchi.plumbing.templates.environment import InstitutionLook, Templates
from madoguchi.plumbing.templates.theme import icon_svg, theme_css, theme_version

__all__ = [
    "Assets",
    "Catalogue",
    "CatalogueError",
    "InstitutionLook",
    "MissingText",
    "Templates",
    "icon_svg",
    "theme_css",
    "theme_version",
]
