"""What a password and an answer may be (RET-06, RET-07). Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from madoguchi.institutions import RetailSettings
from madoguchi.kernel.digits import only_digits
from madoguchi.sign_in.well_known import is_well_known

SHORTEST_ANSWER = 2
LONGEST_ANSWER = 10
"""Characters of an answer, counted once it is brought into its one form (RET-06)."""
SHORTEST_TELLING_NUMBER = 6
"""Numbers shorter than this stand in passwords by chance."""
_LETTERS_AND_DIGITS = re.compile(r"[A-Za-z0-9]+")
_PRINTABLE = re.compile(r"[!-~]+")
_ANSWER = re.compile(
    "[0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"  # letters, with accents too
    "\u3041-\u3096\u309d\u309e\u30a1-\u30fa\u30fc-\u30fe"  # kana with their signs of length
    "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+"  # kanji
)
"""What any device can type again: no signs, and no pictures that look alike."""
_ERAS = (  # first day, year before the first
    (date(2019, 5, 1), 2018),
    (date(1989, 1, 8), 1988),
    (date(1926, 12, 25), 1925),
    (date(1912, 7, 30), 1911),
)
_HIRAGANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


@dataclass(frozen=True, slots=True)
class PersonalFacts:
    """What others know of a customer, and his password must therefore not hold.

    Phones and account numbers are written in any way; what is not known is left out.
    """

    login_id: str | None = None
    birth_date: date | None = None
    phones: tuple[str, ...] = ()
    account_numbers: tuple[str, ...] = ()


def password_problem(
    settings: RetailSettings, new: str, *, others: Sequence[str], known: PersonalFacts
) -> str | None:
    """Return the catalogue's key of what is wrong with a new password, or None (RET-07).

    `others` are the passwords that it must differ from: the former one, the other one. The texts
    take the settings' `shortest` and `longest` as values.
    """
    return (
        _problem_of_form(settings, new)
        or ("sign-in.password.same" if new in others else None)
        or ("sign-in.password.personal" if _is_personal(new, known) else None)
        or ("sign-in.password.well-known" if is_well_known(new) else None)
    )


def answer_problem(answer: str) -> str | None:
    """Return the catalogue's key of what is wrong with an answer to a question, or None."""
    kept = normal_answer(answer)
    if not kept:
        return "sign-in.answer.missing"
    if not _ANSWER.fullmatch(kept):
        return "sign-in.answer.characters"
    right = SHORTEST_ANSWER <= len(kept) <= LONGEST_ANSWER
    return None if right else "sign-in.answer.length"


def normal_answer(answer: str) -> str:
    """Return the one form of an answer: people do not remember how they wrote it.

    Width, spaces, upper and lower case, hiragana and katakana make no difference.
    """
    wide = unicodedata.normalize("NFKC", answer)
    kept = "".join(char for char in wide if not char.isspace())
    return kept.lower().translate(_HIRAGANA)


def _problem_of_form(settings: RetailSettings, new: str) -> str | None:
    if not settings.password_shortest <= len(new) <= settings.password_longest:
        return "sign-in.password.length"
    allowed = _PRINTABLE if settings.password_symbols else _LETTERS_AND_DIGITS
    if not allowed.fullmatch(new):
        return "sign-in.password.characters"
    has_both = any(c.isalpha() for c in new) and any(c.isdigit() for c in new)
    if settings.password_both_kinds and not has_both:
        return "sign-in.password.both-kinds"
    return None


def _is_personal(new: str, known: PersonalFacts) -> bool:
    """Tell whether the password holds what others know: adding a letter hides nothing."""
    folded = new.lower()
    if known.login_id and known.login_id.lower() in folded:
        return True
    digits = only_digits(new)
    return any(number in digits for number in _numbers(known))


def _numbers(known: PersonalFacts) -> Iterable[str]:
    dates = _written(known.birth_date) if known.birth_date else ()
    for number in (*dates, *known.phones, *known.account_numbers):
        digits = only_digits(unicodedata.normalize("NFKC", number))
        for form in (digits, digits.lstrip("0")):
            if len(form) >= SHORTEST_TELLING_NUMBER:
                yield form


def _written(day: date) -> tuple[str, ...]:
    """Return a date in the ways that people write it in digits, years of the era among them."""
    western = (f"{day:%Y%m%d}", f"{day:%y%m%d}", f"{day:%d%m%Y}", f"{day:%m%d%Y}")
    era_years = [day.year - before for first, before in _ERAS if first <= day]
    return *western, *(f"{year:02}{day:%m%d}" for year in era_years[:1])
