"""The circuit breaker's rules, as a table (CORE-03)."""

from datetime import UTC, datetime, timedelta

import pytest

from madoguchi.core_bank.http.rules import CLOSED, Circuit, Patience, entered, failed, given_up

PATIENCE = Patience(failures=3, rest=timedelta(seconds=10))
START = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)

TABLE = """
second | what happens | asked? | state afterwards
0      | answers      | yes    | closed
1      | fails        | yes    | closed
2      | fails        | yes    | closed
3      | answers      | yes    | closed
4      | fails        | yes    | closed
5      | fails        | yes    | closed
6      | fails        | yes    | open
7      | -            | no     | open
15     | -            | no     | open
16     | fails        | yes    | open
25     | -            | no     | open
26     | is given up  | yes    | half-open
27     | answers      | yes    | closed
28     | fails        | yes    | closed
"""


def state(circuit: Circuit, now: datetime) -> str:
    """Return the circuit's state in a word."""
    if circuit.open_until is None:
        return "closed"
    return "open" if now < circuit.open_until else "half-open"


@pytest.mark.requirement("CORE-03")
def test_the_table() -> None:
    """Three failures in a row open it for ten seconds; then one call's end decides."""
    circuit = CLOSED
    for line in TABLE.strip().splitlines()[1:]:
        second, happens, asked, after = (cell.strip() for cell in line.split("|"))
        now = START + timedelta(seconds=int(second))
        inside = entered(circuit, PATIENCE, now)
        assert (inside is not None) == (asked == "yes"), line
        if inside is not None:
            ends = {
                "answers": CLOSED,
                "fails": failed(inside, PATIENCE, now),
                "is given up": given_up(inside),
            }
            circuit = ends[happens]
        assert state(circuit, now) == after, line


@pytest.mark.requirement("CORE-03")
def test_half_open_lets_one_through() -> None:
    """While the one call that tries is under way, no other is sent."""
    open_one = Circuit(failures=3, open_until=START)
    trying = entered(open_one, PATIENCE, START)
    assert trying is not None
    assert entered(trying, PATIENCE, START + timedelta(hours=1)) is None


def test_a_clock_set_back_keeps_nothing_closed() -> None:
    """Where the end of the rest lies further ahead than any rest is long, a call is let through."""
    open_one = Circuit(failures=3, open_until=START + timedelta(hours=1))
    assert entered(open_one, PATIENCE, START) is not None
