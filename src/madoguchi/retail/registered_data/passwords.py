"""Changing login password and confirmation password (RET-07, RET-28).

Both current ones are typed, also to change one of them: a new one must differ from the other one,
and a session that somebody has taken over changes nothing by the password that let him in.
"""

from collections.abc import Mapping
from typing import Any

from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.plumbing.templates.formats import format_moment
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.passwords import (
    CurrentPassword,
    NewPassword,
    check_current,
    problems,
    rules_shown,
)
from madoguchi.retail.registered_data.forms import PasswordForm
from madoguchi.retail.registered_data.visits import PasswordVisit
from madoguchi.retail.transfer import Locked
from madoguchi.sign_in import Secret, SecretLocked


async def begin(services: RetailServices, query: Mapping[str, str]) -> PasswordVisit:
    """Begin a change."""
    del services, query
    return PasswordVisit()


async def show(visit: PasswordVisit, services: RetailServices) -> Mapping[str, Any]:
    """Say what a password must be like."""
    del visit
    return rules_shown(services.institution)


async def change(
    visit: PasswordVisit, form: PasswordForm, services: RetailServices
) -> Proceed[PasswordVisit] | Again | Locked[PasswordVisit]:
    """Judge the new ones, check both current ones, keep the new ones, end all other sessions."""
    new = {
        Secret.LOGIN_PASSWORD: form.new_login,
        Secret.CONFIRMATION_PASSWORD: form.new_confirmation,
    }
    wanted = {secret: text for secret, text in new.items() if text}
    if not wanted:
        return Again(message="registered.message.no-new-password")
    refused = await _judge(services, form)
    if isinstance(refused, SecretLocked):
        return Locked()
    if refused:
        return Again(refused, "unreadable")
    await _keep(services, wanted)
    await _tell(services, list(wanted))
    return Proceed(visit)


async def _judge(
    services: RetailServices, form: PasswordForm
) -> tuple[FieldError, ...] | SecretLocked | None:
    """A new password that cannot be kept costs no try at the current ones."""
    current = (form.current_login, form.current_confirmation)
    typed = (
        NewPassword("new_login", form.new_login, current),
        NewPassword("new_confirmation", form.new_confirmation, (*current, form.new_login)),
    )
    wrong = await problems(services, *(each for each in typed if each.text))
    if wrong:
        return wrong
    return await check_current(
        services,
        "registered.error.current-wrong",
        CurrentPassword("current_login", Secret.LOGIN_PASSWORD, form.current_login),
        CurrentPassword(
            "current_confirmation", Secret.CONFIRMATION_PASSWORD, form.current_confirmation
        ),
    )


async def _keep(services: RetailServices, wanted: Mapping[Secret, str]) -> None:
    """Keep the new ones. The contract is held, so that a login at the same time begins after."""
    tx, now, sign_in = services.tx, services.now, services.ports.sign_in
    contract, session = services.contract, services.session
    await services.ports.customers.find_locked(tx, services.institution.code, contract.id)
    for secret, text in wanted.items():
        await sign_in.set_secret(tx, contract, secret, text, provisional_until=None, now=now)
    await sign_in.end_other_sessions(tx, session, "logged-out", now)
    services.set_session(await sign_in.renew_session(tx, session, now))


async def _tell(services: RetailServices, changed: list[Secret]) -> None:
    language, texts = services.contract.language, services.ports.texts
    values = {
        "at": format_moment(services.now, language),
        "what": tuple(texts(f"registered.secret.{each}", language=language) for each in changed),
    }
    await services.notify("password-changed", f"password-changed:{services.visit_id}", values)
