"""What is said where an order cannot be carried out: at its field, or above the form (RET-18)."""

from collections.abc import Mapping
from datetime import date

from madoguchi.kernel.journey import Again, FieldError
from madoguchi.plumbing.templates.formats import format_date, format_yen
from madoguchi.transfers import OrderRefused

FIELDS: Mapping[str, str] = {
    "amount-invalid": "amount",
    "payer-name-invalid": "payer_name",
    "day-not-reservable": "on",
    "over-transfer-limit": "amount",
    "over-day-limit": "amount",
    "over-month-limit": "amount",
    "not-enough-funds": "amount",
}
"""The field of the amount's screen that a refusal belongs to; the others concern the whole."""


def at_field(refused: OrderRefused, language: str) -> Again:
    """Return what the amount's screen says, with all that was typed kept."""
    field = FIELDS.get(refused.code)
    if field is None:
        return above(refused, language)
    error = FieldError(field, _key(refused), _spoken(refused, language))
    return Again((error,), "unreadable")


def above(refused: OrderRefused, language: str) -> Again:
    """Return what a screen says that has no such field."""
    return Again(message=_key(refused), values=_spoken(refused, language))


def _key(refused: OrderRefused) -> str:
    return f"transfer.refused.{refused.code}"


def _spoken(refused: OrderRefused, language: str) -> Mapping[str, str]:
    return {name: _word(value, language) for name, value in refused.values.items()}


def _word(value: object, language: str) -> str:
    match value:
        case date():
            return format_date(value, language)
        case int():
            return format_yen(value, language)
        case _:
            return str(value)
