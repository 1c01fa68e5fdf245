"""The use cases of contracts, in the caller's transaction; every change is logged."""

from collections.abc import Mapping
from datetime import datetime

from madoguchi.customers import store
from madoguchi.customers.events import CustomerEvent
from madoguchi.customers.outcomes import (
    AlreadyContracted,
    CardAccountStays,
    ContractChanged,
    LoginIdTaken,
    NotProvisional,
)
from madoguchi.customers.rules import (
    ContactData,
    Contract,
    ContractAccount,
    ContractState,
    Language,
    NewContract,
    Search,
    Step,
    folded_login_id,
    is_card_account,
)
from madoguchi.customers.sealing import Sealing
from madoguchi.kernel.entropy import Entropy, new_id
from madoguchi.kernel.errors import must
from madoguchi.operations_log import Entry, OperationsLog
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Keys

MOST_LISTED = 1000


class Customers:
    """The contracts of internet banking, of every institution; made once in `app`.

    Changes take the contract as the caller has read it, and return it as it stands then. They raise
    `ContractChanged` where it was stopped, or went on to another state, in the meantime. `by` is
    who acts, for the log: a staff member, or the contract's id where the customer does.
    """

    def __init__(self, keys: Keys, entropy: Entropy, log: OperationsLog) -> None:
        self._sealing = Sealing(keys)
        self._entropy = entropy
        self._log = log

    async def make(
        self, tx: Tx, institution: str, new: NewContract, *, by: str, now: datetime
    ) -> Contract | AlreadyContracted:
        """Make a contract at the branch (RET-01): PROVISIONAL, without a login ID.

        That the accounts are the holder's is for the caller to see to.
        """
        must(new.holds_card_account(), "the contract card's account among the accounts")
        contract_id = new_id(self._entropy)
        card = (new.branch_code, new.account_kind, new.account_number)
        other = await self._live_beside(tx, institution, contract_id, new.holder_id, card)
        if other is not None:
            return AlreadyContracted(other)
        await tx.execute(
            store.MAKE, institution, contract_id, new.holder_id, *card, new.language, now
        )
        for account in new.accounts:
            await self._insert_account(tx, institution, contract_id, account)
        return await self._note(tx, (institution, contract_id), CustomerEvent.MADE, by)

    async def find(self, tx: Tx, institution: str, contract_id: str) -> Contract | None:
        """Return the contract, or None."""
        return self._opened(await tx.maybe(store.Row, store.FIND, institution, contract_id))

    async def find_locked(self, tx: Tx, institution: str, contract_id: str) -> Contract | None:
        """Return the contract, held against changes until the transaction ends."""
        await tx.execute(store.LOCK, institution, contract_id)
        return await self.find(tx, institution, contract_id)

    async def find_by_login_id(self, tx: Tx, institution: str, login_id: str) -> Contract | None:
        """Return the contract of a login ID, upper and lower case being one; stopped ones too."""
        folded = folded_login_id(login_id)
        return self._opened(await tx.maybe(store.Row, store.FIND_BY_LOGIN_ID, institution, folded))

    async def find_by_account(
        self, tx: Tx, institution: str, branch_code: str, kind: str, number: str
    ) -> Contract | None:
        """Return the contract with this account on its card (RET-03).

        The one that is not stopped, else the one made last.
        """
        account = (branch_code, kind, number)
        return self._opened(await tx.maybe(store.Row, store.FIND_BY_ACCOUNT, institution, *account))

    async def find_by_holder(self, tx: Tx, institution: str, holder_id: str) -> Contract | None:
        """Return the person's contract: the one that is not stopped, else the one made last."""
        return self._opened(await tx.maybe(store.Row, store.FIND_BY_HOLDER, institution, holder_id))

    async def list_contracts(
        self, tx: Tx, institution: str, search: Search, *, limit: int = 100
    ) -> list[Contract]:
        """Return the contracts that fit all that is searched for, newest first, 1,000 at most."""
        emails = self._sealing.email_hashes(institution, search.email) if search.email else None
        phones = (
            self._sealing.phone_hashes(institution, search.contact_phone)
            if search.contact_phone
            else None
        )
        account = (search.branch_code, search.account_kind, search.account_number)
        rows = await tx.many(
            store.Row, store.SEARCH, institution, folded_login_id(search.login_id),
            search.holder_id, emails, phones, search.state or "", *account,
            min(limit, MOST_LISTED),
        )  # fmt: skip
        return [self._sealing.opened(row) for row in rows]

    async def choose_login_id(
        self, tx: Tx, contract: Contract, login_id: str, now: datetime
    ) -> Contract | LoginIdTaken | NotProvisional:
        """Give a PROVISIONAL contract its login ID (RET-04); the form is checked by the caller.

        Of two contracts that choose one ID at once, one gets it. The same ID chosen twice by the
        same contract, as by two clicks, is chosen once.
        """
        must(login_id.isascii() and login_id, "a login ID of letters and digits")
        place = _place(contract)
        present = must(await self.find_locked(tx, *place), "the contract")
        if present.state is not ContractState.PROVISIONAL:
            same = folded_login_id(present.login_id or "") == folded_login_id(login_id)
            chosen = present.state is ContractState.FIRST_LOGIN and same
            return present if chosen else NotProvisional()
        folded = folded_login_id(login_id)
        claimed = await tx.value(
            store.CLAIM_LOGIN_ID, contract.institution, folded, contract.id, login_id
        )
        if claimed is None:
            return LoginIdTaken()
        await self._update(tx, contract, store.BEGIN_FIRST_LOGIN, now)
        return await self._note(tx, place, CustomerEvent.LOGIN_ID_CHOSEN, contract.id)

    async def note_step(self, tx: Tx, contract: Contract, step: Step, now: datetime) -> Contract:
        """Note that a step of the first login is done; a second time changes nothing."""
        await self._update(tx, contract, store.NOTE_STEP, now, step)
        return await self._note(
            tx, _place(contract), CustomerEvent.STEP_DONE, contract.id, detail={"step": step}
        )

    async def finish_first_login(
        self, tx: Tx, contract: Contract, data: ContactData, now: datetime
    ) -> Contract:
        """Make the contract ACTIVE (RET-06); the mail address stands as not confirmed.

        Raises `ContractChanged` where a step is not done, too.
        """
        place = _place(contract)
        email = self._sealing.email(*place, data.email)
        phone = self._sealing.phone(*place, data.contact_phone)
        await self._update(
            tx, contract, store.FINISH_FIRST_LOGIN, now, *email, *phone, data.dm_wanted
        )
        return await self._note(
            tx, _place(contract), CustomerEvent.FIRST_LOGIN_FINISHED, contract.id
        )

    async def begin_anew(self, tx: Tx, contract: Contract, *, by: str, now: datetime) -> Contract:
        """Put a contract that has its login ID back to the first login: new passwords went by post.

        The questions stay done, and the mail address is told of things until another is given.
        """
        await self._update(tx, contract, store.BEGIN_ANEW, now)
        return await self._note(tx, _place(contract), CustomerEvent.BEGUN_ANEW, by)

    async def change_email(
        self, tx: Tx, contract: Contract, email: str, *, confirmed: bool, by: str, now: datetime
    ) -> Contract:
        """Change the mail address; `confirmed` where a code mailed to it was entered (RET-28)."""
        sealed = self._sealing.email(contract.institution, contract.id, email)
        await self._update(tx, contract, store.CHANGE_EMAIL, now, *sealed, confirmed)
        detail = {"confirmed": "yes" if confirmed else "no"}
        return await self._note(
            tx, _place(contract), CustomerEvent.EMAIL_CHANGED, by, detail=detail
        )

    async def confirm_email(
        self, tx: Tx, contract: Contract, email: str, *, by: str, now: datetime
    ) -> Contract:
        """Note that a code mailed to `email` was entered.

        Raises `ContractChanged` where that is not the contract's address any more.
        """
        hashes = self._sealing.email_hashes(contract.institution, email)
        await self._update(tx, contract, store.CONFIRM_EMAIL, now, hashes)
        return await self._note(tx, _place(contract), CustomerEvent.EMAIL_CONFIRMED, by)

    async def change_contact(
        self, tx: Tx, contract: Contract, phone: str | None, *, dm_wanted: bool, by: str,
        now: datetime,
    ) -> Contract:  # fmt: skip
        """Change the contact phone (None: none) and whether DM is wanted (RET-28)."""
        sealed = self._sealing.phone(contract.institution, contract.id, phone)
        await self._update(tx, contract, store.CHANGE_CONTACT, now, *sealed, dm_wanted)
        return await self._note(tx, _place(contract), CustomerEvent.CONTACT_CHANGED, by)

    async def change_language(
        self, tx: Tx, contract: Contract, language: Language, *, by: str, now: datetime
    ) -> Contract:
        """Change what the customer is written to in."""
        await self._update(tx, contract, store.CHANGE_LANGUAGE, now, language)
        detail = {"language": language}
        return await self._note(
            tx, _place(contract), CustomerEvent.LANGUAGE_CHANGED, by, detail=detail
        )

    async def add_account(
        self, tx: Tx, contract: Contract, account: ContractAccount, *, by: str, now: datetime
    ) -> Contract:
        """Put an account under the contract (RET-15); one that is there already stays as it is.

        That it is the holder's own is for the caller to see to.
        """
        await self._update(tx, contract, store.TOUCH, now)
        await self._insert_account(tx, contract.institution, contract.id, account)
        detail = {"account_id": account.account_id}
        return await self._note(
            tx, _place(contract), CustomerEvent.ACCOUNT_ADDED, by, detail=detail
        )

    async def remove_account(
        self, tx: Tx, contract: Contract, account: ContractAccount, *, by: str, now: datetime
    ) -> Contract | CardAccountStays:
        """Take an account off the contract; the one on the contract card stays."""
        if is_card_account(contract, account):
            return CardAccountStays()
        await self._update(tx, contract, store.TOUCH, now)
        await tx.execute(
            store.REMOVE_ACCOUNT, contract.institution, contract.id, account.account_id
        )
        detail = {"account_id": account.account_id}
        return await self._note(
            tx, _place(contract), CustomerEvent.ACCOUNT_REMOVED, by, detail=detail
        )

    async def stop(
        self, tx: Tx, contract: Contract, *, reason: str, by: str, now: datetime
    ) -> Contract:
        """Let nobody enter any more; ending the sessions is for the caller.

        A contract that is stopped already stays as it is.
        """
        place = _place(contract)
        if await tx.value(store.STOP, *place, now, reason) is None:
            return must(await self.find(tx, *place), "the contract")
        return await self._note(tx, place, CustomerEvent.STOPPED, by, reason=reason)

    async def resume(
        self, tx: Tx, contract: Contract, *, reason: str, by: str, now: datetime
    ) -> Contract | AlreadyContracted:
        """Make a stopped contract what it was before; one that is not stopped stays as it is."""
        place = _place(contract)
        card = (contract.branch_code, contract.account_kind, contract.account_number)
        other = await self._live_beside(tx, *place, contract.holder_id, card)
        if other is not None:
            return AlreadyContracted(other)
        if await tx.value(store.RESUME, *place, now) is None:
            return must(await self.find(tx, *place), "the contract")
        return await self._note(tx, place, CustomerEvent.RESUMED, by, reason=reason)

    async def _live_beside(
        self, tx: Tx, institution: str, contract_id: str, holder_id: str,
        card: tuple[str, str, str],
    ) -> str | None:  # fmt: skip
        """Return the person's, or the account's, other contract that is not stopped.

        None comes to be, and none is resumed, for either until the transaction ends.
        """
        await tx.execute(store.TURN, institution, "holder", holder_id)
        await tx.execute(store.TURN, institution, "card", "-".join(card))
        found: str | None = await tx.value(
            store.LIVE_OF, institution, contract_id, holder_id, *card
        )
        return found

    async def _insert_account(
        self, tx: Tx, institution: str, contract_id: str, account: ContractAccount
    ) -> None:
        await tx.execute(
            store.ADD_ACCOUNT, institution, contract_id, account.account_id, account.branch_code,
            account.kind, account.number,
        )  # fmt: skip

    async def _update(
        self, tx: Tx, contract: Contract, sql: str, now: datetime, *values: object
    ) -> None:
        """Run an update that guards the state by itself; raise where it touched nothing."""
        done = await tx.value(sql, contract.institution, contract.id, now, *values)
        if done is None:
            raise ContractChanged(f"contract {contract.id} was seen as {contract.state}")

    async def _note(
        self, tx: Tx, place: tuple[str, str], event: CustomerEvent, by: str, *, reason: str = "",
        detail: Mapping[str, str] | None = None,
    ) -> Contract:  # fmt: skip
        """Log the change by the contract's id alone, and return the contract as it stands now."""
        entry = Entry(
            place[0], event, "done", actor=by, subject=place[1], reason=reason, detail=detail or {}
        )
        self._log.append(tx, entry)
        return must(await self.find(tx, *place), "the contract just changed")

    def _opened(self, row: store.Row | None) -> Contract | None:
        return None if row is None else self._sealing.opened(row)


def _place(contract: Contract) -> tuple[str, str]:
    return contract.institution, contract.id
