"""A logo is an SVG that may be served from our own origin: a picture, and nothing active."""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

LARGEST_BYTES = 64 * 1024
SVG = "{http://www.w3.org/2000/svg}"
ACTIVE = frozenset(
    {"script", "foreignObject", "iframe", "use", "image", "animate", "set", "handler", "a"}
)


@dataclass(frozen=True, slots=True)
class Logo:
    """The SVGs for light and dark mode (maybe the same), and a tag that changes with them."""

    light: bytes
    dark: bytes
    tag: str


def fault_of_svg(content: bytes) -> str | None:
    """Return why `content` cannot be a logo, in words; None where it can."""
    if len(content) > LARGEST_BYTES:
        return f"expected at most {LARGEST_BYTES // 1024} kB"
    if b"<!" in content.replace(b"<!--", b"").replace(b"<![CDATA[", b""):
        return "expected no document type or entities"
    try:
        root = ET.fromstring(content)  # noqa: S314 - entities are refused above, and the size is bounded
    except ET.ParseError as error:
        return f"expected a well-formed SVG: {error}"
    if root.tag != f"{SVG}svg" or not root.get("viewBox"):
        return "expected an <svg> element of the SVG namespace with a viewBox"
    if not (root.findtext(f"{SVG}title") or "").strip():
        return "expected a <title> that says what the logo reads as"
    return next((fault for fault in map(_fault_of_element, root.iter()) if fault), None)


def _fault_of_element(element: ET.Element) -> str | None:
    name = str(element.tag).removeprefix(SVG)
    if name in ACTIVE:
        return f"expected a picture only; <{name}> is not allowed"
    for attribute, value in element.attrib.items():
        plain = attribute.rpartition("}")[2].lower()
        if (
            plain.startswith("on")
            or plain in ("href", "src")
            or "url(" in value.replace("url(#", "")
        ):
            return f"expected a picture only; the attribute {plain} is not allowed"
        if plain == "style":
            return (
                "expected presentation attributes; style is shut out by the content security policy"
            )
    return None
