"""How accounts and lines are written on screens and in files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from madoguchi.core_bank.port import Direction, Transaction, TransactionKind
from madoguchi.kernel.journey import FieldError
from madoguchi.kernel.kana import to_readable
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.templates.formats import format_date
from madoguchi.retail.accounts.reading import NamedAccount
from madoguchi.retail.ground import RetailServices


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line as people read it."""

    day: date
    value_day: date
    kind: str
    remarks: str
    direction: Direction
    amount: Yen
    balance: Yen

    @property
    def what(self) -> str:
        """The remarks, or where there are none what moved the money."""
        return self.remarks or self.kind


def texts_of(services: RetailServices) -> Callable[..., str]:
    """Return the catalogue in the language of this request."""
    language = services.context.language

    def text(key: str, **values: object) -> str:
        return services.ports.texts(key, language=language, **values)

    return text


def account_words(services: RetailServices, account: NamedAccount) -> str:
    """Return the account in one line: `本店（001） 普通 1234567`."""
    return _account(services, account, "accounts.account")


def account_choice(services: RetailServices, account: NamedAccount) -> str:
    """Return the account as one of several: `普通 1234567 本店`.

    What tells it from the others comes first: a narrow screen cuts off the end.
    """
    return _account(services, account, "accounts.account-choice")


def _account(services: RetailServices, account: NamedAccount, key: str) -> str:
    text = texts_of(services)
    return text(
        key,
        branch=account.branch_name,
        code=account.branch_code,
        kind=text(f"accounts.kind.{account.kind.value}"),
        number=account.number,
    )


def kind_names(services: RetailServices) -> Mapping[TransactionKind, str]:
    """Return the name of every kind of line."""
    text = texts_of(services)
    return {kind: text(f"accounts.line.{kind.value}") for kind in TransactionKind}


def lines_shown(services: RetailServices, lines: Sequence[Transaction]) -> list[LineShown]:
    """Return the lines with their remarks in full-width kana."""
    names = kind_names(services)
    return [
        LineShown(
            line.posted_on,
            line.value_date,
            names[line.kind],
            to_readable(line.remarks).strip(),
            line.direction,
            line.amount,
            line.balance_after,
        )
        for line in lines
    ]


def spoken_errors(services: RetailServices, errors: Sequence[FieldError]) -> tuple[FieldError, ...]:
    """Return the errors with the days in them as people write them."""
    return tuple(
        FieldError(error.field, error.code, _spoken(error.values, services.context.language))
        for error in errors
    )


def _spoken(values: Mapping[str, str], language: str) -> Mapping[str, str]:
    days = {
        name: format_date(date.fromisoformat(value), language)
        for name, value in values.items()
        if name == "day"
    }
    return {**values, **days}
