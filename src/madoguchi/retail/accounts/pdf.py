"""A statement on A4 as PDF 1.7: Japanese text in a predefined font, nothing embedded (RET-16).

Two encodings of one font: half-width Latin and kana have a fixed width in the first, so that
amounts stand flush right in every reader; the second has the characters beyond U+FFFF that some
names are written with.
"""

import io
import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pydyf  # type: ignore[import-untyped]

FONT = "HeiseiKakuGo-W5"
ENCODINGS = {"F1": "UniJIS-UCS2-HW-H", "F2": "UniJIS-UTF16-H"}
PAGE_WIDTH, PAGE_HEIGHT = 595, 842
LEFT, RIGHT, TOP, BOTTOM = 40, 555, 800, 50
TEXT, LARGE, SMALL = 8.5, 15, 7.5
ROW, FACT = 15, 14
CELL_SPACE = 4
COLUMN_EDGES = (LEFT, 112, 312, 391, 470, RIGHT)
"""Where the columns begin and end: day, what it was, in, out, balance."""
FACT_INDENT = 90
INK, SOFT, LINE = (0.1, 0.1, 0.12), (0.35, 0.35, 0.38), (0.75, 0.75, 0.78)

Row = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Paper:
    """What stands on the paper, all of it as it is to be read.

    `page_text` has `{page}` and `{pages}` in it; `empty` stands where there are no rows.
    """

    language: str
    institution: str
    title: str
    facts: Sequence[tuple[str, str]]
    head: Row
    rows: Sequence[Row]
    empty: str
    page_text: str


def write(paper: Paper) -> bytes:
    """Return the file."""
    pdf = pydyf.PDF()
    pdf.catalog["Lang"] = pydyf.String(paper.language)
    pdf.catalog["ViewerPreferences"] = pydyf.Dictionary({"DisplayDocTitle": "true"})
    pdf.info["Title"] = pydyf.String(f"{paper.title} {paper.institution}")
    fonts = _add_fonts(pdf)
    sheets = list(_sheets(paper))
    for number, sheet in enumerate(sheets, 1):
        numbered = paper.page_text.format(page=number, pages=len(sheets))
        _text_right(sheet, RIGHT, BOTTOM - 16, numbered, SMALL)
        _text(sheet, LEFT, BOTTOM - 16, paper.institution, SMALL)
        _add_page(pdf, sheet, fonts)
    file = io.BytesIO()
    pdf.write(file, version=b"1.7")
    return file.getvalue()


def width_of(text: str, size: float) -> float:
    """Return how wide `text` is, in points: half an em for half-width characters, else one."""
    return sum(0.5 if _is_half(char) else 1.0 for char in text) * size


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Return `text` cut into lines of at most `width` points; at least one line."""
    lines, line = [], ""
    for char in text:
        if line and width_of(line + char, size) > width:
            lines.append(line)
            line = ""
        line += char
    return [*lines, line]


def _sheets(paper: Paper) -> Iterator[pydyf.Stream]:
    """Yield the pages' drawings: the facts on the first, the table's head on every one."""
    sheet = pydyf.Stream(compress=True)
    y = _table_head(sheet, paper.head, _heading(sheet, paper))
    if not paper.rows:
        _text(sheet, LEFT + CELL_SPACE, y - ROW + 4, paper.empty, TEXT)
    for row in paper.rows:
        what = wrapped(row[1], COLUMN_EDGES[2] - COLUMN_EDGES[1] - 2 * CELL_SPACE, TEXT)
        if y - ROW * len(what) < BOTTOM:
            yield sheet
            sheet = pydyf.Stream(compress=True)
            y = _table_head(sheet, paper.head, TOP)
        y = _table_row(sheet, row, what, y)
    yield sheet


def _heading(sheet: pydyf.Stream, paper: Paper) -> float:
    """Draw what stands above the table; return where that ends."""
    _text(sheet, LEFT, TOP - 4, paper.title, LARGE)
    _text_right(sheet, RIGHT, TOP - 4, paper.institution, TEXT + 1)
    y: float = TOP - 30
    for name, text in paper.facts:
        _text(sheet, LEFT, y, name, TEXT, SOFT)
        for line in wrapped(text, RIGHT - LEFT - FACT_INDENT, TEXT):
            _text(sheet, LEFT + FACT_INDENT, y, line, TEXT)
            y -= FACT
    return y - 2


def _table_head(sheet: pydyf.Stream, head: Row, y: float) -> float:
    _rule(sheet, y, 1.0, INK)
    _cells(sheet, head, [head[1]], y - ROW + 4, SOFT)
    _rule(sheet, y - ROW, 1.0, INK)
    return y - ROW


def _table_row(sheet: pydyf.Stream, row: Row, what: list[str], y: float) -> float:
    _cells(sheet, row, what, y - ROW + 4, INK)
    bottom = y - ROW * len(what)
    _rule(sheet, bottom, 0.4, LINE)
    return bottom


def _cells(
    sheet: pydyf.Stream,
    row: Row,
    what: list[str],
    y: float,
    colour: tuple[float, float, float],
) -> None:
    _text(sheet, COLUMN_EDGES[0] + CELL_SPACE, y, row[0], TEXT, colour)
    for number, line in enumerate(what):
        _text(sheet, COLUMN_EDGES[1] + CELL_SPACE, y - number * ROW, line, TEXT, colour)
    for edge, cell in zip(COLUMN_EDGES[3:], row[2:], strict=True):
        _text_right(sheet, edge - CELL_SPACE, y, cell, TEXT, colour)


def _text_right(
    sheet: pydyf.Stream,
    x: float,
    y: float,
    text: str,
    size: float,
    colour: tuple[float, float, float] = INK,
) -> None:
    _text(sheet, x - width_of(text, size), y, text, size, colour)


def _text(
    sheet: pydyf.Stream,
    x: float,
    y: float,
    text: str,
    size: float,
    colour: tuple[float, float, float] = INK,
) -> None:
    """Draw `text` from (x, y) on, in points from the page's lower left corner."""
    if not text:
        return
    sheet.begin_text()
    sheet.set_color_rgb(*colour)
    sheet.set_text_matrix(1, 0, 0, 1, round(x, 2), round(y, 2))
    for beyond, run in itertools.groupby(_printable(text), key=lambda char: ord(char) > 0xFFFF):
        sheet.set_font_size("F2" if beyond else "F1", size)
        sheet.stream.append(b"<" + "".join(run).encode("utf-16-be").hex().encode() + b"> Tj")
    sheet.end_text()


