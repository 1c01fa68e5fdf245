"""Replacing the passwords that went by post (RET-07)."""

from madoguchi.customers import Contract
from madoguchi.kernel.journey import FieldError
from madoguchi.kernel.phone import to_national
from madoguchi.retail.first_login.forms import PasswordsForm
from madoguchi.retail.ground import RetailServices
from madoguchi.sign_in import (
    PersonalFacts,
    Secret,
    SecretLocked,
    SecretWrong,
    password_problem,
)


async def change_passwords(
    services: RetailServices, form: PasswordsForm
) -> tuple[FieldError, ...] | SecretLocked | None:
    """Judge the new ones, check the current ones, and keep the new ones; None where all is well.

    A new password that cannot be kept costs no try at the current ones.
    """
    problems = _problems(services, form, await _known(services))
    if problems:
        return problems
    refused = await _check_current(services, form)
    if refused is not None:
        return refused
    new = (
        (Secret.LOGIN_PASSWORD, form.new_login),
        (Secret.CONFIRMATION_PASSWORD, form.new_confirmation),
    )
    for secret, text in new:
        await services.ports.sign_in.set_secret(
            services.tx, services.contract, secret, text, provisional_until=None, now=services.now
        )
    return None


def _problems(
    services: RetailServices, form: PasswordsForm, known: PersonalFacts
) -> tuple[FieldError, ...]:
    """Return what is wrong with the new ones, each at its field."""
    settings = services.institution.retail
    lengths = {
        "shortest": str(settings.password_shortest),
        "longest": str(settings.password_longest),
    }
    current = (form.current_login, form.current_confirmation)
    new = (
        ("new_login", form.new_login, current),
        ("new_confirmation", form.new_confirmation, (*current, form.new_login)),
    )
    found = (
        (name, password_problem(settings, text, others=others, known=known))
        for name, text, others in new
    )
    return tuple(FieldError(name, code, lengths) for name, code in found if code)


async def _check_current(
    services: RetailServices, form: PasswordsForm
) -> tuple[FieldError, ...] | SecretLocked | None:
    """Check both, so that both are told at once; each counts by itself."""
    current = (
        ("current_login", Secret.LOGIN_PASSWORD, form.current_login),
        ("current_confirmation", Secret.CONFIRMATION_PASSWORD, form.current_confirmation),
    )
    wrong = []
    for name, secret, text in current:
        checked = await services.ports.sign_in.check_secret(
            services.tx, services.institution, services.contract, secret, text, services.now
        )
        if isinstance(checked, SecretLocked):
            return checked
        if isinstance(checked, SecretWrong):
            wrong.append(FieldError(name, "first-login.error.current-wrong"))
    return tuple(wrong) or None


async def _known(services: RetailServices) -> PersonalFacts:
    """Return what others know of the customer, from contract and core."""
    contract = services.contract
    holder = await services.core.holder(services.core_call(), contract.holder_id)
    return PersonalFacts(
        login_id=contract.login_id,
        birth_date=holder.birth_date if holder else None,
        phones=tuple(to_national(phone) for phone in holder.phones) if holder else (),
        account_numbers=_numbers(contract),
    )


def _numbers(contract: Contract) -> tuple[str, ...]:
    return (contract.account_number, *(account.number for account in contract.accounts))
