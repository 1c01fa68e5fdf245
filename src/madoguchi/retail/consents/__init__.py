"""API連携の照会・解除: which apps read what, and ending it (RET-30, LINK-32)."""

from madoguchi.retail.consents.journey import CONSENT_REVOCATION
from madoguchi.retail.consents.pages import CONSENT, CONSENTS

JOURNEYS = (CONSENT_REVOCATION,)
PAGES = (CONSENTS, CONSENT)

__all__ = ["JOURNEYS", "PAGES"]
