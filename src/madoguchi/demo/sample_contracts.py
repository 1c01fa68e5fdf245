"""Sample contracts of internet banking: some new, some at their first login, some in daily use.

All passwords and answers are invented, and stand on the demo's first page.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec

from madoguchi.core_bank import AccountStatus, Call, CoreBank
from madoguchi.customers import (
    ContactData,
    Contract,
    ContractAccount,
    ContractState,
    Customers,
    NewContract,
)
from madoguchi.demo.sample_people import SampleCustomer, sample_customers
from madoguchi.institutions import Institution
from madoguchi.kernel.entropy import Entropy
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.keys import Keys
from madoguchi.sign_in import Cost, Hasher, QuestionAnswer, Secret, SignIn, SignInPorts

ACTOR = "demo"
PATIENCE = timedelta(seconds=30)
ANSWERS = {"first-school": "見本小学校", "first-pet": "シロ", "favourite-dish": "カレー"}
"""The same for everybody, by the questions' keys, which both sample institutions have."""
WITH_SYMBOLS = "#26"
"""What a password ends in where the institution allows symbols."""
STATES = {
    ContractState.PROVISIONAL: "new",
    ContractState.FIRST_LOGIN: "first_login",
    ContractState.ACTIVE: "ready",
    ContractState.STOPPED: "stopped",
}
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
"""For records that nobody can time before he has logged in; a right check brings them up to full
cost. So filling stays quick, and how long a login takes tells nothing of whether an ID exists."""


class SampleContract(msgspec.Struct, frozen=True):
    """A contract of the sample customer whose first account has this number."""

    number: str
    state: Literal["new", "first_login", "ready"]
    login_password: str
    confirmation_password: str
    login_id: str | None = None
    email_confirmed: bool = True


SAMPLES = (
    SampleContract("1234567", "ready", "kaze19noumi", "yama47kara", "mihontaro1"),
    SampleContract("6789012", "ready", "sora28noiro", "mori63made", "reisaburo3"),
    SampleContract(
        "7890123", "ready", "yuki74nomi", "hoshi85yori", "mihonsachi5", email_confirmed=False
    ),
    SampleContract("4445551", "ready", "ame36nohana", "kumo92goro", "reigoro55"),
    SampleContract("2345678", "first_login", "hana58ntkx", "pera27mkfd", "reihanako2"),
    SampleContract("4445554", "first_login", "tuka83wcpn", "nexa46rhvy", "reiyae88"),
    SampleContract("4445552", "new", "mupa62xdkr", "hefa94twcn"),
    SampleContract("4445553", "new", "kexu37nyda", "ravu85pmjc"),
)


class Texts(Protocol):
    """The catalogue."""

    @property
    def text(self) -> Callable[..., str]:
        """Return a text by its key."""
        ...


class Bank(Protocol):
    """What is needed of the product's runtime to make contracts."""

    @property
    def database(self) -> Database:
        """The database."""
        ...

    @property
    def counters(self) -> Database:
        """The pool for counters."""
        ...

    @property
    def log(self) -> OperationsLog:
        """The operations log."""
        ...

    @property
    def keys(self) -> Keys:
        """The keys."""
        ...

    @property
    def entropy(self) -> Entropy:
        """Where randomness comes from."""
        ...

    @property
    def notices(self) -> Notices:
        """Mails."""
        ...

    @property
    def templates(self) -> Texts:
        """The catalogue."""
        ...

    def core_of(self, institution: Institution) -> CoreBank:
        """Return an institution's core banking system."""
        ...


