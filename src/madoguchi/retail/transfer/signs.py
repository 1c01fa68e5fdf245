"""How an order came in, for the fraud score, the log and the mails (RET-24, RET-31)."""

from madoguchi.retail.ground import RetailServices
from madoguchi.transfers import Signs


def signs(services: RetailServices) -> Signs:
    """Return what the request and the session say of themselves."""
    contract = services.contract
    return Signs(
        known_device=services.session.known_device,
        source=services.context.source,
        reference=services.context.reference,
        language=contract.language,
        email=contract.email or "",
    )
