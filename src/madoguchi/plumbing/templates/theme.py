"""An institution's look: its colours as CSS custom properties, and an icon made of its initial.

No inline style is allowed on any page (SEC-01), so the colours come as a stylesheet of their own.
"""

import hashlib
import re
from html import escape
from typing import Protocol

_FONTS = "BIZ UDPGothic,Hiragino Sans,Noto Sans JP,Noto Sans CJK JP,sans-serif"
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


class Colours(Protocol):
    """`#rrggbb` twice: `main` carries white text; `dark`, in dark mode, carries black text."""

    @property
    def main(self) -> str:
        """The colour on a light page."""
        ...

    @property
    def dark(self) -> str:
        """The colour on a dark page."""
        ...


def theme_css(colours: Colours) -> str:
    """Return the stylesheet of an institution's colours. Raises `ValueError` for what is none."""
    light = f"--brand:{_checked(colours.main)};--on-brand:#fff"
    dark = f"--brand:{_checked(colours.dark)};--on-brand:#000"
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def theme_version(colours: Colours) -> str:
    """Return a short hash for the addresses of stylesheet and icon: they may be kept for ever."""
    return hashlib.sha256(theme_css(colours).encode()).hexdigest()[:12]


def icon_svg(name: str, colours: Colours) -> str:
    """Return the icon of an institution: the first letter of its name, white on its colour."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="14" fill="{_checked(colours.main)}"/>'
        '<text x="32" y="34" fill="#fff" font-size="36" font-weight="700" text-anchor="middle" '
        f'dominant-baseline="central" font-family="{_FONTS}">{escape(name[:1])}</text></svg>'
    )


def _checked(colour: str) -> str:
    if not _HEX.fullmatch(colour):
        raise ValueError(f"not a colour of the form #rrggbb: {colour!r}")
    return colour
