"""What every adapter of a core must do (CORE-01, CORE-03).

Subclass `CoreBankContract` with a `stage` fixture.
"""

from datetime import date, datetime, timedelta
from typing import Protocol

import pytest

from madoguchi.core_bank import (
    Account,
    AccountKind,
    AccountStatus,
    AddressChange,
    AddressChangeAccepted,
    BadCursor,
    BillPayee,
    Call,
    CoreBank,
    CoreEvent,
    Direction,
    EventKind,
    Held,
    Holder,
    NeverSeen,
    NoCard,
    NoSuchPayee,
    OtherBankPayee,
    OwnPayee,
    PayeeName,
    PayeeNotOffered,
    PinRight,
    PinWrong,
    Refusal,
    Refused,
    Released,
    ReleaseReason,
    Settled,
    TransactionPage,
    Transfer,
)
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.money import Yen
from tests.support.clock import SettableClock
from tests.support.fake_interbank import FakeInterbank

BANK = "9901"
FAR_AWAY = datetime.fromisoformat("2030-01-01T00:00:00+09:00")
OTHER_BANK = OtherBankPayee(
    bank_code="9902",
    branch_code="001",
    kind=AccountKind.ORDINARY,
    number="7654321",
    name_kana="ﾚｲ ﾊﾅｺ",
)


class Stage(Protocol):
    """An adapter and the ways to bring about, behind it, what a test needs."""

    clock: SettableClock
    network: FakeInterbank
    """What lies behind the adapter: the way to other banks."""

    @property
    def core(self) -> CoreBank:
        """The adapter."""
        ...

    async def open_account(
        self,
        number: str = "1234567",
        *,
        institution: str = BANK,
        branch_code: str = "001",
        kind: AccountKind = AccountKind.ORDINARY,
        pin: str | None = "1234",
        balance: int = 0,
    ) -> Account:
        """Open an account of `the_holder()`, with so much in it."""
        ...

    async def pay_in(self, account_id: str, amount: int) -> None:
        """Pay cash in today."""
        ...

    async def move(self, account_id: str, branch_code: str, number: str) -> str:
        """Move an account; return the new id."""
        ...

    async def close(self, account_id: str) -> None:
        """End an empty account."""
        ...

    async def lose_card(self, account_id: str) -> None:
        """Block the account's card."""
        ...

    async def catch_up(self) -> None:
        """Do what the core does by itself every so often."""
        ...

    def the_holder(self) -> Holder:
        """The person whose accounts these are."""
        ...


def reading(stage: Stage, institution: str = BANK) -> Call:
    """Return the call of a read."""
    deadline = stage.clock.now() + timedelta(seconds=20)
    return Call(institution=institution, correlation_id="test", deadline=deadline)


def writing(stage: Stage, key: str, institution: str = BANK) -> Call:
    """Return the call of a write."""
    deadline = stage.clock.now() + timedelta(seconds=20)
    return Call(
        institution=institution, correlation_id="test", deadline=deadline, idempotency_key=key
    )


def transfer(
    payer: Account | str,
    amount: int,
    *,
    to: Account | OtherBankPayee | BillPayee = OTHER_BANK,
    fee: int = 0,
    expires_at: datetime = FAR_AWAY,
) -> Transfer:
    """Return a transfer of `amount` yen."""
    return Transfer(
        from_account=payer.id if isinstance(payer, Account) else payer,
        payee=OwnPayee(account_id=to.id) if isinstance(to, Account) else to,
        amount=Yen(amount),
        fee=Yen(fee),
        remarks="ﾚｲ ﾊﾅｺ",
        payee_remarks="ﾐﾎﾝ ﾀﾛｳ",
        expires_at=expires_at,
    )


async def ledger_and_available(stage: Stage, account: Account) -> tuple[int, int]:
    """Return both balances of an account."""
    balances = await stage.core.balances(reading(stage), account.id)
    assert balances is not None
    return balances.ledger, balances.available


async def held(stage: Stage, key: str, wanted: Transfer) -> Held:
    """Hold a transfer that the core accepts."""
    answer = await stage.core.hold(writing(stage, key), wanted)
    assert isinstance(answer, Held)
    return answer


