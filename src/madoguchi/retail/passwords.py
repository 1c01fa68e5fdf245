"""What is wrong with new passwords, judged with all that is known of the customer (RET-07)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from madoguchi.customers import Contract
from madoguchi.institutions import Institution
from madoguchi.kernel.journey import FieldError
from madoguchi.kernel.phone import to_national
from madoguchi.retail.ground import RetailServices
from madoguchi.sign_in import PersonalFacts, Secret, SecretLocked, SecretWrong, password_problem


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A new password with the field that it was typed in, and those that it must differ from."""

    name: str
    text: str = field(repr=False)
    others: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CurrentPassword:
    """A password as it is said to be now, with its kind and the field that it was typed in."""

    name: str
    secret: Secret
    text: str = field(repr=False)


async def problems(services: RetailServices, *wanted: NewPassword) -> tuple[FieldError, ...]:
    """Return what is wrong with new passwords, each at its field. Raises `CoreUnavailable`."""
    settings, known = services.institution.retail, await _known(services)
    lengths = {
        "shortest": str(settings.password_shortest),
        "longest": str(settings.password_longest),
    }
    found = (
        (each.name, password_problem(settings, each.text, others=each.others, known=known))
        for each in wanted
    )
    return tuple(FieldError(name, code, lengths) for name, code in found if code)


async def check_current(
    services: RetailServices, wrong_code: str, *current: CurrentPassword
) -> tuple[FieldError, ...] | SecretLocked | None:
    """Check all, so that all that are wrong are told at once; each counts by itself (LOCK-01)."""
    wrong = []
    for each in current:
        checked = await services.ports.sign_in.check_secret(
            services.tx, services.institution, services.contract, each.secret, each.text,
            services.now,
        )  # fmt: skip
        if isinstance(checked, SecretLocked):
            return checked
        if isinstance(checked, SecretWrong):
            wrong.append(FieldError(each.name, wrong_code))
    return tuple(wrong) or None


def rules_shown(institution: Institution) -> Mapping[str, Any]:
    """Return what a screen says of the rules, for `retail/password-rules.html`."""
    settings = institution.retail
    return {
        "shortest": settings.password_shortest,
        "longest": settings.password_longest,
        "both_kinds": settings.password_both_kinds,
        "symbols": settings.password_symbols,
    }


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
