"""The companies whose bills may be debited, as the institution's settings name them (RET-26)."""

from collections.abc import Sequence

from madoguchi.institutions import Institution, Utility
from madoguchi.retail.ground import RetailServices

KINDS = ("electricity", "gas", "water", "phone", "nhk")


def offered(services: RetailServices) -> Sequence[Utility]:
    """Return the companies that can be applied to now, by kind; none without a way to them."""
    if not services.ports.direct_debits.offered():
        return ()
    return sorted(
        services.institution.retail.utilities, key=lambda company: KINDS.index(company.kind)
    )


def company_name(institution: Institution, code: str, language: str) -> str:
    """Return a company's name; its code where the settings no longer name it."""
    found = company_of(institution, code)
    return found.name.read_in(language) if found else code


def company_of(institution: Institution, code: str) -> Utility | None:
    """Return the company of that code."""
    return next((each for each in institution.retail.utilities if each.code == code), None)