@pytest.mark.requirement("CORE-01")
class CoreBankContract:
    """The contract; tests for each operation of the port."""

    async def test_find_account(self, stage: Stage) -> None:
        """An account is found by its branch, kind and number exactly, leading zeros included."""
        account = await stage.open_account("0000123")
        find = stage.core.find_account
        kind = AccountKind.ORDINARY
        assert await find(reading(stage), "001", kind, "0000123") == account
        assert await find(reading(stage), "002", kind, "0000123") is None
        assert await find(reading(stage), "001", AccountKind.SAVINGS, "0000123") is None
        assert await find(reading(stage), "001", kind, "123") is None
        assert account.number == "0000123"

    @pytest.mark.requirement("INST-04")
    async def test_other_institution(self, stage: Stage) -> None:
        """Nothing of one institution is found, read or moved from another."""
        account = await stage.open_account(balance=1000)
        call = reading(stage, "9902")
        today = japan_day(stage.clock.now())
        core = stage.core
        assert await core.find_account(call, "001", account.kind, account.number) is None
        assert await core.account(call, account.id) is None
        assert await core.holder(call, account.holder_id) is None
        assert list(await core.accounts_of(call, account.holder_id)) == []
        assert await core.balances(call, account.id) is None
        assert await core.transactions(call, account.id, today, today) is None
        assert await core.verify_card_pin(call, account.id, "1234") == NoCard()
        refused = await core.hold(writing(stage, "k", "9902"), transfer(account, 1))
        assert refused == Refused(Refusal.NO_SUCH_ACCOUNT)

    async def test_holder(self, stage: Stage) -> None:
        """The holder comes with names, birth date, phones and mail, and lists all his accounts."""
        second = await stage.open_account("2222222", kind=AccountKind.SAVINGS)
        first = await stage.open_account("1111111")
        assert await stage.core.holder(reading(stage), first.holder_id) == stage.the_holder()
        assert list(await stage.core.accounts_of(reading(stage), first.holder_id)) == [
            first,
            second,
        ]
        assert await stage.core.holder(reading(stage), "nobody") is None

    @pytest.mark.requirement("LINK-27")
    async def test_card_pin(self, stage: Stage) -> None:
        """A PIN is right, wrong, or there is no card in use."""
        account = await stage.open_account(pin="0123")
        verify = stage.core.verify_card_pin
        assert await verify(reading(stage), account.id, "0123") == PinRight()
        assert await verify(reading(stage), account.id, "123") == PinWrong()
        assert await verify(reading(stage), account.id, "3210") == PinWrong()
        assert await verify(reading(stage), "nothing", "0123") == NoCard()
        await stage.lose_card(account.id)
        assert await verify(reading(stage), account.id, "0123") == NoCard()
        after = await stage.core.account(reading(stage), account.id)
        assert after is not None
        assert not after.has_card

    async def test_no_card(self, stage: Stage) -> None:
        """An account without a card says so, and has no right PIN."""
        account = await stage.open_account(pin=None)
        assert not account.has_card
        assert await stage.core.verify_card_pin(reading(stage), account.id, "1234") == NoCard()

    async def test_balances(self, stage: Stage) -> None:
        """A hold lowers what is available and leaves the ledger balance alone."""
        account = await stage.open_account(balance=10_000)
        await held(stage, "k", transfer(account, 3_000, fee=110))
        balances = await stage.core.balances(reading(stage), account.id)
        assert balances is not None
        assert (balances.ledger, balances.available) == (10_000, 6_890)
        assert balances.as_of == stage.clock.now()
        assert balances.status is AccountStatus.OPEN

    async def test_transactions_newest_first(self, stage: Stage) -> None:
        """Lines come newest first, each with direction, amount and the balance after it."""
        account = await stage.open_account(balance=500)
        await stage.pay_in(account.id, 300)
        hold = await held(stage, "k1", transfer(account, 200))
        await stage.core.settle(writing(stage, "k2"), hold.hold_id)
        page = await self.page(stage, account)
        seen = [(line.direction, line.amount, line.balance_after) for line in page.transactions]
        assert seen == [
            (Direction.OUT, 200, 600),
            (Direction.IN, 300, 800),
            (Direction.IN, 500, 500),
        ]
        assert page.next_cursor is None
        assert page.transactions[0].remarks == "ﾚｲ ﾊﾅｺ"

    async def test_days_are_inclusive(self, stage: Stage) -> None:
        """A range gives the lines of its first and last day and no others."""
        account = await stage.open_account()
        first = japan_day(stage.clock.now())
        for amount in (1, 2, 3, 4):
            await stage.pay_in(account.id, amount)
            stage.clock.advance(86_400)
        page = await self.page(stage, account, first + timedelta(days=1), first + timedelta(days=2))
        assert [line.amount for line in page.transactions] == [3, 2]
        assert [line.posted_on for line in page.transactions] == [
            first + timedelta(days=2),
            first + timedelta(days=1),
        ]

    @pytest.mark.requirement("API-03")
    async def test_cursor_survives_new_postings(self, stage: Stage) -> None:
        """Paging on while money comes in skips no line and repeats none, also within one day."""
        account = await stage.open_account()
        for amount in range(1, 8):
            await stage.pay_in(account.id, amount)
        seen: list[int] = []
        cursor = None
        while True:
            page = await self.page(stage, account, cursor=cursor, limit=2)
            seen += [line.amount for line in page.transactions]
            cursor = page.next_cursor
            if cursor is None:
                break
            await stage.pay_in(account.id, 100)
        assert seen == [7, 6, 5, 4, 3, 2, 1]

    async def test_transaction_ids_are_stable(self, stage: Stage) -> None:
        """A line has the same id however it is fetched, and no two lines share one."""
        account = await stage.open_account(balance=10)
        await stage.pay_in(account.id, 10)
        once = [line.id for line in (await self.page(stage, account)).transactions]
        await stage.pay_in(account.id, 10)
        again = [line.id for line in (await self.page(stage, account)).transactions]
        assert again[1:] == once
        assert len(set(again)) == 3

    async def test_bad_cursor(self, stage: Stage) -> None:
        """A cursor that was invented, or belongs to another account, is told as such."""
        account = await stage.open_account()
        other = await stage.open_account("7777777")
        for amount in (1, 2):
            await stage.pay_in(other.id, amount)
        cursor = (await self.page(stage, other, limit=1)).next_cursor
        today = japan_day(stage.clock.now())
        for bad in ("rubbish", "", "20261120", "２０２６-1", cursor):
            answer = await stage.core.transactions(
                reading(stage), account.id, today, today, cursor=bad
            )
            assert answer == BadCursor(), bad

    async def test_no_history(self, stage: Stage) -> None:
        """An account nothing was posted on has an empty page, not an error."""
        account = await stage.open_account()
        page = await self.page(stage, account)
        assert page.transactions == ()
        assert page.next_cursor is None

    async def test_payee_name(self, stage: Stage) -> None:
        """The name behind an own account is told; of other banks the core may know nothing."""
        account = await stage.open_account()
        ask = stage.core.payee_name
        kind = account.kind
        known = await ask(reading(stage), BANK, "001", kind, account.number)
        assert known == PayeeName(stage.the_holder().name_kana)
        assert await ask(reading(stage), BANK, "001", kind, "9999999") == NoSuchPayee()
        other = await ask(reading(stage), "9902", "001", kind, account.number)
        assert other in (PayeeNotOffered(), NoSuchPayee())

    async def test_hold_then_settle(self, stage: Stage) -> None:
        """Settling moves exactly amount and fee out of the payer, and the amount to the payee."""
        payer = await stage.open_account(balance=10_000)
        payee = await stage.open_account("7777777")
        hold = await held(stage, "k1", transfer(payer, 3_000, to=payee, fee=110))
        assert hold.held == 3_110
        assert await ledger_and_available(stage, payee) == (0, 0)
        settled = await stage.core.settle(writing(stage, "k2"), hold.hold_id)
        assert isinstance(settled, Settled)
        assert await ledger_and_available(stage, payer) == (6_890, 6_890)
        assert await ledger_and_available(stage, payee) == (3_000, 3_000)
        page = await self.page(stage, payer)
        booked = next(line for line in page.transactions if line.id == settled.transaction_id)
        assert (booked.amount, booked.posted_on) == (3_000, settled.posted_on)
        (credit,) = (await self.page(stage, payee)).transactions
        assert credit.remarks == "ﾐﾎﾝ ﾀﾛｳ"

    @pytest.mark.parametrize("reason", list(ReleaseReason))
    async def test_hold_then_release(self, stage: Stage, reason: ReleaseReason) -> None:
        """A release gives the money back, books nothing, and keeps its word: voided or expired."""
        account = await stage.open_account(balance=100)
        end = stage.clock.now() + timedelta(hours=1)
        hold = await held(stage, "k1", transfer(account, 100, expires_at=end))
        if reason is ReleaseReason.EXPIRED:
            stage.clock.set(end)
        answer = await stage.core.release(writing(stage, "k2"), hold.hold_id, reason)
        assert answer == Released(hold.hold_id, reason)
        assert await ledger_and_available(stage, account) == (100, 100)
        again = await stage.core.release(writing(stage, "k3"), hold.hold_id, reason)
        assert again == Refused(Refusal[f"ALREADY_{reason.name}"])
        late = await stage.core.settle(writing(stage, "k4"), hold.hold_id)
        assert late == Refused(Refusal[f"ALREADY_{reason.name}"])

    async def test_settled_stays_settled(self, stage: Stage) -> None:
        """A settled hold can be neither settled again nor released."""
        account = await stage.open_account(balance=100)
        hold = await held(stage, "k1", transfer(account, 60))
        await stage.core.settle(writing(stage, "k2"), hold.hold_id)
        core, no = stage.core, Refused(Refusal.ALREADY_SETTLED)
        assert await core.settle(writing(stage, "k3"), hold.hold_id) == no
        voided = ReleaseReason.VOIDED
        assert await core.release(writing(stage, "k4"), hold.hold_id, voided) == no
        assert await ledger_and_available(stage, account) == (40, 40)

    async def test_expired_hold(self, stage: Stage) -> None:
        """A hold past its end keeps the money, cannot be settled, and waits for its release."""
        account = await stage.open_account(balance=100)
        end = stage.clock.now() + timedelta(hours=1)
        hold = await held(stage, "k1", transfer(account, 100, expires_at=end))
        early = await stage.core.release(writing(stage, "k2"), hold.hold_id, ReleaseReason.EXPIRED)
        assert early == Refused(Refusal.HOLD_NOT_EXPIRED)
        stage.clock.set(end)
        answer = await stage.core.settle(writing(stage, "k3"), hold.hold_id)
        assert answer == Refused(Refusal.HOLD_EXPIRED)
        assert await ledger_and_available(stage, account) == (100, 0)

    @pytest.mark.parametrize(
        ("amount", "fee", "refusal"),
        [
            (0, 0, Refusal.AMOUNT_OUT_OF_RANGE),
            (-1, 0, Refusal.AMOUNT_OUT_OF_RANGE),
            (10**12, 0, Refusal.AMOUNT_OUT_OF_RANGE),
            (10**30, 0, Refusal.AMOUNT_OUT_OF_RANGE),
            (1, -1, Refusal.AMOUNT_OUT_OF_RANGE),
            (1, 10**30, Refusal.AMOUNT_OUT_OF_RANGE),
            (1001, 0, Refusal.NOT_ENOUGH_FUNDS),
            (1000, 1, Refusal.NOT_ENOUGH_FUNDS),
        ],
    )
    async def test_amounts_refused(
        self, stage: Stage, amount: int, fee: int, refusal: Refusal
    ) -> None:
        """Nothing, less than nothing, too much, and more than is there are refused by number."""
        account = await stage.open_account(balance=1_000)
        answer = await stage.core.hold(writing(stage, "k"), transfer(account, amount, fee=fee))
        assert answer == Refused(refusal)
        assert await ledger_and_available(stage, account) == (1_000, 1_000)

    async def test_accounts_refused(self, stage: Stage) -> None:
        """Each account that cannot pay or be paid is refused by a number of its own."""
        payer = await stage.open_account(balance=1_000)
        moved, closed = await stage.open_account("2000000"), await stage.open_account("3000000")
        deposit = await stage.open_account("4000000", kind=AccountKind.TIME_DEPOSIT, pin=None)
        await stage.move(moved.id, "002", "2000001")
        await stage.close(closed.id)
        other = await stage.open_account("5000000")
        nothing = Account(
            **{f: getattr(payer, f) for f in payer.__struct_fields__ if f != "id"}, id="?"
        )
        cases = [
            (transfer(payer, 1, to=payer), Refusal.SAME_ACCOUNT),
            (transfer("?", 1), Refusal.NO_SUCH_ACCOUNT),
            (transfer(moved, 1), Refusal.ACCOUNT_MOVED),
            (transfer(closed, 1), Refusal.ACCOUNT_CLOSED),
            (transfer(deposit, 1), Refusal.KIND_NOT_PERMITTED),
            (transfer(payer, 1, to=nothing), Refusal.NO_SUCH_PAYEE),
            (transfer(payer, 1, to=moved), Refusal.PAYEE_MOVED),
            (transfer(payer, 1, to=closed), Refusal.PAYEE_CLOSED),
            (transfer(payer, 1, to=deposit), Refusal.PAYEE_KIND_NOT_PERMITTED),
            (transfer(other, 1), Refusal.NOT_ENOUGH_FUNDS),
        ]
        for number, (wanted, refusal) in enumerate(cases):
            answer = await stage.core.hold(writing(stage, f"k{number}"), wanted)
            assert answer == Refused(refusal), refusal.name

    async def test_no_such_hold(self, stage: Stage) -> None:
        """A hold that is not there can be neither settled nor released."""
        no = Refused(Refusal.NO_SUCH_HOLD)
        assert await stage.core.settle(writing(stage, "k1"), "?") == no
        assert await stage.core.release(writing(stage, "k2"), "?", ReleaseReason.VOIDED) == no

    @pytest.mark.requirement("CORE-02")
    async def test_same_key_same_content(self, stage: Stage) -> None:
        """Sent again with its key, each write gives the first answer and does nothing more."""
        account = await stage.open_account(balance=1_000)
        wanted = transfer(account, 100)
        hold = await held(stage, "k1", wanted)
        assert await stage.core.hold(writing(stage, "k1"), wanted) == hold
        settled = await stage.core.settle(writing(stage, "k2"), hold.hold_id)
        assert await stage.core.settle(writing(stage, "k2"), hold.hold_id) == settled
        second = await held(stage, "k3", wanted)
        voided = ReleaseReason.VOIDED
        released = await stage.core.release(writing(stage, "k4"), second.hold_id, voided)
        assert await stage.core.release(writing(stage, "k4"), second.hold_id, voided) == released
        assert await ledger_and_available(stage, account) == (900, 900)

    async def test_a_refusal_is_an_answer(self, stage: Stage) -> None:
        """A refused write stays refused under its key, even when it would now be possible."""
        account = await stage.open_account(balance=10)
        wanted = transfer(account, 100)
        no = Refused(Refusal.NOT_ENOUGH_FUNDS)
        assert await stage.core.hold(writing(stage, "k1"), wanted) == no
        await stage.pay_in(account.id, 1_000)
        assert await stage.core.hold(writing(stage, "k1"), wanted) == no
        await held(stage, "k2", wanted)

    async def test_same_key_other_content(self, stage: Stage) -> None:
        """A key used for something else before is refused, and what it was used for stands."""
        account = await stage.open_account(balance=1_000)
        hold = await held(stage, "k1", transfer(account, 100))
        no = Refused(Refusal.KEY_USED_FOR_OTHER_CONTENT)
        assert await stage.core.hold(writing(stage, "k1"), transfer(account, 101)) == no
        assert await stage.core.settle(writing(stage, "k1"), hold.hold_id) == no
        assert await stage.core.inquire(reading(stage), "k1") == hold
        assert await ledger_and_available(stage, account) == (1_000, 900)

    async def test_inquire(self, stage: Stage) -> None:
        """Asked by key, the core tells the first answer of every kind of write, or never seen."""
        account = await stage.open_account(balance=1_000)
        core = stage.core
        answers = {"k1": await held(stage, "k1", transfer(account, 100))}
        rest = {
            "k2": await core.settle(writing(stage, "k2"), answers["k1"].hold_id),
            "k3": await core.hold(writing(stage, "k3"), transfer(account, 9_999)),
        }
        for key, answer in {**answers, **rest}.items():
            assert await core.inquire(reading(stage), key) == answer
        assert await core.inquire(reading(stage), "k9") == NeverSeen()
        assert await core.inquire(reading(stage, "9902"), "k1") == NeverSeen()

    @pytest.mark.requirement("LINK-02")
    async def test_moved_account(self, stage: Stage) -> None:
        """A moved account has a new id and number; the old one is empty and points to the new."""
        old = await stage.open_account(balance=500)
        new_id = await stage.move(old.id, "002", "7000001")
        found = await stage.core.find_account(reading(stage), "001", old.kind, old.number)
        assert found is not None
        assert (found.status, found.moved_to, found.has_card) == ("moved", new_id, False)
        new = await stage.core.find_account(reading(stage), "002", old.kind, "7000001")
        assert new is not None
        assert (new.id, new.status, new.holder_id) == (new_id, "open", old.holder_id)
        assert new_id != old.id
        before = await stage.core.balances(reading(stage), old.id)
        after = await stage.core.balances(reading(stage), new_id)
        assert before is not None
        assert after is not None
        assert (before.ledger, before.status, before.moved_to) == (0, "moved", new_id)
        assert (after.ledger, after.status) == (500, "open")
        page = await self.page(stage, old)
        assert (page.status, page.moved_to) == ("moved", new_id)
        assert await stage.core.verify_card_pin(reading(stage), new_id, "1234") == PinRight()
        assert await stage.core.verify_card_pin(reading(stage), old.id, "1234") == NoCard()

    async def test_events(self, stage: Stage) -> None:
        """Moves, closures and lost cards come once each, in order, from a cursor on."""
        moved, closed = await stage.open_account("2000000"), await stage.open_account("3000000")
        lost = await stage.open_account("4000000")
        start = await self.events(stage, None)
        new_id = await stage.move(moved.id, "002", "2000001")
        await stage.close(closed.id)
        first = await stage.core.events(reading(stage), start[1], limit=1)
        assert not isinstance(first, BadCursor)
        await stage.lose_card(lost.id)
        rest, end = await self.events(stage, first.next_cursor)
        seen = [(event.kind, event.account_id, event.moved_to) for event in (*first.events, *rest)]
        assert seen == [
            (EventKind.ACCOUNT_MOVED, moved.id, new_id),
            (EventKind.ACCOUNT_CLOSED, closed.id, None),
            (EventKind.CARD_LOST, lost.id, None),
        ]
        assert await self.events(stage, end) == ((), end)
        assert await stage.core.events(reading(stage), "rubbish") == BadCursor()

    async def test_address_change(self, stage: Stage) -> None:
        """An address change is accepted once, for a customer there is."""
        account = await stage.open_account()
        change = AddressChange(
            holder_id=account.holder_id, postal_code="0000000", address="見本県例市見本町1-2-3"
        )
        ask = stage.core.request_address_change
        accepted = await ask(writing(stage, "k1"), change)
        assert isinstance(accepted, AddressChangeAccepted)
        assert await ask(writing(stage, "k1"), change) == accepted
        nobody = AddressChange(holder_id="?", postal_code="0000000", address="例")
        assert await ask(writing(stage, "k2"), nobody) == Refused(Refusal.NO_SUCH_HOLDER)

    async def test_business_date(self, stage: Stage) -> None:
        """The core's day changes at midnight in Japan."""
        stage.clock.set(datetime.fromisoformat("2026-11-20T23:59:59+09:00"))
        assert await stage.core.business_date(reading(stage)) == date(2026, 11, 20)
        stage.clock.advance(1)
        assert await stage.core.business_date(reading(stage)) == date(2026, 11, 21)

    async def page(
        self,
        stage: Stage,
        account: Account,
        from_day: date = date(2020, 1, 1),
        to_day: date = date(2030, 1, 1),
        cursor: str | None = None,
        limit: int = 100,
    ) -> TransactionPage:
        """Return a page of the account's lines."""
        page = await stage.core.transactions(
            reading(stage), account.id, from_day, to_day, cursor=cursor, limit=limit
        )
        assert isinstance(page, TransactionPage)
        return page

    async def events(self, stage: Stage, since: str | None) -> tuple[tuple[CoreEvent, ...], str]:
        """Return the events after a cursor, and where to go on."""
        page = await stage.core.events(reading(stage), since)
        assert not isinstance(page, BadCursor)
        return page.events, page.next_cursor
