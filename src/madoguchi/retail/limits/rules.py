"""What a wish for other limits comes to. Pure (RET-22)."""

from collections.abc import Mapping
from itertools import pairwise

from madoguchi.institutions import Limits

NAMES = ("per_transfer", "per_day", "per_month")


def raises(was: Limits, wanted: Limits) -> bool:
    """Tell whether any limit goes up: that needs a strong check, and holds from tomorrow on."""
    return any(getattr(wanted, name) > getattr(was, name) for name in NAMES)


def problems(wanted: Limits, highest: Limits) -> Mapping[str, str]:
    """Return what is wrong with each limit: `too-high`, or `turned` where it exceeds a longer one.

    A limit for one transfer over that of a day, or of a day over that of a month, never counts.
    """
    found = {name: "too-high" for name in NAMES if getattr(wanted, name) > getattr(highest, name)}
    for shorter, longer in pairwise(NAMES):
        if getattr(wanted, shorter) > getattr(wanted, longer):
            found.setdefault(shorter, "turned")
    return found
