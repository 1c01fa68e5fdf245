"""What a bank and a branch are, and how words are compared with their names. Pure."""

import unicodedata
from functools import lru_cache

import msgspec

KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ")
UNREAD = str.maketrans("", "", " \u3000-‐－ー・･'’")
"""What people leave out, or write in many ways."""


class Bank(msgspec.Struct, frozen=True):
    """A bank: 4 digits, its name without 銀行, its kana in full width."""

    code: str
    name: str
    kana: str
    romaji: str = ""


class BankBranch(msgspec.Struct, frozen=True):
    """A branch of a bank: 3 digits, its name without 支店, its kana in full width."""

    code: str
    name: str
    kana: str
    romaji: str = ""


def folded(text: str) -> str:
    """Return `text` as it is compared: one width, one kana, no case, no small kana, no spaces."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(KATAKANA)
    return plain.translate(SMALL).translate(UNREAD)


@lru_cache(maxsize=16_384)
def folded_name(name: str) -> str:
    """Return a name of the list as it is compared; remembered, since a search compares them all."""
    return folded(name)


def fit(names: Bank | BankBranch, words: str) -> int | None:
    """Return how well folded `words` fit (0 best), or None where they do not.

    As a code's beginning, a name's or reading's beginning, or a part of the name.
    """
    if words.isascii() and words.isdecimal():
        return 0 if names.code.startswith(words) else None
    name, kana = folded_name(names.name), folded_name(names.kana)
    if words in (name, kana):
        return 0
    if name.startswith(words) or kana.startswith(words):
        return 1
    if names.romaji.lower().startswith(words):
        return 1
    return 2 if words in name else None
