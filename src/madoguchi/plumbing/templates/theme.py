"""An institution's look: its colours as CSS custom properties, its icon; both readable whatever colour is chosen.

No inline style is allowed on any page (SEC-01), so the colours come as a stylesheet of their own.
"""

import hashlib
import re
from collections.abc import Mapping
from html import escape

DEFAULT_BRAND = "#0017c1"
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_WHITE = (255, 255, 255)
_INK = (26, 26, 26)
_NIGHT = (38, 38, 38)
_AA = 4.6  # WCAG 2.2 wants 4.5; the rest is for rounding

Rgb = tuple[int, int, int]


def theme_css(colours: Mapping[str, str]) -> str:
    """Return the stylesheet of an institution from its `primary` colour (`#rrggbb`), for light and dark.

    The colour is darkened or lightened as far as WCAG AA needs on the page. Raises `ValueError` for what is no colour.
    """
    brand = _parse(colours.get("primary", DEFAULT_BRAND))
    light, dark = _readable(brand, _WHITE, _INK), _readable(brand, _NIGHT, _WHITE)
    day, night = _properties(brand, light), _properties(brand, dark)
    return f":root{{{day}}}\n@media (prefers-color-scheme:dark) and (not print){{:root{{{night}}}}}\n"


def theme_version(colours: Mapping[str, str]) -> str:
    """Return a short hash of the look, for the address of the stylesheet."""
    return hashlib.sha256(theme_css(colours).encode()).hexdigest()[:12]


def icon_svg(name: str, colours: Mapping[str, str]) -> str:
    """Return an icon for an institution without a logo: the first letter of its name on its colour."""
    brand = _parse(colours.get("primary", DEFAULT_BRAND))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="14" fill="{_hex(brand)}"/>'
        f'<text x="32" y="33" fill="{_hex(_text_on(brand))}" font-family="BIZ UDPGothic,Hiragino Sans,Noto Sans JP,'
        'Noto Sans CJK JP,sans-serif" font-size="36" font-weight="700" text-anchor="middle" '
        f'dominant-baseline="central">{escape(name[:1])}</text></svg>'
    )


def _properties(brand: Rgb, readable: Rgb) -> str:
    return (
        f"--brand:{_hex(brand)};--on-brand:{_hex(_text_on(brand))};"
        f"--brand-readable:{_hex(readable)};--on-brand-readable:{_hex(_text_on(readable))}"
    )


def _parse(colour: str) -> Rgb:
    if not _HEX.fullmatch(colour):
        raise ValueError(f"not a colour of the form #rrggbb: {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _readable(colour: Rgb, background: Rgb, towards: Rgb) -> Rgb:
    """Return `colour`, mixed with `towards` in steps until it can be read on `background`."""
    mixed = colour
    for percent in range(0, 101, 5):
        mixed = _mix(colour, towards, percent)
        if contrast(mixed, background) >= _AA:
            break
    return mixed


def _mix(colour: Rgb, towards: Rgb, percent: int) -> Rgb:
    red, green, blue = (a + (b - a) * percent // 100 for a, b in zip(colour, towards, strict=True))
    return red, green, blue


def _text_on(colour: Rgb) -> Rgb:
    return max(_WHITE, _INK, key=lambda text: contrast(text, colour))


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
