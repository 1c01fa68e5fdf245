"""Kana as banks write it: upper-case half-width, small letters made large (LINK-11).

The bank form has katakana (no ｦ), Latin capitals, digits, the symbols ( ) - . and single spaces.
The table is ours: what general libraries do is the mechanical step only.
"""

import re
import unicodedata
from dataclasses import dataclass

VOICED, SEMI_VOICED = "\u3099", "\u309a"

_HALF = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｬｭｮｯ"
_FULL = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ"
    "マミムメモヤユヨラリルレロワヲンァィゥェォャュョッ"
)
_WRITTEN_OTHERWISE = {
    **dict(zip("ァィゥェォャュョッヮヵヶ", "ｱｲｳｴｵﾔﾕﾖﾂﾜｶｹ", strict=True)),
    **dict(zip("ヲヰヱ", "ｵｲｴ", strict=True)),
    **dict.fromkeys("ー-‐‑‒–—―−", "-"),
    **dict.fromkeys("・･．", "."),
    **dict.fromkeys(" \t\u00a0", " "),
}
_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789()."


@dataclass(frozen=True, slots=True)
class UnreadableCharacters:
    """The characters that have no bank form, each once, in the order in which they were met."""

    characters: tuple[str, ...]


def to_half_width_kana(text: str) -> str | UnreadableCharacters:
    """Return `text` in the bank form: `ﾔﾏﾀﾞ ｼﾖｳｺ` for やまだ　しょうこ, ヤマダ ショウコ or ﾔﾏﾀﾞ ｼｮｳｺ.

    Spaces at the ends go, several become one. A text in the bank form already is returned as it is.
    """
    wide = unicodedata.normalize("NFC", text.translate(_WIDEN))
    unreadable = dict.fromkeys(char for char in wide if char not in _NARROW)
    if unreadable:
        return UnreadableCharacters(tuple(_SPACING_MARKS.get(char, char) for char in unreadable))
    return " ".join("".join(_NARROW[char] for char in wide).split())


def to_readable(bank_form: str) -> str:
    """Return the bank form as full-width katakana: `ﾃﾞﾝｷ ｶ-ﾄﾞ` becomes デンキ カード.

    A hyphen after a kana is the long vowel unless a Latin letter or digit follows. What is not kana
    stays; small kana cannot be told from large ones any more.
    """
    wide = unicodedata.normalize("NFC", bank_form.translate(_WIDEN_KANA))
    return _LONG_VOWEL.sub("ー", wide).replace(VOICED, "゛").replace(SEMI_VOICED, "゜")


def _widening_kana() -> dict[int, str]:
    wide = dict(zip(map(ord, _HALF), _FULL, strict=True))
    return wide | {ord("ｰ"): "ー", ord("ﾞ"): VOICED, ord("ﾟ"): SEMI_VOICED}


def _widening() -> dict[int, str]:
    hiragana = {code: chr(code + 0x60) for code in range(ord("ぁ"), ord("ゖ") + 1)}
    full_width_ascii = {code: chr(code - 0xFEE0) for code in range(ord("！"), ord("～") + 1)}
    marks = {ord("゛"): VOICED, ord("゜"): SEMI_VOICED, ord("\u3000"): " "}
    return _widening_kana() | hiragana | full_width_ascii | marks


def _narrowing() -> dict[str, str]:
    narrow = dict(zip(_FULL, _HALF, strict=True))
    narrow |= {char: char for char in _PLAIN} | {char.lower(): char for char in _PLAIN}
    for base in "カキクケコサシスセソタチツテトハヒフヘホウワ":
        narrow[unicodedata.normalize("NFC", base + VOICED)] = narrow[base] + "ﾞ"
    for base in "ハヒフヘホ":
        narrow[unicodedata.normalize("NFC", base + SEMI_VOICED)] = narrow[base] + "ﾟ"
    return narrow | _WRITTEN_OTHERWISE


_WIDEN_KANA = _widening_kana()
_WIDEN = _widening()
_NARROW = _narrowing()
_SPACING_MARKS = {VOICED: "゛", SEMI_VOICED: "゜"}
_LONG_VOWEL = re.compile(r"(?<=[ァ-ヺ])-(?![0-9A-Za-z])")
