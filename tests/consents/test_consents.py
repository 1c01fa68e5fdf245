"""The life of a consent, on the database."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from madoguchi.consents import (
    Agreement,
    Consent,
    ConsentedAccount,
    ConsentNotActive,
    ConsentNotAwaiting,
    ConsentStatus,
    EndedBy,
    NoSuchConsent,
    ask,
    authorise,
    end_of_term,
    find,
    is_active,
    list_for_account,
    list_for_client,
    list_for_holder,
    purge,
    revoke,
    touch,
)
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from tests.support.clock import MORNING, SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys

ACCOUNT = ConsentedAccount("core-1", "pub-1", "001", "ordinary", "1234567")
SECOND = ConsentedAccount("core-2", "pub-2", "001", "savings", "0000123")


@pytest.fixture
def log(keys: FixedKeys, clock: SettableClock) -> OperationsLog:
    """The operations log."""
    return OperationsLog(keys, clock)


def agreement(*accounts: ConsentedAccount, holder: str = "holder-1") -> Agreement:
    """Return what a holder agrees to: 30 days of reading the first account, or `accounts`."""
    return Agreement(
        holder_id=holder,
        scopes=("accounts",),
        accounts=accounts or (ACCOUNT,),
        expires_at=end_of_term(MORNING, 30),
        terms_version="2026-04",
        screen_version="1",
        mode="card",
    )


class Bank:
    """Asks for and gives consents in transactions of their own."""

    def __init__(self, database: Database, log: OperationsLog) -> None:
        self.database = database
        self.log = log
        self.entropy = SeededEntropy()

    async def ask(self, client_id: str = "sample-app") -> Consent:
        async with self.database.transaction() as tx:
            return await ask(
                tx, "9901", client_id, ("accounts", "balances"), entropy=self.entropy, now=MORNING
            )

    async def give(
        self,
        consent: Consent,
        *accounts: ConsentedAccount,
        holder: str = "holder-1",
    ) -> Consent | ConsentNotAwaiting:
        agreed = agreement(*accounts, holder=holder)
        async with self.database.transaction() as tx:
            return await authorise(
                tx, self.log, consent.institution, consent.id, agreed, now=MORNING
            )

    async def given(
        self, *accounts: ConsentedAccount, client_id: str = "sample-app", holder: str = "holder-1"
    ) -> Consent:
        consent = await self.give(await self.ask(client_id), *accounts, holder=holder)
        assert isinstance(consent, Consent)
        return consent

    async def status(self, consent: Consent) -> ConsentStatus:
        async with self.database.transaction() as tx:
            return must(await find(tx, "9901", consent.id, MORNING)).status


@pytest.fixture
def bank(database: Database, log: OperationsLog) -> Bank:
    """The bank."""
    return Bank(database, log)


@pytest.mark.requirement("LINK-30")
async def test_a_consent_awaits_and_is_authorised(bank: Bank) -> None:
    """What was agreed is recorded: who, which accounts, scopes, from, until, terms and screen."""
    asked = await bank.ask()
    assert asked.status is ConsentStatus.AWAITING
    assert not is_active(asked, MORNING)
    given = await bank.give(asked, ACCOUNT, SECOND)
    assert isinstance(given, Consent)
    assert given.status is ConsentStatus.AUTHORISED
    assert given.holder_id == "holder-1"
    assert given.accounts == (ACCOUNT, SECOND)
    assert given.scopes == ("accounts",)
    assert (given.authorised_at, given.expires_at) == (MORNING, MORNING + timedelta(days=30))
    assert (given.terms_version, given.screen_version, given.mode) == ("2026-04", "1", "card")
    async with bank.database.transaction() as tx:
        (row,) = await bank.log.search(tx, "9901", subject=given.id)
    assert row.event == "consent:authorised"


@pytest.mark.requirement("AS-07")
async def test_a_consent_is_given_once(bank: Bank) -> None:
    """Of two answers at once to one question, one counts."""
    asked = await bank.ask()
    answers = await asyncio.gather(bank.give(asked), bank.give(asked))
    assert sorted(type(answer).__name__ for answer in answers) == ["Consent", "ConsentNotAwaiting"]


@pytest.mark.requirement("INST-04")
async def test_a_consent_is_unknown_to_another_institution(bank: Bank) -> None:
    """Another institution can neither find, give nor revoke it."""
    asked = await bank.ask()
    elsewhere = msgspec.structs.replace(asked, institution="9902")
    assert await bank.give(elsewhere) == ConsentNotAwaiting(asked.id)
    async with bank.database.transaction() as tx:
        assert await find(tx, "9902", asked.id, MORNING) is None
        assert await revoke(
            tx, bank.log, "9902", asked.id, by=EndedBy.STAFF, actor="s", now=MORNING
        ) == NoSuchConsent(asked.id)


@pytest.mark.requirement("LINK-31")
async def test_a_consent_expires_by_time_alone(bank: Bank) -> None:
    """It reads as authorised up to its end and as expired from its end on, with nobody at work."""
    given = await bank.given()
    end = must(given.expires_at)
    async with bank.database.transaction() as tx:
        before = must(await find(tx, "9901", given.id, end - timedelta(microseconds=1)))
        after = must(await find(tx, "9901", given.id, end))
    assert (before.status, after.status) == (ConsentStatus.AUTHORISED, ConsentStatus.EXPIRED)


@pytest.mark.requirement("LINK-32")
@pytest.mark.parametrize("by", list(EndedBy)[:4])
async def test_a_consent_is_revoked_by_whoever_may(bank: Bank, by: EndedBy) -> None:
    """App, customer, staff and a moved account end a consent, with a reason, once."""
    given = await bank.given()
    async with bank.database.transaction() as tx:
        ended = await revoke(
            tx, bank.log, "9901", given.id, by=by, actor="who", reason="why", now=MORNING
        )
        again = await revoke(tx, bank.log, "9901", given.id, by=by, actor="who", now=MORNING)
    assert isinstance(ended, Consent)
    assert (ended.status, ended.ended_by, ended.end_reason) == (ConsentStatus.REVOKED, by, "why")
    assert again == ConsentNotActive(given.id, ConsentStatus.REVOKED)


@pytest.mark.requirement("AS-07")
async def test_linking_the_same_accounts_again_supersedes(bank: Bank) -> None:
    """The older consent ends, names the newer one, and cannot be revoked any more."""
    older = await bank.given(ACCOUNT, SECOND)
    newer = await bank.given(SECOND, ACCOUNT)
    async with bank.database.transaction() as tx:
        ended = must(await find(tx, "9901", older.id, MORNING))
    assert (ended.status, ended.superseded_by) == (ConsentStatus.SUPERSEDED, newer.id)
    assert await bank.status(newer) is ConsentStatus.AUTHORISED


@pytest.mark.requirement("AS-07")
async def test_other_consents_are_left_alone(bank: Bank) -> None:
    """Other accounts, another app and another holder keep their consents."""
    others = [
        await bank.given(SECOND),
        await bank.given(ACCOUNT, SECOND),
        await bank.given(ACCOUNT, client_id="other-app"),
        await bank.given(ACCOUNT, holder="holder-2"),
    ]
    await bank.given(ACCOUNT)
    for consent in others:
        assert await bank.status(consent) is ConsentStatus.AUTHORISED


@pytest.mark.requirement("AS-07")
async def test_two_links_at_once_leave_one_consent(bank: Bank) -> None:
    """Two devices that link the same accounts in the same moment end with one active consent."""
    one, other = await bank.ask(), await bank.ask()
    async with bank.database.transaction() as tx:
        await authorise(tx, bank.log, "9901", one.id, agreement(), now=MORNING)
        second = asyncio.create_task(bank.give(other))
        # long enough for the second to come to its end, if nothing made it wait for the first
        await asyncio.sleep(0.3)
    assert isinstance(await second, Consent)
    assert await bank.status(one) is ConsentStatus.SUPERSEDED
    assert await bank.status(other) is ConsentStatus.AUTHORISED


async def test_nobody_can_agree_to_more_than_was_asked(bank: Bank) -> None:
    """A scope that the client did not ask for is a fault of the program, not a consent."""
    asked = await bank.ask()
    too_much = msgspec.structs.replace(agreement(), scopes=("transactions",))
    async with bank.database.transaction() as tx:
        with pytest.raises(BrokenInvariant):
            await authorise(tx, bank.log, "9901", asked.id, too_much, now=MORNING)


@pytest.mark.requirement("LINK-32")
async def test_consents_are_listed(bank: Bank) -> None:
    """By holder, by client and by account, with nobody's unanswered ones among a holder's."""
    mine = await bank.given(ACCOUNT)
    theirs = await bank.given(SECOND, holder="holder-2")
    await bank.ask("other-app")
    async with bank.database.transaction() as tx:
        assert await list_for_holder(tx, "9901", "holder-1", MORNING) == [mine]
        assert await list_for_holder(tx, "9901", "", MORNING) == []
        by_client = await list_for_client(tx, "9901", "sample-app", MORNING)
        assert {each.id for each in by_client} == {mine.id, theirs.id}
        assert await list_for_account(tx, "9901", "core-2", MORNING) == [theirs]
        assert await list_for_account(tx, "9902", "core-2", MORNING) == []


async def test_the_last_use_is_noted_now_and_then(bank: Bank) -> None:
    """Reading often does not write often."""
    given = await bank.given()
    times = []
    for minutes in (0, 5, 11):
        async with bank.database.transaction() as tx:
            known = must(await find(tx, "9901", given.id, MORNING))
            await touch(tx, known, MORNING + timedelta(minutes=minutes))
            times.append(must(await find(tx, "9901", given.id, MORNING)).last_used_at)
    assert times == [MORNING, MORNING, MORNING + timedelta(minutes=11)]


async def test_what_was_never_answered_goes(bank: Bank) -> None:
    """Unanswered questions are deleted after two days; consents that were given stay."""
    asked, given = await bank.ask(), await bank.given()
    async with bank.database.transaction() as tx:
        assert await purge(tx, MORNING + timedelta(days=1)) == 0
        assert await purge(tx, MORNING + timedelta(days=400)) == 1
        assert await find(tx, "9901", asked.id, MORNING) is None
        assert await find(tx, "9901", given.id, MORNING) is not None
