"""What a login ID may be like (RET-04). Pure."""

import re

from madoguchi.institutions import RetailSettings

CHARACTERS = re.compile(r"[A-Za-z0-9]+")
LETTER, DIGIT = re.compile(r"[A-Za-z]"), re.compile(r"[0-9]")


def login_id_problem(settings: RetailSettings, login_id: str) -> str | None:
    """Return the catalogue's key of what is wrong with a login ID, or None (RET-04)."""
    if not CHARACTERS.fullmatch(login_id):
        return "registration.error.id-characters"
    if not settings.login_id_shortest <= len(login_id) <= settings.login_id_longest:
        return "registration.error.id-length"
    both = LETTER.search(login_id) and DIGIT.search(login_id)
    if settings.login_id_both_kinds and not both:
        return "registration.error.id-kinds"
    return None
