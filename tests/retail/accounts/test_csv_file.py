"""The CSV file of a statement."""

import csv
import io

import pytest

from madoguchi.retail.accounts.csv_file import harmless_cell, write


@pytest.mark.requirement("RET-16")
def test_file_is_read_back() -> None:
    """The file begins with a byte order mark, ends lines with CR LF, and quotes what needs it."""
    rows: list[list[str | int]] = [["a,b", 1], ['say "x"', -2], ["two\nlines", 0]]
    file = write(["摘要", "残高"], rows)
    assert file.startswith(b"\xef\xbb\xbf")
    assert file.count(b"\r\n") == 4
    found = list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))
    assert found == [["摘要", "残高"], ["a,b", "1"], ['say "x"', "-2"], ["two\nlines", "0"]]


@pytest.mark.requirement("RET-16")
@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("+81", "'+81"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), (" =1", "' =1"), ("＝1+1", "'＝1+1"),
        ("デンキ", "デンキ"), ("a=1", "a=1"), ("", ""),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    """A remark that a payer chose cannot make the customer's spreadsheet calculate (case 20)."""
    assert harmless_cell(text) == cell


def test_amounts_stay_numbers() -> None:
    """An overdrawn balance is a number, not a text."""
    assert write(["x"], [[-100]]).endswith(b"\r\n-100\r\n")
