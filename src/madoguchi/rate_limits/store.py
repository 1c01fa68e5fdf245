"""The only SQL of the rate limits: every bucket in one statement, always in the same order."""

from datetime import datetime

from msgspec import Struct

TAKE = """
INSERT INTO rate_limits_window AS w (institution, what, who, ends_at, used)
SELECT $1::text, asked.what, asked.who, asked.ends_at, 1
FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS asked (what, who, ends_at)
ORDER BY asked.what, asked.who
ON CONFLICT (institution, what, who) DO UPDATE
SET used = CASE
        WHEN w.ends_at > $5 AND w.ends_at <= excluded.ends_at + interval '1 minute'
        THEN w.used + 1 ELSE 1 END,
    ends_at = CASE
        WHEN w.ends_at > $5 AND w.ends_at <= excluded.ends_at + interval '1 minute'
        THEN w.ends_at ELSE excluded.ends_at END
RETURNING what, who, ends_at, used"""
"""A window that ends later than one begun now could (by more than clocks differ) is begun anew."""

GIVE_BACK = """
UPDATE rate_limits_window AS w
SET used = greatest(w.used - 1, 0)
FROM unnest($2::text[], $3::text[]) AS asked (what, who)
WHERE w.institution = $1 AND w.what = asked.what AND w.who = asked.who AND w.ends_at > $4"""

PURGE = "DELETE FROM rate_limits_window WHERE ends_at <= $1"


class Turn(Struct, frozen=True):
    """A turn taken: the `used`th in the window that ends at `ends_at`."""

    what: str
    who: str
    ends_at: datetime
    used: int