def _rule(
    sheet: pydyf.Stream, y: float, thickness: float, colour: tuple[float, float, float]
) -> None:
    sheet.set_color_rgb(*colour, stroke=True)
    sheet.set_line_width(thickness)
    sheet.move_to(LEFT, y)
    sheet.line_to(RIGHT, y)
    sheet.stroke()


def _add_fonts(pdf: pydyf.PDF) -> pydyf.Dictionary:
    descriptor = pydyf.Dictionary({
        "Type": "/FontDescriptor", "FontName": f"/{FONT}", "Flags": 4,
        "FontBBox": pydyf.Array([-100, -250, 1010, 930]), "ItalicAngle": 0,
        "Ascent": 880, "Descent": -120, "CapHeight": 740, "StemV": 110,
    })  # fmt: skip
    pdf.add_object(descriptor)
    shapes = pydyf.Dictionary({
        "Type": "/Font", "Subtype": "/CIDFontType0", "BaseFont": f"/{FONT}",
        "CIDSystemInfo": pydyf.Dictionary({
            "Registry": pydyf.String("Adobe"), "Ordering": pydyf.String("Japan1"), "Supplement": 4,
        }),
        "FontDescriptor": descriptor.reference, "DW": 1000,
        "W": pydyf.Array([1, 632, 500]),  # Latin letters and half-width kana
    })  # fmt: skip
    pdf.add_object(shapes)
    fonts = pydyf.Dictionary({})
    for name, encoding in ENCODINGS.items():
        font = pydyf.Dictionary({
            "Type": "/Font", "Subtype": "/Type0", "BaseFont": f"/{FONT}-{encoding}",
            "Encoding": f"/{encoding}", "DescendantFonts": pydyf.Array([shapes.reference]),
        })  # fmt: skip
        pdf.add_object(font)
        fonts[name] = font.reference
    return fonts


def _add_page(pdf: pydyf.PDF, sheet: pydyf.Stream, fonts: pydyf.Dictionary) -> None:
    pdf.add_object(sheet)
    page = pydyf.Dictionary({
        "Type": "/Page", "Parent": pdf.pages.reference, "Contents": sheet.reference,
        "MediaBox": pydyf.Array([0, 0, PAGE_WIDTH, PAGE_HEIGHT]),
        "Resources": pydyf.Dictionary({"Font": fonts}),
    })  # fmt: skip
    pdf.add_page(page)


def _printable(text: str) -> str:
    """Return `text` without characters that control or have no place of their own."""
    return "".join(char for char in text if unicodedata.category(char)[0] != "C")


def _is_half(char: str) -> bool:
    return char < "\u0250" or "\uff61" <= char <= "\uff9f"
