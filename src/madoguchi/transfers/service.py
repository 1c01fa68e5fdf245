"""Transfers, as doors use them: look up, quote, accept, execute, find, cancel, decide."""

from collections.abc import Sequence
from datetime import datetime

from madoguchi.core_bank.port import Call, CoreBank
from madoguchi.institutions import Institution, Limits
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import Kind, Schedule
from madoguchi.transfers import accepting, deciding, limiting, looking_up, payees, store
from madoguchi.transfers.executing import Executor
from madoguchi.transfers.model import (
    ContractLimits,
    Order,
    Payee,
    Quote,
    RegisteredPayee,
    Signs,
    Transfer,
    TransferState,
)
from madoguchi.transfers.outcomes import (
    Accepted,
    Approved,
    Cancelled,
    LimitsRefused,
    NameNeeded,
    NicknameUnusable,
    NoSuchPayeeAccount,
    NoSuchTransfer,
    OrderRefused,
    PayeeRegistered,
    QuoteChanged,
    RefusedByStaff,
    TooLate,
    TooManyPayees,
)
from madoguchi.transfers.ports import TransfersPorts
from madoguchi.transfers.scheduling import Rescue


class Transfers:
    """All that is done with transfers; made once in `app`, for web and worker alike.

    Whatever takes a `tx` works in the caller's transaction and never asks a core; `execute` opens
    its own, and asks the core outside of them.
    """

    def __init__(self, ports: TransfersPorts) -> None:
        self._ports = ports
        self._executor = Executor(ports)

    # Before confirming ---------------------------------------------------------------------------

    async def look_up_payee(
        self, core: CoreBank, call: Call, *, bank_code: str, bank_name: str, branch_code: str,
        branch_name: str, kind: str, number: str,
    ) -> Payee | NoSuchPayeeAccount | NameNeeded:  # fmt: skip
        """Return whose account it is, as the core or the other bank says (RET-17).

        `kind` is ordinary, savings or current; `number` has 7 digits. Raises `CoreUnavailable`.
        """
        return await looking_up.look_up_payee(
            core, call, bank_code=bank_code, bank_name=bank_name, branch_code=branch_code,
            branch_name=branch_name, kind=kind, number=number,
        )  # fmt: skip

    async def look_at_balance(
        self, core: CoreBank, call: Call, quote: Quote
    ) -> OrderRefused | None:
        """Refuse early what today's balance does not cover; what counts is the hold (RET-19).

        A reservation is not looked at: its money may still come. Raises `CoreUnavailable`.
        """
        return await looking_up.look_at_balance(core, call, quote)

    async def quote(
        self, tx: Tx, institution: Institution, order: Order, now: datetime
    ) -> Quote | OrderRefused:
        """Return what the order would cost and when it would be executed (RET-19 to RET-22).

        It needs a code for today, where the institution wants one for every reservation, and for a
        payee who is not known: neither registered nor paid a day ago or longer (RET-24).
        """
        return await accepting.quote(tx, institution, order, now)

    # Confirming and executing --------------------------------------------------------------------

    async def accept(
        self, tx: Tx, institution: Institution, order: Order, quote: Quote,
        *, once: str, signs: Signs, now: datetime,
    ) -> Accepted | OrderRefused | QuoteChanged:  # fmt: skip
        """Write the order down, once for each (contract, `once`), and have it executed (RET-18).

        Exact under any number at once: limits hold, and the second call gets the first's answer.
        After the commit, call `execute` where the state is `accepted`.
        """
        return await accepting.accept(
            self._ports, tx, institution, order, quote, once=once, signs=signs, now=now
        )

    async def execute(self, institution_code: str, transfer_id: str) -> Transfer:
        """Move the money, exactly once however often and by however many this is called.

        State `executing` in the answer: the core's answer is not known yet and is asked for again
        by the worker. Raises `BrokenInvariant` where there is no such transfer.
        """
        return await self._executor.execute(institution_code, transfer_id)

    # Afterwards ----------------------------------------------------------------------------------

    async def find(
        self, tx: Tx, institution: Institution, contract_id: str, transfer_id: str
    ) -> Transfer | None:
        """Return the contract's transfer of that id."""
        return await store.find_of(tx, institution.code, contract_id, transfer_id)

    async def list_of(
        self, tx: Tx, institution: Institution, contract_id: str,
        *, states: Sequence[TransferState] = (), before: str = "", limit: int = 50,
    ) -> list[Transfer]:  # fmt: skip
        """Return the contract's transfers, newest first; `before` is the id of the last one seen.

        `states` empty: of every state.
        """
        return await store.list_of(tx, institution.code, contract_id, states, before, limit)

    async def cancel(
        self, tx: Tx, institution: Institution, contract_id: str, transfer_id: str,
        *, signs: Signs, now: datetime,
    ) -> Cancelled | TooLate | NoSuchTransfer:  # fmt: skip
        """Call a reservation off until the evening before, or one that awaits review (RET-23)."""
        return await deciding.cancel(
            self._ports, tx, institution, contract_id, transfer_id, signs=signs, now=now
        )

    async def note_return(
        self, tx: Tx, institution: Institution, hold_id: str, now: datetime, *, reason: str = ""
    ) -> bool:
        """Note that the other bank sent the money back (the core's TRANSFER_RETURNED).

        False where no transfer has this hold: it is not ours. Once noted, again does nothing.
        """
        return await deciding.note_return(self._ports, tx, institution, hold_id, now, reason=reason)

    # Payees --------------------------------------------------------------------------------------

    async def register_payee(
        self, tx: Tx, institution: Institution, contract_id: str, payee: Payee, nickname: str,
        *, signs: Signs, now: datetime,
    ) -> PayeeRegistered | TooManyPayees | NicknameUnusable:  # fmt: skip
        """Keep a payee under a nickname ('': its own name); the same account is kept once.

        A new one is mailed to the customer.
        """
        return await payees.register(
            self._ports, tx, institution, contract_id, payee, nickname, signs=signs, now=now
        )

    async def list_payees(
        self, tx: Tx, institution: Institution, contract_id: str
    ) -> list[RegisteredPayee]:
        """Return the registered payees, by nickname."""
        return await payees.list_of(tx, institution.code, contract_id)

    async def remove_payee(
        self, tx: Tx, institution: Institution, contract_id: str, payee_id: str, *, signs: Signs
    ) -> bool:
        """Forget a registered payee; False where there is none of that id."""
        return await payees.remove(
            self._ports, tx, institution.code, contract_id, payee_id, signs=signs
        )

    async def recent_payees(
        self, tx: Tx, institution: Institution, contract_id: str, limit: int = 20
    ) -> list[Payee]:
        """Return whom the contract has paid, the latest first, each once: templates (RET-23)."""
        return await payees.recent(tx, institution.code, contract_id, limit)

    # Limits --------------------------------------------------------------------------------------

    async def limits_of(
        self, tx: Tx, institution: Institution, contract_id: str, now: datetime
    ) -> ContractLimits:
        """Return the limits in force, and those that will be (RET-22)."""
        return await limiting.limits_of(tx, institution, contract_id, now)

    async def used_of(
        self, tx: Tx, institution: Institution, contract_id: str, now: datetime
    ) -> tuple[Yen, Yen]:
        """Return what counts against today's and this month's limit."""
        return await limiting.used_of(tx, institution, contract_id, now)

    async def lower_limits(
        self, tx: Tx, institution: Institution, contract_id: str, limits: Limits,
        *, signs: Signs, now: datetime,
    ) -> ContractLimits | LimitsRefused:  # fmt: skip
        """Lower them at once; a raise that waits for tomorrow is dropped."""
        return await limiting.lower(
            self._ports, tx, institution, contract_id, limits, signs=signs, now=now
        )

    async def raise_limits(
        self, tx: Tx, institution: Institution, contract_id: str, limits: Limits,
        *, signs: Signs, now: datetime,
    ) -> ContractLimits | LimitsRefused:  # fmt: skip
        """Raise them from the next Japan day; the caller has made a strong check (RET-22)."""
        return await limiting.raise_(
            self._ports, tx, institution, contract_id, limits, signs=signs, now=now
        )

    # Staff ---------------------------------------------------------------------------------------

    async def list_held(self, tx: Tx, institution: Institution, limit: int = 100) -> list[Transfer]:
        """Return what awaits review, oldest first (RET-24)."""
        return await store.list_held(tx, institution.code, limit)

    async def list_late(
        self, tx: Tx, institution: Institution, before: datetime, limit: int = 100
    ) -> list[Transfer]:
        """Return what should have been executed before `before` and is not over, oldest first.

        The core has not answered, or answers what it never may: the technical log says which.
        """
        return await store.list_late(tx, institution.code, before, limit)

    async def find_for_staff(
        self, tx: Tx, institution: Institution, transfer_id: str
    ) -> Transfer | None:
        """Return the institution's transfer of that id, whoever ordered it."""
        return await store.find(tx, institution.code, transfer_id)

    async def approve(
        self, tx: Tx, institution: Institution, transfer_id: str, *, by: str, now: datetime
    ) -> Approved | TooLate | NoSuchTransfer | OrderRefused:
        """Let a held transfer go; where its day has passed, on the next day it can.

        `OrderRefused` where that other day's limits do not allow it, or the payer's contract is
        stopped (contract-stopped, account-unusable); it stays held.
        """
        return await deciding.approve(self._ports, tx, institution, transfer_id, by=by, now=now)

    async def refuse(
        self, tx: Tx, institution: Institution, transfer_id: str,
        *, by: str, reason: str, now: datetime,
    ) -> RefusedByStaff | TooLate | NoSuchTransfer:  # fmt: skip
        """Stop a held transfer, or a reservation that is not begun: customers are told to call.

        The customer is mailed; `reason` is for the log.
        """
        return await deciding.refuse(
            self._ports, tx, institution, transfer_id, by=by, reason=reason, now=now
        )

    # The worker ----------------------------------------------------------------------------------

    def kinds(self) -> list[Kind]:
        """Return the kinds of jobs for the worker."""
        return [self._executor.kind()]

    def schedules(self) -> list[Schedule]:
        """Return what the worker does every so often."""
        return [Rescue(self._ports).schedule()]
