"""What is typed to change the limits: whole yen, 0 stops transfers (RET-22)."""

from dataclasses import dataclass

from madoguchi.institutions import Limits
from madoguchi.plumbing.web import typed
from madoguchi.retail.transfer import whole_yen


@dataclass(frozen=True, slots=True)
class LimitsForm:
    """BTR031: the three limits, in yen."""

    per_transfer: str = typed(whole_yen)
    per_day: str = typed(whole_yen)
    per_month: str = typed(whole_yen)

    def limits(self) -> Limits:
        """Return the limits typed."""
        return Limits(int(self.per_transfer), int(self.per_day), int(self.per_month))
