"""Transfer limits: see them, lower them at once, raise them from the next day (RET-22)."""

from madoguchi.retail.limits.journey import CHANGING_LIMITS, LIMITS

JOURNEYS = (CHANGING_LIMITS,)
PAGES = ()

__all__ = ["CHANGING_LIMITS", "JOURNEYS", "LIMITS", "PAGES"]
