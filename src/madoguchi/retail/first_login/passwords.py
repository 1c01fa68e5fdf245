"""Replacing the passwords that went by post (RET-07)."""

from madoguchi.kernel.journey import FieldError
from madoguchi.retail.first_login.forms import PasswordsForm
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.passwords import CurrentPassword, NewPassword, check_current, problems
from madoguchi.sign_in import Secret, SecretLocked


async def change_passwords(
    services: RetailServices, form: PasswordsForm
) -> tuple[FieldError, ...] | SecretLocked | None:
    """Judge the new ones, check the current ones, and keep the new ones; None where all is well.

    A new password that cannot be kept costs no try at the current ones. Whoever else came in by the
    letter is out from then on. The caller holds the contract.
    """
    current = (form.current_login, form.current_confirmation)
    wrong = await problems(
        services,
        NewPassword("new_login", form.new_login, current),
        NewPassword("new_confirmation", form.new_confirmation, (*current, form.new_login)),
    )
    if wrong:
        return wrong
    refused = await check_current(
        services,
        "first-login.error.current-wrong",
        CurrentPassword("current_login", Secret.LOGIN_PASSWORD, form.current_login),
        CurrentPassword(
            "current_confirmation", Secret.CONFIRMATION_PASSWORD, form.current_confirmation
        ),
    )
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
    await services.ports.sign_in.end_other_sessions(
        services.tx, services.session, "logged-out", services.now
    )
    return None
