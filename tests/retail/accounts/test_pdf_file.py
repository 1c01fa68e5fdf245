"""The PDF of a statement, taken apart by a tiny reader."""

import re
import zlib
from dataclasses import replace

import pytest

from madoguchi.retail.accounts.pdf import Paper, Row, width_of, wrapped, write

ROW: Row = ("2026/11/20", "デンキ", "", "8,120", "121,880")
PAPER = Paper(
    language="ja",
    institution="サンプル信用組合",
    title="入出金明細",
    facts=(("口座", "本店（001） 普通預金 1234567"), ("お名前", "𠮷野太郎 様（ヨシノ タロウ）")),
    head=("日付", "お取引内容", "入金", "出金", "残高"),
    rows=(ROW,),
    empty="該当するお取引はありません。",
    page_text="{page} / {pages} ページ",
)


def pages(file: bytes) -> list[str]:
    """Return the text of each page, in the order of drawing, a line for each piece."""
    kids = re.search(rb"/Kids \[([^\]]*)\]", file)
    assert kids is not None
    texts = []
    for number in re.findall(rb"(\d+) 0 R", kids[1]):
        contents = re.search(rb"/Contents (\d+) 0 R", objects(file)[int(number)])
        assert contents is not None
        stream = objects(file)[int(contents[1])].split(b"stream\n", 1)[1]
        plain = zlib.decompress(stream.rsplit(b"\nendstream", 1)[0])
        shown = re.findall(rb"(?:<[0-9a-f]*> Tj\s*(?:/F\d [\d.]+ Tf\s*)?)+", plain)
        texts.append("\n".join(_text(piece) for piece in shown))
    return texts


def _text(piece: bytes) -> str:
    written = b"".join(re.findall(rb"<([0-9a-f]*)>", piece))
    return bytes.fromhex(written.decode()).decode("utf-16-be")


def objects(file: bytes) -> dict[int, bytes]:
    """Return the objects that the cross reference table leads to."""
    start = int(file.rsplit(b"startxref", 1)[1].split()[0])
    lines = file[start:].split(b"\n")
    assert lines[0] == b"xref"
    found = {}
    for number, line in enumerate(lines[2 : 2 + int(lines[1].split()[1])]):
        offset, _, state = line.split()
        if state == b"n":
            body = file[int(offset) :]
            assert body.startswith(b"%d 0 obj" % number)
            found[number] = body.split(b"\nendobj", 1)[0]
    return found


@pytest.mark.requirement("RET-16")
def test_paper_says_it_all() -> None:
    """Institution, account, name, table and page number stand on the page as text."""
    (page,) = pages(write(PAPER))
    for text in ("サンプル信用組合", "入出金明細", *PAPER.facts[0], *PAPER.head, "2026/11/20",
                 "デンキ", "8,120", "121,880", "1 / 1 ページ"):  # fmt: skip
        assert text in page.split("\n")
    assert "𠮷野太郎 様（ヨシノ タロウ）" in page


@pytest.mark.requirement("RET-16")
def test_many_rows_go_over_pages() -> None:
    """No row is lost between pages; each page has the head and its number."""
    rows = [("2026/11/20", f"No{number}", "1", "", "2") for number in range(200)]
    found = pages(write(replace(PAPER, rows=rows)))
    assert len(found) == 5
    joined = "\n".join(found).split("\n")
    assert [text for text in joined if text.startswith("No")] == [row[1] for row in rows]
    assert all("残高" in page and f"{n} / 5 ページ" in page for n, page in enumerate(found, 1))


@pytest.mark.requirement("RET-16")
def test_text_in_need_of_room_is_wrapped() -> None:
    """A long remark takes more lines; it is neither cut nor drawn over the amounts."""
    long = "フリコミ" * 30
    lines = wrapped(long, 192, 8.5)
    assert "".join(lines) == long
    assert all(width_of(line, 8.5) <= 192 for line in lines)
    row = (ROW[0], long, *ROW[2:])
    (page,) = pages(write(replace(PAPER, rows=[row])))
    assert all(line in page.split("\n") for line in lines)


def test_paper_without_rows_says_so() -> None:
    """A period without entries makes a page that says so."""
    (page,) = pages(write(replace(PAPER, rows=())))
    assert PAPER.empty in page


def test_remarks_cannot_break_out() -> None:
    """Brackets, backslashes and control characters of a remark stay text."""
    row = (ROW[0], "a) Tj (b\\>\x00\x1b\n<", *ROW[2:])
    (page,) = pages(write(replace(PAPER, rows=[row])))
    assert "a) Tj (b\\><" in page.split("\n")


@pytest.mark.parametrize(("text", "ems"), [("123,456", 3.5), ("ｱｲ", 1.0), ("日本", 2.0), ("", 0)])
def test_half_width_characters_take_half_the_room(text: str, ems: float) -> None:
    """Amounts stand flush right because every digit has the same known width."""
    assert width_of(text, 10) == ems * 10


def test_font_is_not_embedded() -> None:
    """The file names a font of every Japanese reader, in two encodings of Unicode."""
    file = write(PAPER)
    assert b"/FontFile" not in file
    assert b"/UniJIS-UCS2-HW-H" in file
    assert b"/UniJIS-UTF16-H" in file
    assert file.count(b"/BaseFont /HeiseiKakuGo-W5") == 3
