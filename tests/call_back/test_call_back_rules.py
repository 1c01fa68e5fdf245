"""Which attempt a call is for: the rules alone."""

from datetime import UTC, datetime, timedelta

import pytest

from madoguchi.call_back import Ambiguous, Attempt, Confirmed, Reason, State, TooLate, Waiting
from madoguchi.call_back.rules import judge, numbers_to_draw_from, status_of

SHOWN = datetime(2026, 11, 20, tzinfo=UTC)
END = SHOWN + timedelta(seconds=120)
INSTANT = timedelta(microseconds=1)
NUMBER, OTHER = "+81120000001", "+81120000002"


def attempt(owner: str = "a", number: str = NUMBER, state: State = State.WAITING) -> Attempt:
    return Attempt("9901", owner, number, SHOWN, END, state)


@pytest.mark.requirement("LINK-21", "LINK-22")
@pytest.mark.parametrize(
    ("arrived_at", "result"),
    [
        (SHOWN - INSTANT, Reason.TOO_EARLY),
        (SHOWN, (attempt(),)),
        (END, (attempt(),)),
        (END + INSTANT, Reason.TOO_LATE),
    ],
)
def test_a_call_counts_from_the_screens_showing_to_the_end_of_the_time(
    arrived_at: datetime, result: object
) -> None:
    """Both ends of the 120 seconds are in, an instant beyond either is out."""
    assert judge([attempt()], NUMBER, arrived_at) == result


@pytest.mark.requirement("LINK-22")
@pytest.mark.parametrize(
    ("attempts", "reason"),
    [
        ([], Reason.NOBODY),
        ([attempt(number=OTHER)], Reason.OTHER_NUMBER),
        ([attempt(state=State.CALLED)], Reason.USED),
        ([attempt(state=State.SPENT)], Reason.USED),
        ([attempt(state=State.AMBIGUOUS)], Reason.USED),
    ],
)
def test_a_call_that_fits_nothing_says_why(attempts: list[Attempt], reason: Reason) -> None:
    """Staff can tell a customer what went wrong with a call."""
    assert judge(attempts, NUMBER, SHOWN) is reason


@pytest.mark.requirement("LINK-22")
def test_two_waiting_attempts_are_both_given_back() -> None:
    """A call that fits two attempts is nobody's; one on another number or used up is no rival."""
    first, second = attempt("a"), attempt("b")
    others = [attempt("c", OTHER), attempt("d", state=State.CALLED)]
    assert judge([first, second, *others], NUMBER, SHOWN) == (first, second)


@pytest.mark.requirement("LINK-23", "LINK-24")
@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.WAITING, Waiting(120)),
        (State.CALLED, Confirmed()),
        (State.SPENT, TooLate()),
        (State.AMBIGUOUS, Ambiguous()),
    ],
)
def test_the_status_follows_the_state_until_the_time_is_over(state: State, status: object) -> None:
    """In time each state has its answer; afterwards all are too late, confirmed or not."""
    assert status_of(attempt(state=state), SHOWN) == status
    assert status_of(attempt(state=state), END + INSTANT) == TooLate()


def test_no_attempt_is_too_late() -> None:
    """Who has no attempt starts over."""
    assert status_of(None, SHOWN) == TooLate()


@pytest.mark.requirement("LINK-20")
def test_numbers_that_are_being_shown_are_avoided_where_possible() -> None:
    """Only where all are taken may two attempts of one phone show the same number."""
    assert numbers_to_draw_from([NUMBER, OTHER], [NUMBER]) == [OTHER]
    assert numbers_to_draw_from([NUMBER], [NUMBER]) == [NUMBER]
