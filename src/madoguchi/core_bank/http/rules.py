"""When a core is left alone for a while: the circuit breaker, as values (CORE-03). Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Patience:
    """So many link failures in a row open the circuit, for so long."""

    failures: int = 5
    rest: timedelta = timedelta(seconds=10)


@dataclass(frozen=True)
class Circuit:
    """How a core has answered lately.

    Closed: `open_until` is None, and everything is asked. Open: nothing is asked until that
    instant. Half-open, after it: one call is let through (`trying`), and its end decides.
    """

    failures: int = 0
    open_until: datetime | None = None
    trying: bool = False


CLOSED = Circuit()


def entered(circuit: Circuit, patience: Patience, now: datetime) -> Circuit | None:
    """Return the circuit with one more call under way, or None where the core is left alone."""
    if circuit.open_until is None:
        return circuit
    # more than a whole rest ahead: the machine's clock was set back
    if now < circuit.open_until <= now + patience.rest or circuit.trying:
        return None
    return Circuit(circuit.failures, circuit.open_until, trying=True)


def failed(circuit: Circuit, patience: Patience, now: datetime) -> Circuit:
    """Return the circuit after a call that the link failed."""
    failures = circuit.failures + 1
    return Circuit(failures, now + patience.rest if failures >= patience.failures else None)


def given_up(circuit: Circuit) -> Circuit:
    """Return the circuit after a call that says nothing of the core: its caller went away."""
    return Circuit(circuit.failures, circuit.open_until)
