"""Signing in on a real database, with cheap hashes that are counted, and one invented customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from madoguchi.customers import ContactData, Contract, ContractAccount, Customers, NewContract
from madoguchi.institutions import Institution, RetailSettings
from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog, Row
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import Worker
from madoguchi.plumbing.keys import Keys
from madoguchi.plumbing.templates import Assets, Templates
from madoguchi.risk import Environment
from madoguchi.sign_in import (
    Began,
    Entered,
    Hasher,
    QuestionAnswer,
    Secret,
    Session,
    SessionOver,
    SignIn,
    SignInPorts,
)
from madoguchi.sign_in.hashing import Cost
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.institution_settings import card_institution
from tests.support.keys import FixedKeys

LOGIN_ID = "mihon01"
PASSWORD = "kaze19no"
CONFIRMATION = "umi47kara"
ANSWERS = {"first-pet": "シロ", "first-school": "見本小学校", "favourite-dish": "カレー"}
HOME = Environment(
    device_id="", network="203.0.113.0/24", place="JP-13", browser="Chrome on Windows",
    language="ja",
)  # fmt: skip
ELSEWHERE = Environment(
    device_id="", network="198.51.100.0/24", place="US", browser="Firefox on Linux", language="en"
)
SOURCE = "203.0.113.7"
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)


class CountingHasher(Hasher):
    """A cheap `Hasher` that counts what it computes, and what of it at what cost."""

    def __init__(self, keys: Keys, cost: Cost = CHEAP) -> None:
        super().__init__(keys, most_waiting=1000, cost=cost)
        self.costs: list[Cost] = []

    async def _derive(
        self, text: str, made_for: Sequence[str], salt: bytes, cost: Cost, pepper: Any
    ) -> bytes:
        self.costs.append(cost)
        return await super()._derive(text, made_for, salt, cost, pepper)


class Desk:
    """Whoever comes: each call is a request, with a transaction of its own."""

    def __init__(
        self, database: Database, counters: Database, clock: SettableClock, keys: FixedKeys,
        seed: int = 1,
    ) -> None:  # fmt: skip
        self.database, self.counters, self.clock, self.keys = database, counters, clock, keys
        self.institution = with_retail()
        self.entropy = SeededEntropy(seed)
        self.log = OperationsLog(keys, clock)
        self.notices = Notices(keys, clock, self.log)
        self.customers = Customers(keys, self.entropy, self.log)
        self.hasher = CountingHasher(keys)
        self.sign_in = self.another(self.hasher)

    def another(self, hasher: Hasher) -> SignIn:
        """Return signing in as another process has it."""
        ports = SignInPorts(
            counters=self.counters, customers=self.customers, notices=self.notices, log=self.log,
            keys=self.keys, entropy=self.entropy, hasher=hasher, texts=TEMPLATES.text,
        )  # fmt: skip
        return SignIn(ports)

    @property
    def now(self) -> datetime:
        """The clock's time."""
        return self.clock.now()

    async def customer(
        self, login_id: str = LOGIN_ID, number: str = "1234567", *, first_login: bool = False,
        language: Literal["ja", "en"] = "ja",
    ) -> Contract:  # fmt: skip
        """Return a new customer, active unless his first login is still to be finished."""
        async with self.database.transaction() as tx:
            account = ContractAccount(f"a-{number}", "001", "ordinary", number)
            new = NewContract(
                holder_id=f"h-{number}", branch_code="001", account_kind="ordinary",
                account_number=number, accounts=(account,), language=language,
            )  # fmt: skip
            code = self.institution.code
            made = await self.customers.make(tx, code, new, by="staff", now=self.now)
            assert isinstance(made, Contract)
            chosen = await self.customers.choose_login_id(tx, made, login_id, self.now)
            assert isinstance(chosen, Contract)
            await self._give_passwords(tx, chosen)
            return chosen if first_login else await self._finish(tx, chosen, login_id)

    async def enter(
        self, password: str = PASSWORD, *, login_id: str = LOGIN_ID, env: Environment = HOME,
        source: str = SOURCE, institution: Institution | None = None,
    ) -> object:  # fmt: skip
        """Enter an ID and a password."""
        async with self.database.transaction() as tx:
            return await self.sign_in.enter_password(
                tx, institution or self.institution, login_id, password, env, source, self.now
            )

    async def check(
        self, contract: Contract, typed: str, secret: Secret = Secret.CONFIRMATION_PASSWORD
    ) -> object:
        """Type a password on a page that asks for it."""
        async with self.database.transaction() as tx:
            return await self.sign_in.check_secret(
                tx, self.institution, contract, secret, typed, self.now
            )

    async def answer(self, contract: Contract, typed: str, key: str = "first-pet") -> object:
        """Answer a question."""
        async with self.database.transaction() as tx:
            return await self.sign_in.check_answer(
                tx, self.institution, contract, key, typed, self.now
            )

    async def begin(
        self, entered: object, env: Environment = HOME, how: tuple[str, ...] = ("password",)
    ) -> Began:
        """Begin the session of whoever entered."""
        assert isinstance(entered, Entered), entered
        async with self.database.transaction() as tx:
            began = await self.sign_in.begin_session(
                tx, self.institution, entered.contract, how=how, env=env,
                assessment=entered.assessment, password_set_at=entered.password_set_at,
                source=SOURCE, now=self.now,
            )  # fmt: skip
        assert isinstance(began, Began), began
        return began

    async def come_in(self, env: Environment = HOME, login_id: str = LOGIN_ID) -> Began:
        """Enter, having answered whatever was asked, and begin a session."""
        entered = await self.enter(env=env, login_id=login_id)
        asked = isinstance(entered, Entered) and entered.question_key is not None
        return await self.begin(entered, env, ("password", "question") if asked else ("password",))

    async def find(
        self, secret: str, *, touch: bool = True, institution: Institution | None = None
    ) -> Session | SessionOver:
        """Come with a cookie."""
        async with self.database.transaction() as tx:
            return await self.sign_in.find_session(
                tx, institution or self.institution, secret, self.now, touch=touch
            )

    async def mails(self) -> list[str]:
        """Run the jobs that tell of locks; return the templates of all mails, oldest first."""
        by_code = {self.institution.code: self.institution}
        kinds = self.sign_in.kinds(self.database, by_code.get)
        await Worker(
            self.database, self.clock, SeededEntropy(2), kinds=kinds, poll_seconds=0.05
        ).run_due()
        async with self.database.transaction() as tx:
            found = await self.notices.find(tx, self.institution.code)
        return [each.template for each in reversed(found)]

    async def logged(self, event: str) -> list[Row]:
        """Return the log's rows of an event."""
        async with self.database.transaction() as tx:
            found = await self.log.search(tx, self.institution.code)
        return [row for row in found if row.event == event]

    async def _give_passwords(self, tx: Tx, contract: Contract) -> None:
        for secret, text in (
            (Secret.LOGIN_PASSWORD, PASSWORD),
            (Secret.CONFIRMATION_PASSWORD, CONFIRMATION),
        ):
            await self.sign_in.set_secret(
                tx, contract, secret, text, provisional_until=None, now=self.now
            )

    async def _finish(self, tx: Tx, contract: Contract, login_id: str) -> Contract:
        answers = [QuestionAnswer(key, answer) for key, answer in ANSWERS.items()]
        await self.sign_in.set_questions(tx, contract, answers, self.now)
        contract = await self.customers.note_step(tx, contract, "questions", self.now)
        contract = await self.customers.note_step(tx, contract, "passwords", self.now)
        data = ContactData(f"{login_id}@example.jp", None, dm_wanted=False)
        return await self.customers.finish_first_login(tx, contract, data, self.now)


def with_retail(**settings: Any) -> Institution:
    """Return the sample institution with these settings of internet banking."""
    return msgspec.structs.replace(card_institution(), retail=RetailSettings(**settings))


TEMPLATES = Templates(("madoguchi.sign_in",), assets=Assets(), strict=True)
