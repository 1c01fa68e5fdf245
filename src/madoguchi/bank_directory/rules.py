"""What a bank and a branch are, and how words are compared with their names. Pure."""

import unicodedata
from functools import lru_cache

import msgspec

KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ")
UNREAD = str.maketrans("", "", " \u3000-‐－ー・･'’")
"""What people leave out, or write in many ways."""
SHORT_AND_FULL = (
    ("信漁連", "信用漁業協同組合連合会"), ("信連", "信用農業協同組合連合会"),
    ("信組", "信用組合"), ("信金", "信用金庫"), ("労金", "労働金庫"),
    ("農協", "農業協同組合"), ("漁協", "漁業協同組合"),
    ("しんぎよれん", "しんようぎよぎようきようどうくみあいれんごうかい"),
    ("しんれん", "しんようのうぎようきようどうくみあいれんごうかい"),
    ("しんくみ", "しんようくみあい"), ("しんきん", "しんようきんこ"),
    ("ろうきん", "ろうどうきんこ"),
    ("のうきよう", "のうぎようきようどうくみあい"), ("ぎよきよう", "ぎよぎようきようどうくみあい"),
)  # fmt: skip
"""What banks are, as the list writes it and in full, folded; the longer of two stands first."""


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


@lru_cache(maxsize=32_768)
def spellings(name: str, endings: tuple[str, ...]) -> tuple[str, ...]:
    """Return a name as it is compared: as it is listed, with its kind short, and in full.

    The list leaves the `endings` out (みずほ is みずほ銀行) where a name says no other kind.
    """
    listed = short = folded_name(name)
    for brief, whole in SHORT_AND_FULL:
        short = short.replace(whole, brief)
    full = short
    for brief, whole in SHORT_AND_FULL:
        full = full.replace(brief, whole)
    ended = () if full != short else tuple(short + ending for ending in endings)
    return tuple(dict.fromkeys((listed, short, full, *ended)))


def fit(names: Bank | BankBranch, words: str) -> int | None:
    """Return how well folded `words` fit (0 best), or None where they do not.

    As a code's beginning, a name's or reading's beginning, or a part of the name.
    """
    if words.isascii() and words.isdecimal():
        return 0 if names.code.startswith(words) else None
    branch = isinstance(names, BankBranch)
    written = spellings(names.name, ("支店",) if branch else ("銀行",))
    read = spellings(names.kana, ("してん",) if branch else ("ぎんこう",))
    if words in written or words in read:
        return 0
    if any(each.startswith(words) for each in (*written, *read)):
        return 1
    if names.romaji.lower().startswith(words):
        return 1
    return 2 if any(words in each for each in written) else None
