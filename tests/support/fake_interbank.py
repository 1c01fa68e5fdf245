"""An interbank network in memory, which counts what it does."""

from collections import Counter

from madoguchi.core_bank import (
    AccountKind,
    NeverSeen,
    NoSuchPayee,
    PayeeName,
    PayeeNotOffered,
)
from madoguchi.core_bank.interbank import (
    Accepted,
    NoAnswer,
    Order,
    RefusedByNetwork,
    Returned,
)
from madoguchi.kernel.clock import Clock

Stands = Accepted | RefusedByNetwork


class FakeInterbank:
    """An `InterbankNetwork` of dictionaries; accepts everything unless a switch says otherwise.

    `down`: takes nothing and answers nothing. `silent`: takes orders, and answers nothing.
    `refuses`: orders are refused for this reason from now on.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.down = False
        self.silent = False
        self.refuses: str | None = None
        self.names: dict[tuple[str, str, AccountKind, str], str] = {}
        """Accounts whose names can be looked up; their banks then offer it for all accounts."""
        self.sends: Counter[str] = Counter()
        """How often each order was sent, also where nothing arrived."""
        self.effects: list[Order] = []
        """What was carried out."""
        self._orders: dict[tuple[str, str], Stands] = {}
        self._returned: dict[str, list[Returned]] = {}

    def give_back(
        self, institution: str, order_id: str, *, reason: str = "no such account"
    ) -> None:
        """Return an order's money."""
        returned = self._returned.setdefault(institution, [])
        cursor = str(len(returned) + 1)
        at = self.clock.now()
        returned.append(Returned(order_id=order_id, reason=reason, at=at, cursor=cursor))

    async def send(self, order: Order) -> Stands | NoAnswer:
        """Take the order once."""
        self.sends[order.id] += 1
        if self.down:
            return NoAnswer()
        place = (order.institution, order.id)
        if place not in self._orders:
            refused = RefusedByNetwork(self.refuses) if self.refuses else None
            self._orders[place] = refused or Accepted()
            if not refused:
                self.effects.append(order)
        return NoAnswer() if self.silent else self._orders[place]

    async def inquire(self, institution: str, order_id: str) -> Stands | NoAnswer | NeverSeen:
        """Say how an order stands."""
        if self.down or self.silent:
            return NoAnswer()
        return self._orders.get((institution, order_id), NeverSeen())

    async def payee_name(
        self, bank_code: str, branch_code: str, kind: AccountKind, number: str
    ) -> PayeeName | NoSuchPayee | PayeeNotOffered | NoAnswer:
        """Look a name up."""
        if self.down or self.silent:
            return NoAnswer()
        if bank_code not in {place[0] for place in self.names}:
            return PayeeNotOffered()
        name = self.names.get((bank_code, branch_code, kind, number))
        return NoSuchPayee() if name is None else PayeeName(name)

    async def returns(self, institution: str, since: str | None) -> tuple[Returned, ...] | NoAnswer:
        """Return what came back after the cursor, two at a time."""
        if self.down or self.silent:
            return NoAnswer()
        first = int(since or 0)
        return tuple(self._returned.get(institution, [])[first : first + 2])
