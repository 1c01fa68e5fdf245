"""The Zengin file of an account's lines: 入出金取引明細, records of 200 bytes (RET-16).

One header, a data record for each line (oldest first), a trailer and an end record; JIS X 0201,
each record followed by CR LF. Days are of the Japanese era, without its letter. Ordinary, savings
and current accounts only: time deposits have another data record.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from madoguchi.core_bank.port import AccountKind, Direction, Transaction, TransactionKind
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.kernel.kana import to_half_width_kana
from madoguchi.kernel.money import Yen
from madoguchi.retail.accounts.statements import signed, sums

LINE_END = b"\r\n"
MARKS = "ﾞﾟ"
KINDS = {AccountKind.ORDINARY: 1, AccountKind.CURRENT: 2, AccountKind.SAVINGS: 4}
"""預金種目. A time deposit's file would have data records of its own."""
SORTS = {
    TransactionKind.CASH: 10,
    TransactionKind.CASH_MACHINE: 10,
    TransactionKind.TRANSFER: 11,
    TransactionKind.DIRECT_DEBIT: 14,
    TransactionKind.CARD: 14,
    TransactionKind.FEE: 18,
    TransactionKind.INTEREST: 18,
    TransactionKind.TAX: 18,
    TransactionKind.CORRECTION: 19,
    TransactionKind.OTHER: 18,
}
"""取引区分: 10 cash, 11 transfer, 14 own transfer and debits, 18 others, 19 correction."""
REIWA, HEISEI = date(2019, 5, 1), date(1989, 1, 8)
PASSBOOK = 1


@dataclass(frozen=True)
class ZenginAccount:
    """Whose lines they are; names in kana of any width."""

    bank_code: str
    bank_kana: str
    branch_code: str
    branch_kana: str
    kind: AccountKind
    number: str
    holder_kana: str


@dataclass(frozen=True)
class DoesNotFit:
    """A sum or balance has more digits than the file has places for."""


def write(
    account: ZenginAccount,
    lines: Sequence[Transaction],
    *,
    first: date,
    last: date,
    opening: Yen,
    made_on: date,
) -> bytes | DoesNotFit:
    """Return the file of all `lines` (oldest first) from `first` to `last`.

    `opening` is the balance before the first of them. Raises `BrokenInvariant` where a number is
    too long for its field.
    """
    total, closing = sums(lines), opening + sum(signed(line) for line in lines)
    sums_fit = max(total.amount_in, total.amount_out) < 10**13
    if not sums_fit or max(abs(opening), abs(closing)) >= 10**14:
        return DoesNotFit()
    records = [
        _header(account, first, last, opening, made_on),
        *(_data(number, line) for number, line in enumerate(lines, 1)),
        _trailer(lines, closing),
        _end(len(lines) + 3),
    ]
    return b"".join(_checked(record) + LINE_END for record in records)


def era_day(day: date) -> str:
    """Return YYMMDD of the era: 2026-11-20 is `081120`. Raises `BrokenInvariant` before 1989."""
    if day < HEISEI:
        raise BrokenInvariant(f"{day} is before the eras that statements can show")
    year = day.year - (2018 if day >= REIWA else 1988)
    return f"{year:02}{day:%m%d}"


def text_field(text: str, width: int) -> bytes:
    """Return `text` as JIS X 0201, cut or filled up to `width`; a kana keeps its voicing mark."""
    form = jis_text(text)
    cuts_a_kana = len(form) > width and form[width] in MARKS
    return form[: width - cuts_a_kana].ljust(width).encode("shift_jis")


def jis_text(text: str) -> str:
    """Return `text` in the characters that the file may hold; a space for any other."""
    form = to_half_width_kana(text)
    if isinstance(form, str):
        return form
    return "".join(_jis_parts(text)).strip()


def _jis_parts(text: str) -> Iterator[str]:
    for part in _CHARACTERS.findall(text):
        form = part if part in _ALSO else to_half_width_kana(part)
        yield form if isinstance(form, str) and form else " "


def _header(account: ZenginAccount, first: date, last: date, opening: Yen, made_on: date) -> bytes:
    days = f"{era_day(made_on)}{era_day(first)}{era_day(last)}"
    return b"".join((
        f"1030{days}{account.bank_code}".encode(),
        text_field(account.bank_kana, 15),
        account.branch_code.encode(),
        text_field(account.branch_kana, 15),
        f"000{KINDS[account.kind]}{account.number:>010}".encode(),
        text_field(account.holder_kana, 40),
        f"{_sign(opening)}{PASSBOOK}{abs(opening):014}".encode(),
        b" " * 71,
    ))  # fmt: skip


def _data(number: int, line: Transaction) -> bytes:
    way = 1 if line.direction is Direction.IN else 2
    by_transfer = line.kind is TransactionKind.TRANSFER and line.direction is Direction.IN
    days = f"{era_day(line.posted_on)}{era_day(line.value_date)}"
    return b"".join((
        f"2{number:08}{days}{way}{SORTS[line.kind]}{line.amount:012}".encode(),
        b"0" * (12 + 6 + 6 + 1 + 7 + 3 + 10),  # no cheques, no bills, no client's code
        text_field(line.remarks if by_transfer else "", 48),
        b" " * (15 + 15),
        text_field(line.remarks, 20),
        b" " * (20 + 1),
    ))  # fmt: skip


def _trailer(lines: Sequence[Transaction], closing: int) -> bytes:
    total = sums(lines)
    numbers = (
        f"8{total.count_in:06}{total.amount_in:013}{total.count_out:06}{total.amount_out:013}"
        f"{_sign(closing)}{abs(closing):014}{len(lines):07}"
    )
    return numbers.encode() + b" " * 139


def _end(records: int) -> bytes:
    return f"9{records:010}{1:05}".encode() + b" " * 184


def _sign(balance: int) -> int:
    """Return 貸越区分: 1 for a balance of the customer, 2 for an overdraft."""
    return 2 if balance < 0 else 1


def _checked(record: bytes) -> bytes:
    if len(record) != 200:
        raise BrokenInvariant(f"a record of {len(record)} bytes")
    return record


_ALSO = frozenset("/,｢｣")
_CHARACTERS = re.compile("\\s+|.[ﾞﾟ゛゜\u3099\u309a]?", re.DOTALL)
