"""Settings of internet banking: defaults as specified, and what contradicts itself is told."""

from datetime import date
from typing import Any

import pytest

from madoguchi.institutions import Rejected, settings_from
from tests.institutions.documents import documents, sample_institution

TEXT = {"ja": "質問", "en": "Question"}
WATER = {
    "code": "water", "kind": "water", "name": TEXT, "digits": 8, "number_hint": TEXT,
}  # fmt: skip
KINDS = ("own", "same_branch", "other_branch", "other_bank")


def questions(*keys: str) -> list[dict[str, Any]]:
    return [{"key": key, "text": TEXT} for key in keys]


def table(valid_from: str, *more: dict[str, Any], without: str = "") -> dict[str, Any]:
    """Return a table that is right but for what is added or left out."""
    fees = [{"destination": kind, "member": 0, "other": 0} for kind in KINDS if kind != without]
    return {"valid_from": date.fromisoformat(valid_from), "fees": [*fees, *more]}


def limits(once: int, day: int, month: int) -> dict[str, int]:
    return {"per_transfer": once, "per_day": day, "per_month": month}


@pytest.mark.requirement("INST-02", "RET-04", "RET-07", "RET-12", "RET-16", "RET-19", "RET-21")
def test_internet_banking_has_the_specified_defaults() -> None:
    """What is left out is as the specification states."""
    settings = sample_institution()
    retail, transfers = settings.retail, settings.transfers
    assert (retail.login_id_shortest, retail.login_id_longest) == (6, 12)
    assert (retail.password_shortest, retail.password_longest) == (6, 12)
    assert (retail.idle_minutes, retail.one_session, retail.statement_days) == (10, True, 90)
    assert (transfers.reserve_days, transfers.current_account_until) == (30, "15:00")
    fees = {
        (fee.destination, fee.amount_from): (fee.member, fee.other)
        for fee in transfers.fee_tables[0].fees
    }
    assert fees == {
        ("own", 0): (0, 0),
        ("same_branch", 0): (0, 0),
        ("other_branch", 0): (110, 110),
        ("other_bank", 0): (220, 220),
        ("other_bank", 30_000): (330, 440),
    }


@pytest.mark.requirement("INST-01")
@pytest.mark.parametrize(
    ("changes", "file", "key", "expected"),
    [
        ({"retail__password_shortest": 13}, "retail", "password_shortest", "password_longest (12)"),
        ({"retail__login_id_shortest": 13}, "retail", "login_id_shortest", "login_id_longest (12)"),
        ({"retail__ask_at": 101}, "retail", "ask_at", "at most stop_at (100)"),
        (
            {"retail__idle_minutes": 30, "retail__absolute_minutes": 20},
            *("retail", "idle_minutes", "at most absolute_minutes (20)"),
        ),
        (
            {"retail__questions": questions("a", "b", "c", "a")},
            *("retail", "questions[].key", '"a" stands there 2 times'),
        ),
        ({"retail__questions": questions("a", "b")}, "retail", "questions", "at least 3"),
        (
            {"retail__utilities": [WATER, WATER]},
            *("retail", "utilities[].code", '"water" stands there 2 times'),
        ),
        (
            {"transfers__fee_tables": [table("2026-04-01"), table("2026-04-01")]},
            *("transfers", "fee_tables[].valid_from", "a later day than the one before"),
        ),
        (
            {"transfers__fee_tables": [table("2027-04-01"), table("2026-04-01")]},
            *("transfers", "fee_tables[].valid_from", "a later day than the one before"),
        ),
        (
            {
                "transfers__fee_tables": [
                    table(
                        "2026-04-01",
                        {
                            "destination": "other_bank", "member": 1, "other": 1,
                            "amount_from": 1,
                        },
                        without="other_bank",
                    )
                ]
            },
            *("transfers", "fee_tables[0].fees", 'a fee for "other_bank" from 0 yen'),
        ),
        (
            {
                "transfers__fee_tables": [
                    table("2026-04-01", {"destination": "own", "member": 1, "other": 1})
                ]
            },
            *("transfers", "fee_tables[0].fees", '"own from 0 yen" stands there 2 times'),
        ),
        (
            {"transfers__limits": limits(3_000_000, 2_000_000, 10_000_000)},
            *("transfers", "limits.per_transfer", "at most limits.per_day (2000000)"),
        ),
        (
            {"transfers__highest_limits": limits(5_000_000, 60_000_000, 50_000_000)},
            *("transfers", "highest_limits.per_day", "at most highest_limits.per_month"),
        ),
        (
            {"transfers__limits": limits(1_000_000, 20_000_000, 30_000_000)},
            *("transfers", "limits.per_day", "at most highest_limits.per_day (10000000)"),
        ),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_told(
    changes: dict[str, Any], file: str, key: str, expected: str
) -> None:
    """Each contradiction gives exactly one problem, at its file and key, in words."""
    read = settings_from(documents(**changes))
    assert isinstance(read, Rejected)
    (problem,) = read.problems
    assert (problem.file, problem.key) == (f"{file}.toml", key)
    assert expected in problem.expected


@pytest.mark.requirement("INST-01")
def test_the_same_question_three_times_is_not_three_questions() -> None:
    """Both are told: the doubles, and that there are not enough."""
    read = settings_from(documents(retail__questions=questions("a", "a", "a")))
    assert isinstance(read, Rejected)
    assert [problem.key for problem in read.problems] == ["questions[].key", "questions"]
