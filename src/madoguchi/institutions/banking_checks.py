"""What the settings of internet banking must satisfy besides their form (INST-01). Pure."""

from collections.abc import Iterator, Sequence
from typing import get_args

from madoguchi.institutions.banking import (
    Destination,
    FeeTable,
    Limits,
    RetailSettings,
    TransfersSettings,
)
from madoguchi.institutions.outcomes import Problem

RETAIL, TRANSFERS = "retail.toml", "transfers.toml"
LEAST_QUESTIONS = 3


def banking_problems(retail: RetailSettings, transfers: TransfersSettings) -> Iterator[Problem]:
    """Yield what is wrong with `retail.toml` and `transfers.toml`, whose form is right."""
    yield from _retail(retail)
    yield from _fees(transfers.fee_tables)
    yield from _limits(transfers)


def no_doubles(file: str, key: str, values: Sequence[str]) -> Iterator[Problem]:
    """Yield a problem for each value that stands there more than once."""
    for value in dict.fromkeys(value for value in values if values.count(value) > 1):
        yield Problem(
            file,
            key,
            f'expected each only once; "{value}" stands there {values.count(value)} times',
        )


def _retail(retail: RetailSettings) -> Iterator[Problem]:
    for lower, upper in (
        ("login_id_shortest", "login_id_longest"),
        ("password_shortest", "password_longest"),
        ("ask_at", "stop_at"),
        ("idle_minutes", "absolute_minutes"),
    ):
        most = getattr(retail, upper)
        if getattr(retail, lower) > most:
            yield Problem(RETAIL, lower, f"expected at most {upper} ({most})")
    questions = [question.key for question in retail.questions]
    yield from no_doubles(RETAIL, "questions[].key", questions)
    if len(set(questions)) < LEAST_QUESTIONS:
        expected = f"expected at least {LEAST_QUESTIONS} different questions"
        yield Problem(RETAIL, "questions", expected)
    codes = [utility.code for utility in retail.utilities]
    yield from no_doubles(RETAIL, "utilities[].code", codes)


def _fees(tables: Sequence[FeeTable]) -> Iterator[Problem]:
    days = [table.valid_from for table in tables]
    if days != sorted(set(days)):
        expected = "expected each table to begin on a later day than the one before it"
        yield Problem(TRANSFERS, "fee_tables[].valid_from", expected)
    for place, table in enumerate(tables):
        yield from _fees_of_table(f"fee_tables[{place}].fees", table)


def _fees_of_table(key: str, table: FeeTable) -> Iterator[Problem]:
    bands = [f"{fee.destination} from {fee.amount_from} yen" for fee in table.fees]
    yield from no_doubles(TRANSFERS, key, bands)
    for destination in get_args(Destination):
        if f"{destination} from 0 yen" not in bands:
            expected = f'expected a fee for "{destination}" from 0 yen (amount_from = 0)'
            yield Problem(TRANSFERS, key, expected)


def _limits(transfers: TransfersSettings) -> Iterator[Problem]:
    yield from _rising("limits", transfers.limits)
    yield from _rising("highest_limits", transfers.highest_limits)
    for name in Limits.__struct_fields__:
        highest = getattr(transfers.highest_limits, name)
        if getattr(transfers.limits, name) > highest:
            expected = f"expected at most highest_limits.{name} ({highest})"
            yield Problem(TRANSFERS, f"limits.{name}", expected)


def _rising(key: str, limits: Limits) -> Iterator[Problem]:
    for lower, upper in (("per_transfer", "per_day"), ("per_day", "per_month")):
        most = getattr(limits, upper)
        if getattr(limits, lower) > most:
            yield Problem(TRANSFERS, f"{key}.{lower}", f"expected at most {key}.{upper} ({most})")
