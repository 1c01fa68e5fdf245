"""What the branch does with contracts: make, new passwords, stop, resume, accounts (RET-01).

Each is one act in the caller's transaction, logged under who did it, and mailed where the customer
has given an address. The provisional passwords are returned once, for the letter, and are readable
nowhere afterwards.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from madoguchi.core_bank.port import (
    Account,
    AccountKind,
    AccountStatus,
    Call,
    CoreBank,
    Holder,
    HolderKind,
)
from madoguchi.customers import (
    AlreadyContracted,
    CardAccountStays,
    Contract,
    ContractAccount,
    ContractState,
    Language,
    NewContract,
)
from madoguchi.institutions import Institution, RetailSettings
from madoguchi.kernel.entropy import Entropy
from madoguchi.kernel.errors import must
from madoguchi.kernel.phone import to_national
from madoguchi.notices import Notice, sender_of
from madoguchi.operations_log import Entry
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.templates.formats import format_moment
from madoguchi.sign_in import locks, secrets, sessions
from madoguchi.sign_in.events import SignInEvent
from madoguchi.sign_in.model import Secret, Why
from madoguchi.sign_in.outcomes import (
    ContractNotStopped,
    ContractStopped,
    Made,
    NoSuchAccount,
    NoSuchContract,
    NotEligible,
    NotHis,
)
from madoguchi.sign_in.ports import SignInPorts
from madoguchi.sign_in.rules import PersonalFacts, password_problem

CARD_KINDS = (AccountKind.ORDINARY, AccountKind.SAVINGS, AccountKind.CURRENT)
"""What may stand on a contract card. Time deposits can be under the contract, not on the card."""
PROVISIONAL_LENGTH = 8
LETTERS = "acdefhjkmnprtuvwxy"
DIGITS = "23456789"
"""Without o and 0, i, l and 1, nor what is read for a digit: z, s, b, g, q; no capitals."""


class Contracts:
    """The branch's side of contracts, for staff; made once in `app`.

    `by` is who acts: `staff:NAME`. Reads of the core raise `CoreUnavailable`, and then nothing is
    done.
    """

    def __init__(self, ports: SignInPorts) -> None:
        self._ports = ports

    async def make_contract(  # noqa: PLR0913 -- each is of another kind
        self, tx: Tx, institution: Institution, core: CoreBank, call: Call, *, branch_code: str,
        kind: str, number: str, by: str, now: datetime,
        accounts: Sequence[str] | None = None, language: Language = "ja",
    ) -> Made | NoSuchAccount | NotEligible | NotHis | AlreadyContracted:  # fmt: skip
        """Make a contract with the account on its card, and provisional passwords (RET-01).

        Under it come all open accounts of the holder, or those of `accounts` (the core's ids). The
        card's comes first in any case.
        """
        found = await core.find_account(call, branch_code, AccountKind(kind), number)
        if found is None:
            return NoSuchAccount()
        holder = must(await core.holder(call, found.holder_id), "the account's holder")
        refused = _not_eligible(found, holder)
        if refused is not None:
            return refused
        others = await core.accounts_of(call, found.holder_id)
        chosen = _chosen(found, others, accounts)
        if isinstance(chosen, NotHis):
            return chosen
        new = NewContract(
            holder_id=found.holder_id, branch_code=branch_code, account_kind=kind,
            account_number=number, accounts=chosen, language=language,
        )  # fmt: skip
        made = await self._ports.customers.make(tx, institution.code, new, by=by, now=now)
        if isinstance(made, AlreadyContracted):
            return made
        return await self._issue(tx, institution, made, holder, now)

    async def reissue(
        self, tx: Tx, institution: Institution, core: CoreBank, call: Call, contract_id: str,
        *, reason: str, by: str, now: datetime,
    ) -> Made | NoSuchContract | ContractStopped:  # fmt: skip
        """Give new provisional passwords in place of lost ones.

        Whoever has a login ID keeps it, and his questions; at the next login the passwords are
        changed and the data checked as at the first. All sessions end, and the locks of both
        passwords: nobody has tried the new ones.
        """
        contract = await self._held(tx, institution, contract_id)
        if not isinstance(contract, Contract):
            return contract
        holder = must(await core.holder(call, contract.holder_id), "the contract's holder")
        if contract.state is not ContractState.PROVISIONAL:
            contract = await self._ports.customers.begin_anew(tx, contract, by=by, now=now)
        for lock in (locks.Locks.LOGIN_PASSWORD, locks.Locks.CONFIRMATION_PASSWORD):
            await locks.release(
                self._ports, tx, institution, contract, lock, by=by, reason=reason, now=now
            )
        await self._end_sessions(tx, contract, "logged-out", now)
        issued = await self._issue(tx, institution, contract, holder, now)
        self._log(tx, contract, SignInEvent.REISSUED, by, reason)
        await self._tell(tx, institution, contract, "reissued", now)
        return issued

    async def stop(
        self, tx: Tx, institution: Institution, contract_id: str,
        *, reason: str, by: str, now: datetime,
    ) -> Contract | NoSuchContract | ContractStopped:  # fmt: skip
        """Let nobody enter any more, from this commit on: every session ends."""
        contract = await self._held(tx, institution, contract_id)
        if not isinstance(contract, Contract):
            return contract
        stopped = await self._ports.customers.stop(tx, contract, reason=reason, by=by, now=now)
        await self._end_sessions(tx, contract, "stopped", now)
        await self._tell(tx, institution, stopped, "stopped", now)
        return stopped

    async def resume(
        self, tx: Tx, institution: Institution, contract_id: str,
        *, reason: str, by: str, now: datetime,
    ) -> Contract | NoSuchContract | ContractNotStopped | AlreadyContracted:  # fmt: skip
        """Make a stopped contract what it was before."""
        contract = await self._held(tx, institution, contract_id)
        match contract:
            case NoSuchContract():
                return contract
            case Contract():
                return ContractNotStopped(contract)
            case ContractStopped(stopped):
                resumed = await self._ports.customers.resume(
                    tx, stopped, reason=reason, by=by, now=now
                )
        if isinstance(resumed, Contract):
            await self._tell(tx, institution, resumed, "resumed", now)
        return resumed

    async def add_account(
        self, tx: Tx, institution: Institution, contract_id: str, account: Account,
        *, by: str, now: datetime,
    ) -> Contract | NoSuchContract | ContractStopped | NotEligible | NotHis:  # fmt: skip
        """Put an open account of the same holder under the contract (RET-15)."""
        contract = await self._held(tx, institution, contract_id)
        if not isinstance(contract, Contract):
            return contract
        if account.holder_id != contract.holder_id:
            return NotHis(account.id)
        if account.status is not AccountStatus.OPEN:
            return NotEligible(account.status)
        added = await self._ports.customers.add_account(
            tx, contract, _contract_account(account), by=by, now=now
        )
        if len(added.accounts) > len(contract.accounts):
            await self._tell(tx, institution, added, "account-added", now)
        return added

    async def remove_account(
        self, tx: Tx, institution: Institution, contract_id: str, account_id: str,
        *, by: str, now: datetime,
    ) -> Contract | NoSuchContract | ContractStopped | NotHis | CardAccountStays:  # fmt: skip
        """Take an account off the contract; it need not be open any more."""
        contract = await self._held(tx, institution, contract_id)
        if not isinstance(contract, Contract):
            return contract
        account = next((one for one in contract.accounts if one.account_id == account_id), None)
        if account is None:
            return NotHis(account_id)
        removed = await self._ports.customers.remove_account(tx, contract, account, by=by, now=now)
        if isinstance(removed, Contract):
            await self._tell(tx, institution, removed, "account-removed", now)
        return removed

    async def _held(
        self, tx: Tx, institution: Institution, contract_id: str
    ) -> Contract | NoSuchContract | ContractStopped:
        """Return the contract, held against changes until the transaction ends."""
        found = await self._ports.customers.find_locked(tx, institution.code, contract_id)
        if found is None:
            return NoSuchContract()
        return ContractStopped(found) if found.state is ContractState.STOPPED else found

    async def _issue(
        self, tx: Tx, institution: Institution, contract: Contract, holder: Holder, now: datetime
    ) -> Made:
        settings, known = institution.retail, _known(contract, holder)
        login = draw_provisional(self._ports.entropy, settings, known=known)
        confirmation = draw_provisional(self._ports.entropy, settings, known=known, others=(login,))
        until = now + timedelta(days=settings.provisional_password_days)
        for secret, text in (
            (Secret.LOGIN_PASSWORD, login),
            (Secret.CONFIRMATION_PASSWORD, confirmation),
        ):
            await secrets.set_secret(self._ports, tx, contract, secret, text, until, now)
        return Made(contract, login, confirmation, until)

    async def _end_sessions(self, tx: Tx, contract: Contract, why: Why, now: datetime) -> None:
        await sessions.end_all(self._ports, tx, contract, why, now)

    async def _tell(
        self, tx: Tx, institution: Institution, contract: Contract, what: str, now: datetime
    ) -> None:
        """Mail the customer what was done with his contract, so that he can object (RET-31)."""
        if not contract.email:
            return
        language = contract.language
        notice = Notice(
            sender=sender_of(institution),
            event_key=f"contract-changed:{what}:{contract.id}:{now.isoformat()}",
            template="contract-changed",
            language=language,
            to=contract.email,
            values={
                "what": self._ports.texts(f"sign-in.contract.{what}", language=language),
                "at": format_moment(now, language),
            },
        )
        await self._ports.notices.send(tx, notice)

    def _log(self, tx: Tx, contract: Contract, event: SignInEvent, by: str, reason: str) -> None:
        entry = Entry(
            contract.institution, event, "done", actor=by, subject=contract.id, reason=reason
        )
        self._ports.log.append(tx, entry)


def draw_provisional(
    entropy: Entropy, settings: RetailSettings, *, known: PersonalFacts, others: Sequence[str] = ()
) -> str:
    """Return a password for the letter, that reads well and satisfies the institution's rules."""
    shortest, longest = settings.password_shortest, settings.password_longest
    length = min(max(PROVISIONAL_LENGTH, shortest), longest)
    while True:
        drawn = "".join(entropy.draw(LETTERS + DIGITS) for _ in range(length))
        if password_problem(settings, drawn, others=others, known=known) is None:
            return drawn


def _not_eligible(account: Account, holder: Holder) -> NotEligible | None:
    if account.status is not AccountStatus.OPEN:
        return NotEligible(account.status)
    if account.kind not in CARD_KINDS:
        return NotEligible("kind")
    return None if holder.kind is HolderKind.PERSON else NotEligible("not-a-person")


def _chosen(
    card: Account, his: Sequence[Account], wanted: Sequence[str] | None
) -> tuple[ContractAccount, ...] | NotHis:
    """Return the accounts for the contract, the card's first; `NotHis` where one is not his."""
    usable = {each.id: each for each in his if each.status is AccountStatus.OPEN}
    foreign = next((each for each in wanted or () if each not in usable), None)
    if foreign is not None:
        return NotHis(foreign)
    ids = dict.fromkeys((card.id, *(usable if wanted is None else wanted)))
    return tuple(_contract_account(usable.get(each, card)) for each in ids)


def _contract_account(account: Account) -> ContractAccount:
    return ContractAccount(account.id, account.branch_code, account.kind.value, account.number)


def _known(contract: Contract, holder: Holder) -> PersonalFacts:
    return PersonalFacts(
        login_id=contract.login_id,
        birth_date=holder.birth_date,
        phones=tuple(to_national(phone) for phone in holder.phones),
        account_numbers=tuple(account.number for account in contract.accounts),
    )
