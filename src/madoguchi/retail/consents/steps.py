"""Revoking a consent (RET-30, LINK-32)."""

from collections.abc import Mapping
from typing import Any

from madoguchi import consents
from madoguchi.consents import Consent, EndedBy
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, Proceed
from madoguchi.plumbing.templates.formats import format_moment
from madoguchi.retail.consents.forms import RevocationForm
from madoguchi.retail.consents.outcomes import EndedAlready
from madoguchi.retail.consents.shown import names, of_holder, shown
from madoguchi.retail.consents.visit import RevocationVisit
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer import Locked, judge_password

NOBODYS = "unknown"
"""An id that no consent has."""


async def begin(services: RetailServices, query: Mapping[str, str]) -> RevocationVisit | str:
    """Begin for the consent that the link names.

    One that has ended is shown as it is; one that is nobody's or somebody else's is not there.
    """
    found = await of_holder(services, query.get("consent", ""))
    if found is None:
        return services.url(f"consents/{NOBODYS}")
    if not consents.is_active(found, services.now):
        return services.url(f"consents/{found.id}")
    return RevocationVisit(consent_id=found.id)


async def show(visit: RevocationVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show the consent that is to be revoked."""
    found = must(await of_holder(services, visit.consent_id), "a consent of this customer")
    return {"consent": await shown(found, services)}


async def revoke(
    visit: RevocationVisit, form: RevocationForm, services: RetailServices
) -> Proceed[RevocationVisit] | Again | Locked[RevocationVisit] | EndedAlready:
    """解除する: judge the password; from the commit on the app's tokens open nothing."""
    found = must(await of_holder(services, visit.consent_id), "a consent of this customer")
    if not consents.is_active(found, services.now):
        return EndedAlready()
    refused = await judge_password(services, form.confirmation_password)
    if refused is not None:
        return refused
    outcome = await consents.revoke(
        services.tx, services.ports.log, services.institution.code, found.id,
        by=EndedBy.CUSTOMER, actor=services.contract.id, now=services.now,
    )  # fmt: skip
    if not isinstance(outcome, Consent):
        return EndedAlready()
    await _tell(outcome, services)
    return Proceed(visit)


async def _tell(consent: Consent, services: RetailServices) -> None:
    language = services.contract.language
    app, third_party = await names(consent, services, language)
    text = services.ports.texts
    values = {
        "app": text("consents.name", language=language, app=app, third_party=third_party),
        "at": format_moment(services.now, language),
    }
    await services.notify("consent-revoked", f"consent-revoked:{consent.id}", values)
