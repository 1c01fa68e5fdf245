"""How a customer confirms: the confirmation password, then a one-time password (RET-18, RET-19).

The code is bound to the rows that are shown and to the visit, so that what is signed is what was
seen. The password is judged first: a wrong one spends no code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError
from madoguchi.one_time_passwords import (
    Asked,
    CodeExpired,
    CodeLocked,
    CodeRight,
    CodeWrong,
    NoCode,
    TooManyCodes,
)
from madoguchi.plumbing.templates.formats import format_moment, format_time
from madoguchi.retail.ground import RetailEvent, RetailServices
from madoguchi.retail.transfer.forms import ConfirmForm
from madoguchi.retail.transfer.outcomes import Locked
from madoguchi.retail.transfer.visit import CodeSent
from madoguchi.sign_in import Secret, SecretLocked, SecretRight, SecretWrong

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NotSent:
    """No code could be sent; `message` is the key of the text that says why."""

    message: str
    values: Mapping[str, str] = field(default_factory=dict)

    def again(self) -> Again:
        """Return the same screen with the reason, nothing typed lost."""
        return Again(message=self.message, values=self.values)


@dataclass(frozen=True, slots=True)
class Proofs:
    """What was typed to prove who confirms; `code` is "" where none is asked for."""

    password: str = field(repr=False)
    code: str = field(default="", repr=False)


def proofs_in(form: ConfirmForm) -> Proofs:
    """Return what a form of confirmation brings."""
    return Proofs(form.read("confirmation_password"), form.read("code"))


async def send_code(
    services: RetailServices, purpose: str, facts: Facts, to: str | None = None
) -> CodeSent | NotSent:
    """Have a one-time password sent for exactly these facts; the one before it is void.

    It goes to the customer's address, or to another one that is to be proved his.
    """
    address = to or services.contract.email
    if not address:
        return NotSent("transfer.message.no-address")
    asked = asked_for(services, purpose, facts, address)
    begun = await services.ports.one_time_password.begin(services.tx, asked, services.now)
    if isinstance(begun, TooManyCodes):
        again_at = format_time(begun.again_at, services.context.language)
        return NotSent("transfer.message.too-many-codes", {"time": again_at})
    return CodeSent(shown_to=begun.shown_to, expires_at=begun.expires_at)


async def judge(
    services: RetailServices, proofs: Proofs, purpose: str, facts: Facts | None
) -> Again | Locked[Any] | None:
    """Judge the password and, where there are `facts`, the code sent for them; None: both right."""
    if facts is not None and not proofs.code:
        return Again((FieldError("code", "required"),), "incomplete")
    refused = await judge_password(services, proofs.password)
    if refused is not None or facts is None:
        return refused
    asked = asked_for(services, purpose, facts, must(services.contract.email))
    return await judge_code(services, asked, proofs.code)


async def judge_password(services: RetailServices, typed: str) -> Again | Locked[Any] | None:
    """Judge the confirmation password alone, at the field `confirmation_password`; None: right."""
    contract = services.contract
    outcome = await services.ports.sign_in.check_secret(
        services.tx,
        services.institution,
        contract,
        Secret.CONFIRMATION_PASSWORD,
        typed,
        services.now,
    )
    match outcome:
        case SecretRight():
            return None
        case SecretWrong():
            return _wrong("confirmation_password", "transfer.field.password-wrong")
        case SecretLocked():
            return Locked()
        case _:
            assert_never(outcome)


async def judge_code(
    services: RetailServices, asked: Asked, typed: str, name: str = "code"
) -> Again | None:
    """Judge a one-time password that was typed in the field `name`; None: right, and used up."""
    port = services.ports.one_time_password
    outcome = await port.judge(services.tx, asked, typed, services.now)
    match outcome:
        case CodeRight():
            return None
        case CodeWrong():
            return _wrong(name, "transfer.field.code-not-right", left=str(outcome.left))
        case CodeLocked(just_now=just_now):
            if just_now:
                await _tell_of_lock(services, asked.purpose)
            return _wrong(name, "transfer.field.code-locked")
        case CodeExpired():
            return _wrong(name, "transfer.field.code-expired")
        case NoCode():
            return _wrong(name, "transfer.field.code-none")
        case _:
            assert_never(outcome)


def asked_for(services: RetailServices, purpose: str, facts: Facts, to: str) -> Asked:
    """Return what a one-time password to this address is asked for in this visit."""
    contract, settings = services.contract, services.institution.retail
    return Asked(
        institution=services.institution.code,
        owner=contract.id,
        purpose=purpose,
        facts=facts,
        bound_to=services.visit_id,
        to=to,
        language=contract.language,
        minutes=settings.mailed_code_minutes,
        failures_limit=settings.mailed_code_failures_limit,
        per_hour=settings.mailed_codes_per_hour,
    )


async def _tell_of_lock(services: RetailServices, purpose: str) -> None:
    """Log that a code was locked, and mail the customer where he is known to be (LOCK-03)."""
    contract, now = services.contract, services.now
    detail = {"purpose": purpose}
    services.log(RetailEvent.CODE_LOCKED, "done", subject=contract.id, detail=detail)
    key = f"code-locked:{services.visit_id}:{now.isoformat()}"
    await services.notify("code-locked", key, {"at": format_moment(now, contract.language)})


def _wrong(name: str, code: str, **values: str) -> Again:
    return Again((FieldError(name, code, values),), "unreadable")
