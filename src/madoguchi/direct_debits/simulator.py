"""Utility companies for the demo: they answer by the end of the customer number, after an hour.

They keep nothing: what they answer follows from the application alone. What each number does stands
in docs/operations/simulators.md.
"""

from datetime import timedelta

from madoguchi.direct_debits.ports import Confirmed, NoAnswer, Pending, Received, Refused
from madoguchi.direct_debits.rules import Application
from madoguchi.kernel.clock import Clock

DECIDES_AFTER = timedelta(hours=1)
UNREACHABLE_FOR = timedelta(hours=2)
REFUSALS = {"9": "no-such-customer", "8": "name-differs"}
"""Why a number is refused, by its last digit."""
UNREACHABLE = "7"
"""The last digit of a number whose company cannot be reached for two hours."""


class UtilitySimulator:
    """The invented companies of the demo's settings."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def send(self, application: Application) -> Received | NoAnswer:
        """Take the application, sooner or later."""
        late = application.customer_number.endswith(UNREACHABLE)
        return NoAnswer() if late and self._age(application) < UNREACHABLE_FOR else Received()

    async def answer(self, application: Application) -> Confirmed | Refused | Pending | NoAnswer:
        """Confirm after an hour, or refuse."""
        if self._age(application) < DECIDES_AFTER:
            return Pending()
        reason = REFUSALS.get(application.customer_number[-1:])
        return Refused(reason) if reason else Confirmed()

    def _age(self, application: Application) -> timedelta:
        return self._clock.now() - (application.sent_at or application.applied_at)