class ContractsFiller:
    """Makes the sample contracts; one that is there stays as its customer has made it."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._customers = Customers(bank.keys, bank.entropy, bank.log)
        self._hashers = (Hasher(bank.keys, threads=2), Hasher(bank.keys, cost=CHEAP))
        self._sign_in, self._quick = (self._signing_in(each) for each in self._hashers)

    async def fill(self, institution: Institution, now: datetime) -> list[dict[str, Any]]:
        """Make the institution's contracts, all or none; return them for the ready file."""
        people = {person.account_number: person for person in sample_customers(institution.code)}
        async with self._bank.database.transaction() as tx:
            return [
                _entry(
                    institution, sample, people[sample.number],
                    await self._contract(tx, institution, sample, people[sample.number], now),
                )
                for sample in SAMPLES
            ]  # fmt: skip

    def close(self) -> None:
        """End the threads that hash."""
        for hasher in self._hashers:
            hasher.close()

    def _signing_in(self, hasher: Hasher) -> SignIn:
        bank = self._bank
        return SignIn(
            SignInPorts(
                counters=bank.counters,
                customers=self._customers,
                notices=bank.notices,
                log=bank.log,
                keys=bank.keys,
                entropy=bank.entropy,
                hasher=hasher,
                texts=bank.templates.text,
            )
        )

    async def _contract(
        self, tx: Tx, institution: Institution, sample: SampleContract, person: SampleCustomer,
        now: datetime,
    ) -> Contract:  # fmt: skip
        card = (person.branch_code, person.account_kind, person.account_number)
        known = await self._customers.find_by_account(tx, institution.code, *card)
        if known is not None:
            return known
        new = await self._new(institution, person, now)
        made: object = await self._customers.make(tx, institution.code, new, by=ACTOR, now=now)
        if isinstance(made, Contract) and sample.login_id:
            made = await self._customers.choose_login_id(tx, made, sample.login_id, now)
        if not isinstance(made, Contract):
            raise BrokenInvariant(f"sample contract {sample.number} of {institution.code}: {made}")
        await self._give_passwords(tx, institution, made, sample, now)
        if sample.state != "ready":
            return made
        return await self._finish_first_login(tx, made, sample, person, now)

    async def _new(
        self, institution: Institution, person: SampleCustomer, now: datetime
    ) -> NewContract:
        """Return what the branch would make: all open accounts, the card's first."""
        core = self._bank.core_of(institution)
        call = Call(institution=institution.code, correlation_id=ACTOR, deadline=now + PATIENCE)
        card = must(
            await core.find_account(
                call, person.branch_code, person.account_kind, person.account_number
            ),
            "a sample customer's account",
        )
        others = [
            each
            for each in await core.accounts_of(call, card.holder_id)
            if each.status is AccountStatus.OPEN and each.id != card.id
        ]
        return NewContract(
            holder_id=card.holder_id,
            branch_code=card.branch_code,
            account_kind=card.kind,
            account_number=card.number,
            accounts=tuple(
                ContractAccount(each.id, each.branch_code, each.kind, each.number)
                for each in (card, *others)
            ),
        )

    async def _give_passwords(
        self, tx: Tx, institution: Institution, contract: Contract, sample: SampleContract,
        now: datetime,
    ) -> None:  # fmt: skip
        """Set both; whoever registers is asked for both, so that both are at full cost there."""
        days = timedelta(days=institution.retail.provisional_password_days)
        until = None if sample.state == "ready" else now + days
        login, confirmation = passwords(institution, sample)
        await self._sign_in.set_secret(
            tx, contract, Secret.LOGIN_PASSWORD, login, provisional_until=until, now=now
        )
        second = self._sign_in if sample.state == "new" else self._quick
        await second.set_secret(
            tx, contract, Secret.CONFIRMATION_PASSWORD, confirmation,
            provisional_until=until, now=now,
        )  # fmt: skip

    async def _finish_first_login(
        self, tx: Tx, contract: Contract, sample: SampleContract, person: SampleCustomer,
        now: datetime,
    ) -> Contract:  # fmt: skip
        answers = [QuestionAnswer(key, answer) for key, answer in ANSWERS.items()]
        await self._quick.set_questions(tx, contract, answers, now)
        contract = await self._customers.note_step(tx, contract, "questions", now)
        contract = await self._customers.note_step(tx, contract, "passwords", now)
        data = ContactData(person.email, person.phone, dm_wanted=False)
        contract = await self._customers.finish_first_login(tx, contract, data, now)
        if not sample.email_confirmed:
            return contract
        return await self._customers.confirm_email(tx, contract, person.email, by=ACTOR, now=now)


def passwords(institution: Institution, sample: SampleContract) -> tuple[str, str]:
    """Return login and confirmation password of a sample, by the institution's rules."""
    ending = WITH_SYMBOLS if institution.retail.password_symbols else ""
    return sample.login_password + ending, sample.confirmation_password + ending


def _entry(
    institution: Institution, sample: SampleContract, person: SampleCustomer, contract: Contract
) -> dict[str, Any]:
    """Return the contract as it stands, with the passwords that it was made with."""
    login_password, confirmation_password = passwords(institution, sample)
    texts = {each.key: each.text for each in institution.retail.questions}
    answers = ANSWERS if sample.state == "ready" else {}
    return {
        "institution": institution.code,
        "state": STATES[contract.state],
        "login_id": contract.login_id,
        "login_password": login_password,
        "confirmation_password": confirmation_password,
        "questions": {texts[key].ja: answer for key, answer in answers.items()},
        "questions_en": {texts[key].en: answer for key, answer in answers.items()},
        "name_kana": person.name_kana,
        "case": person.case,
        "branch_code": contract.branch_code,
        "account_kind": contract.account_kind,
        "account_number": contract.account_number,
        "email": contract.email or person.email,
    }
