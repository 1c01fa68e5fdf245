"""Settings that stand in several files: texts in both languages, rates."""

from typing import Annotated

from msgspec import Meta, Struct

from madoguchi.institutions import forms

Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """A line that people read, in both languages."""

    ja: forms.Line
    en: forms.Line

    def read_in(self, language: str) -> str:
        """Return the line in `language`; Japanese where there is none in it."""
        return self.en if language == "en" else self.ja


class RateLimit(Struct, frozen=True, forbid_unknown_fields=True):
    """At most `limit` in any window of `per_seconds`."""

    limit: Count
    per_seconds: Annotated[int, Meta(ge=1, le=86_400)]
