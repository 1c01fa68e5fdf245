"""Changing contact phone, DM and the language of mails (RET-28)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from madoguchi.customers import Contract, Language
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, Proceed
from madoguchi.kernel.phone import masked
from madoguchi.plumbing.templates.formats import format_moment
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.ground.services import SignedIn
from madoguchi.retail.registered_data.forms import LANGUAGES, ContactForm
from madoguchi.retail.registered_data.visits import ContactVisit
from madoguchi.retail.transfer import Locked, judge_password


async def begin(services: RetailServices, query: Mapping[str, str]) -> ContactVisit:
    """Begin a change."""
    del services, query
    return ContactVisit()


async def show(visit: ContactVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show what is registered, to be changed in its place."""
    del visit
    contract = services.contract
    kept = {"contact_phone": contract.contact_phone or "", "language": contract.language}
    if contract.dm_wanted is not None:
        kept["dm_wanted"] = "yes" if contract.dm_wanted else "no"
    return {"languages": LANGUAGES, "kept": kept}


async def change(
    visit: ContactVisit, form: ContactForm, services: RetailServices
) -> Proceed[ContactVisit] | Again | Locked[ContactVisit]:
    """Judge the password, and change what differs from what is registered."""
    wanted = (form.contact_phone or None, form.dm_wanted == "yes", form.language)
    contract = services.contract
    if wanted == (contract.contact_phone, contract.dm_wanted, contract.language):
        return Again(message="registered.message.unchanged")
    refused = await judge_password(services, form.confirmation_password)
    if refused is not None:
        return refused
    held = await services.ports.customers.find_locked(
        services.tx, services.institution.code, contract.id
    )
    before = must(held, "the contract of a session")
    after = await _change(services, before, wanted)
    if after != before:
        await _tell(services, before, after)
    return Proceed(visit)


async def _change(
    services: RetailServices, before: Contract, wanted: tuple[str | None, bool, str]
) -> Contract:
    phone, dm_wanted, language = wanted
    customers, tx, now = services.ports.customers, services.tx, services.now
    after = before
    if (phone, dm_wanted) != (before.contact_phone, before.dm_wanted):
        after = await customers.change_contact(
            tx, after, phone, dm_wanted=dm_wanted, by=before.id, now=now
        )
    if language != before.language:
        chosen = cast("Language", language)
        after = await customers.change_language(tx, after, chosen, by=before.id, now=now)
    return after


async def _tell(services: RetailServices, before: Contract, after: Contract) -> None:
    """Mail what changed, in the language that is registered now; of a phone its end only."""
    person = SignedIn(services.session, after)
    values = {
        "at": format_moment(services.now, after.language),
        "changes": tuple(_changes(services, before, after)),
    }
    key = f"contact-changed:{services.visit_id}"
    await replace(services, person=person).notify("contact-changed", key, values)


def _changes(services: RetailServices, before: Contract, after: Contract) -> list[str]:
    def line(name: str, value: str) -> str:
        text, language = services.ports.texts, after.language
        label = text(f"registered.row.{name}", language=language)
        return text("registered.mail.line", language=language, label=label, value=value)

    def word(key: str) -> str:
        return services.ports.texts(key, language=after.language)

    lines = []
    if after.contact_phone != before.contact_phone:
        phone = after.contact_phone
        lines.append(line("contact-phone", masked(phone) if phone else word("registered.none")))
    if after.dm_wanted != before.dm_wanted:
        wish = "yes" if after.dm_wanted else "no"
        lines.append(line("dm-wanted", word(f"first-login.dm.{wish}")))
    if after.language != before.language:
        lines.append(line("language", word(f"registered.language.{after.language}")))
    return lines
