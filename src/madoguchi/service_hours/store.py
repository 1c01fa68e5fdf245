"""The only SQL of the service hours: stoppages that staff entered."""

from datetime import datetime

from msgspec import Struct

from madoguchi.institutions import Text
from madoguchi.service_hours.rules import Stoppage

PRESENT_AND_COMING = """
SELECT id, services, starts_at, ends_at, text_ja, text_en
FROM service_hours_stoppage
WHERE institution = $1 AND $2 = ANY (services) AND (ends_at IS NULL OR ends_at > $3)
ORDER BY starts_at, id"""

NOT_OVER_BEFORE = """
SELECT id, services, starts_at, ends_at, text_ja, text_en
FROM service_hours_stoppage
WHERE institution = $1 AND (ends_at IS NULL OR ends_at > greatest(starts_at, $2::timestamptz))
ORDER BY starts_at, id"""

ADD = """
INSERT INTO service_hours_stoppage
    (institution, id, services, starts_at, ends_at, text_ja, text_en, entered_by, entered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""

END = """
UPDATE service_hours_stoppage
SET ends_at = greatest(starts_at, $3::timestamptz), ended_by = $4, ended_at = $3
WHERE institution = $1 AND id = $2 AND (ends_at IS NULL OR ends_at > $3)
RETURNING id, services, starts_at, ends_at, text_ja, text_en"""
"""One that has not begun becomes empty, and stops nothing."""


class StoredStoppage(Struct, frozen=True):
    """A row of `service_hours_stoppage`."""

    id: str
    services: list[str]
    starts_at: datetime
    ends_at: datetime | None
    text_ja: str
    text_en: str

    def stoppage(self) -> Stoppage:
        """Return the stoppage that the row stands for."""
        text = Text(ja=self.text_ja, en=self.text_en)
        return Stoppage(self.id, tuple(self.services), self.starts_at, self.ends_at, text)
