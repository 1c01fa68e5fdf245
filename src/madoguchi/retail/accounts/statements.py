"""What a statement shows of an account's lines: choosing, searching, summing, paging (RET-16).

Lines come from the core newest first and are kept so; whoever writes a file turns them round.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from madoguchi.core_bank.port import Direction, Transaction, TransactionKind
from madoguchi.kernel.kana import to_half_width_kana
from madoguchi.kernel.money import Yen

Wanted = Literal["", "in", "out"]
"""Which direction: all, paid in, paid out."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a customer asked for: Japan days, both included, a direction, and words."""

    first: date
    last: date
    direction: Wanted = ""
    words: str = ""

    @property
    def whole(self) -> bool:
        """Whether every line of the days is wanted."""
        return not (self.direction or self.words.strip())


@dataclass(frozen=True, slots=True)
class Sums:
    """How many lines there are of each direction, and their yen."""

    count_in: int
    amount_in: Yen
    count_out: int
    amount_out: Yen


@dataclass(frozen=True, slots=True)
class PageOfLines:
    """One page of `count` lines; pages count from 1, and there is always a first one."""

    lines: tuple[Transaction, ...]
    number: int
    last: int
    count: int


def select(
    lines: Sequence[Transaction],
    selection: Selection,
    kind_names: Mapping[TransactionKind, str],
) -> tuple[Transaction, ...]:
    """Return the lines of the direction in which all words stand, in any order.

    Words are looked for in the remarks and in the name of the kind, as the customer reads it.
    """
    wanted = tuple(folded(word) for word in selection.words.split())
    names = {kind: folded(name) for kind, name in kind_names.items()}
    return tuple(
        line
        for line in lines
        if selection.direction in ("", line.direction.value)
        and _has(f"{folded(line.remarks)}\n{names.get(line.kind, '')}", wanted)
    )


def sums(lines: Sequence[Transaction]) -> Sums:
    """Return counts and sums of what came in and what went out."""
    came = [line.amount for line in lines if line.direction is Direction.IN]
    went = [line.amount for line in lines if line.direction is Direction.OUT]
    return Sums(len(came), Yen(sum(came)), len(went), Yen(sum(went)))


def signed(line: Transaction) -> int:
    """Return the line's yen: above zero where they came in, below where they went out."""
    return line.amount if line.direction is Direction.IN else -line.amount


def balance_before(line: Transaction) -> Yen:
    """Return what stood in the account before the line was booked."""
    return Yen(line.balance_after - signed(line))


def page_of(lines: Sequence[Transaction], number: int, size: int) -> PageOfLines:
    """Return the page of that number; beyond the end, the last one."""
    last = max(1, -(-len(lines) // size))
    shown = min(max(number, 1), last)
    start = (shown - 1) * size
    return PageOfLines(tuple(lines[start : start + size]), shown, last, len(lines))


def folded(text: str) -> str:
    """Return `text` in a form in which ways of writing are alike: でんき, デンキ and ﾃﾞﾝｷ.

    Kana and letters become the bank form; what has none (kanji) keeps its plain form.
    """
    form = to_half_width_kana(text)
    return form if isinstance(form, str) else "".join(_folded_parts(text))


def _folded_parts(text: str) -> list[str]:
    """Return the bank form of each character that has one, marks kept with their kana."""
    parts = []
    for part in _CHARACTERS.findall(text):
        form = to_half_width_kana(part) if not part.isspace() else " "
        parts.append(form if isinstance(form, str) else _plain(part))
    return parts


def _plain(part: str) -> str:
    return unicodedata.normalize("NFKC", part).casefold()


def _has(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)


_CHARACTERS = re.compile("\\s+|.[ﾞﾟ゛゜\u3099\u309a]?", re.DOTALL)
