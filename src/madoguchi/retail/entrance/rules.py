"""Where a login may lead to afterwards. Pure."""

import re
from urllib.parse import parse_qsl

PLACE = re.compile(r"[A-Za-z0-9_~.-]+(?:/[A-Za-z0-9_~.-]+)*(?:\?[A-Za-z0-9_~.&=%+-]*)?")
"""A path below internet banking: no empty part, nothing encoded, no sign that browsers rewrite."""
DOTS = re.compile(r"(?:^|/)\.{1,2}(?:[/?]|$)")
OUTSIDE = frozenset({"login", "logout", "registration", "session"})
"""The parts of internet banking that a login does not lead to."""
LANGUAGE = "lang"
"""A change of language is for the page on which it is pressed, not for one to come back to."""
LONGEST = 500


def safe_next(asked: str, bank: str) -> str:
    """Return `asked` where it is a page of this institution's internet banking, else "".

    `bank` is the path that all of them begin with, such as `/sample-shinkumi/bank/`. An address
    elsewhere, of another institution or of another door is refused: no link may lead a customer
    through the real login to a false page.
    """
    if not asked.startswith(bank) or len(asked) > LONGEST:
        return ""
    place = asked.removeprefix(bank)
    if not PLACE.fullmatch(place) or DOTS.search(place):
        return ""
    path, _, query = place.partition("?")
    if LANGUAGE in dict(parse_qsl(query, keep_blank_values=True)):
        return ""
    return "" if path.partition("/")[0] in OUTSIDE else asked
