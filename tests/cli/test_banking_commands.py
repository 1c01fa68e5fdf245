"""What staff see and decide of internet banking: transfers, addresses, risks, logins, locks."""

import json
from collections.abc import Mapping

import pytest

from madoguchi import lockout
from madoguchi.address_changes import Asker, NewAddress, Requested
from madoguchi.customers import Contract
from madoguchi.institutions import Limits
from madoguchi.kernel.money import Yen
from madoguchi.retail.registration import LOCK, lock_subject
from madoguchi.risk import Environment
from madoguchi.sign_in import Entered, Locks, Secret, SecretLocked
from madoguchi.transfers import Accepted, Order, Payee, Payer, Quote, Signs, Transfer
from tests.cli.conftest import ACCOUNT, ACCOUNT_ID, ADDRESS, CODE, Installation, open_account
from tests.cli.test_contract_commands import LOGIN_ID, active, make

BY = ("--by", "suzuki")
HAND = ("--reason", "identity checked by phone", *BY)
HOME = Environment(
    device_id="", network="203.0.113.0/24", place="JP-13", browser="Chrome on Windows",
    language="ja",
)  # fmt: skip


async def order(installation: Installation, payer: Contract, once: str) -> Transfer:
    """Order a large transfer to a new payee from an unknown device: it is held."""
    runtime, where = installation.runtime, installation.institution
    now, transfers = runtime.clock.now(), runtime.banking.transfers
    wanted = Order(
        payer=Payer(
            contract_id=payer.id, holder_id=payer.holder_id, account_id=ACCOUNT_ID,
            branch_code="001", kind="ordinary", number="0000123", name_kana="ﾐﾎﾝ ﾀﾛｳ",
            member=False,
        ),
        payee=Payee(
            bank_code=CODE, bank_name=where.name, branch_code="001", branch_name="本店営業部",
            kind="ordinary", number="0000456", name_kana="ﾚｲ ﾊﾅｺ", name_checked=True,
            account_id="account-2", holder_id="holder-of-account-2",
        ),
        amount=Yen(600_000), payer_name="ﾐﾎﾝ ﾀﾛｳ",
    )  # fmt: skip
    signs = Signs(
        known_device=False, source="203.0.113.7", reference="K7M-29Q-X4T", language="ja",
        email=ADDRESS,
    )  # fmt: skip
    async with runtime.database.transaction() as tx:
        quote = await transfers.quote(tx, where, wanted, now)
        assert isinstance(quote, Quote), quote
        accepted = await transfers.accept(tx, where, wanted, quote, once=once, signs=signs, now=now)
    assert isinstance(accepted, Accepted), accepted
    return accepted.transfer


@pytest.mark.requirement("RET-24")
async def test_nothing_leaves_a_stopped_contract(installation: Installation) -> None:
    """Neither staff nor the worker let money go under a contract that was stopped."""
    await open_account(installation.runtime, "account-2", "0000456", None)
    payer = await active(installation)
    first, second = await order(installation, payer, "1"), await order(installation, payer, "2")
    await installation.run("transfer", "approve", CODE, first.id, *BY)
    await installation.run("contract", "stop", CODE, LOGIN_ID, *HAND)
    said = await installation.run("transfer", "approve", CODE, second.id, *BY, status=1)
    assert "stays held: contract-stopped" in said
    installation.clock.advance(120)
    done = await installation.runtime.banking.transfers.execute(CODE, first.id)
    assert (done.state, done.reason) == ("failed", "contract-stopped")


@pytest.mark.requirement("RET-18")
async def test_money_that_hangs_is_shown(installation: Installation) -> None:
    """What no worker carried out is listed ten minutes later, and before it is not."""
    await open_account(installation.runtime, "account-2", "0000456", None)
    payer = await active(installation)
    held = await order(installation, payer, "1")
    await installation.run("transfer", "approve", CODE, held.id, *BY)
    installation.clock.advance(590)
    assert await installation.listed("transfer", "list-late", CODE) == []
    installation.clock.advance(20)
    (late,) = await installation.listed("transfer", "list-late", CODE)
    assert (late["id"], late["state"]) == (held.id, "accepted")
    assert await installation.listed("bill", "list-open", CODE) == []


@pytest.mark.requirement("RET-22")
async def test_one_limit_of_a_day(installation: Installation) -> None:
    """Who lowers his limit of a day lowers what he can pay in bills, too."""
    payer = await active(installation)
    runtime, where, now = installation.runtime, installation.institution, installation.clock.now()
    signs = Signs(
        known_device=True, source="203.0.113.7", reference="K7M-29Q-X4T", language="ja",
        email=ADDRESS,
    )  # fmt: skip
    lower = Limits(per_transfer=1_000, per_day=30_000, per_month=1_000_000)
    async with runtime.database.transaction() as tx:
        await runtime.banking.transfers.lower_limits(
            tx, where, payer.id, lower, signs=signs, now=now
        )
        left = await runtime.banking.bill_payments.left_today(tx, where, payer.id, now)
    assert left == 30_000


@pytest.mark.requirement("RET-24")
async def test_held_transfers_are_let_go_or_stopped(installation: Installation) -> None:
    """Staff see what waits and why, let one go and stop the other, and none twice."""
    await open_account(installation.runtime, "account-2", "0000456", None)
    payer = await active(installation)
    first = await order(installation, payer, "1")
    second = await order(installation, payer, "2")
    waiting = await installation.listed("transfer", "list-held", CODE)
    assert [each["id"] for each in waiting] == [first.id, second.id]
    assert waiting[0]["to"] == "9901-001-ordinary-****456"
    assert waiting[0]["reasons"]
    assert "let go" in await installation.run("transfer", "approve", CODE, first.id, *BY)
    assert "stopped" in await installation.run("transfer", "refuse", CODE, second.id, *HAND)
    for words in (("approve", first.id, *BY), ("refuse", second.id, *HAND)):
        said = await installation.run("transfer", words[0], CODE, *words[1:], status=1)
        assert "does not wait any more" in said
    assert await installation.listed("transfer", "list-held", CODE) == []
    listed = await installation.listed("transfer", "list", CODE, LOGIN_ID)
    assert {each["id"]: each["state"] for each in listed} == {
        first.id: "accepted", second.id: "refused-by-staff",
    }  # fmt: skip
    only = ("--state", "accepted")
    assert len(await installation.listed("transfer", "list", CODE, LOGIN_ID, *only)) == 1
    shown = json.loads(await installation.run("transfer", "show", CODE, second.id))
    assert (shown["decided by"], shown["yen"]) == ("staff:suzuki", 600_000)
    assert "no such transfer" in await installation.run(
        "transfer", "approve", CODE, "unknown", *BY, status=1
    )
    assert "no transfer" in await installation.run("transfer", "show", CODE, "unknown", status=1)


async def ask_for_address(installation: Installation, payer: Contract, once: str) -> str:
    """Ask for a change of address; return the request's id."""
    runtime = installation.runtime
    asked = NewAddress(
        postal_code="1000001", area="東京都千代田区千代田", rest="見本1-1", phone="+819000000002",
        email=ADDRESS,
    )  # fmt: skip
    asker = Asker(
        contract_id=payer.id, holder_id=payer.holder_id, language="ja", reference="r", source="s"
    )
    async with runtime.database.transaction() as tx:
        done = await runtime.banking.address_changes.request(
            tx, CODE, asked, asker, once=once, now=runtime.clock.now()
        )
    assert isinstance(done, Requested)
    return done.request.id


@pytest.mark.requirement("RET-27")
async def test_addresses_are_accepted_or_refused(installation: Installation) -> None:
    """A list hides the address unless asked; a decision is made once, and logged."""
    payer = await active(installation)
    first = await ask_for_address(installation, payer, "1")
    (row,) = await installation.listed("address", "list", CODE)
    assert (row["id"], row["address"]) == (first, None)
    (row,) = await installation.listed("address", "list", CODE, "--reveal")
    assert (row["address"], row["phone"]) == ("東京都千代田区千代田見本1-1", "09000000002")
    assert "accepted" in await installation.run("address", "accept", CODE, first, *BY)
    again = await installation.run("address", "refuse", CODE, first, *HAND, status=1)
    assert "decided already" in again
    second = await ask_for_address(installation, payer, "2")
    assert "refused" in await installation.run("address", "refuse", CODE, second, *HAND)
    assert await installation.listed("address", "list", CODE) == []


async def enter(installation: Installation, password: str) -> object:
    """Try to log in."""
    runtime = installation.runtime
    async with runtime.database.transaction() as tx:
        return await runtime.banking.sign_in.enter_password(
            tx, installation.institution, LOGIN_ID, password, HOME, "203.0.113.7",
            runtime.clock.now(),
        )  # fmt: skip


@pytest.mark.requirement("RET-11", "RET-14")
async def test_logins_and_decisions_are_listed(installation: Installation) -> None:
    """A wrong try stands in the history; a right one's decision with its reasons."""
    letter = await _registered(installation)
    await enter(installation, "wrong99")
    entered = await enter(installation, letter["login password"])
    assert isinstance(entered, Entered)
    (row,) = await installation.listed("login", "list", CODE, LOGIN_ID)
    assert (row["result"], row["from"], row["device"]) == ("wrong", "JP-13", "Chrome on Windows")
    (decision,) = await installation.listed("risk", "list", CODE)
    assert (decision["decision"], decision["reasons"]) == ("allow", ["first"])
    of = ("--contract", LOGIN_ID)
    assert len(await installation.listed("risk", "list", CODE, *of)) == 1
    assert await installation.listed("risk", "list", CODE, *of, "--decision", "stop") == []
    assert await installation.listed("risk", "list", CODE, "--since", "2026-11-21") == []


async def _registered(installation: Installation) -> Mapping[str, str]:
    """Make a contract with a login ID; return its letter."""
    letter = await make(installation)
    runtime = installation.runtime
    async with runtime.database.transaction() as tx:
        found = await runtime.banking.customers.find(tx, CODE, letter["contract"])
        assert found
        await runtime.banking.customers.choose_login_id(tx, found, LOGIN_ID, runtime.clock.now())
    return letter


@pytest.mark.requirement("LOCK-03")
@pytest.mark.parametrize("lock", [Locks.CONFIRMATION_PASSWORD, Locks.LOGIN_PASSWORD])
async def test_locks_of_internet_banking_are_listed_and_released(
    installation: Installation, lock: Locks
) -> None:
    """The list names the card's account; a release frees the one lock, is logged and mailed."""
    found = await active(installation)
    runtime, tried = installation.runtime, object()
    for _ in range(5):
        async with runtime.database.transaction() as tx:
            tried = await runtime.banking.sign_in.check_secret(
                tx, installation.institution, found, Secret(lock.value), "wrong99",
                runtime.clock.now(),
            )  # fmt: skip
    assert isinstance(tried, SecretLocked)
    (row,) = await installation.listed("lock", "list", CODE)
    assert (row["what"], row["account"]) == (str(lock), "001-ordinary-****123")
    release = ("lock", "release", CODE, LOGIN_ID, "--lock", str(lock), *HAND)
    assert "mailed" in await installation.run(*release)
    assert "has no lock" in await installation.run(*release, status=1)
    assert await installation.listed("lock", "list", CODE) == []
    (logged,) = await installation.log_rows("sign-in:released")
    assert (logged.actor, logged.subject) == ("staff:suzuki", found.id)
    mails = await installation.listed("notice", "list", CODE, "--to", ADDRESS)
    assert "lock-released" in [mail["template"] for mail in mails]


@pytest.mark.requirement("LOCK-03", "RET-03")
async def test_the_registrations_lock_is_released_by_account(installation: Installation) -> None:
    """It is kept under a hash; staff name the account, and the holder is mailed."""
    runtime, now = installation.runtime, installation.runtime.clock.now()
    subject = lock_subject(runtime.keys, CODE, "001", "ordinary", "0000123")
    policy = lockout.Policy(LOCK, 1, "day", "next_midnight")
    tried = await lockout.attempt(runtime.counters, policy, CODE, subject, now)
    assert isinstance(tried, lockout.Allowed)
    async with runtime.database.transaction() as tx:
        await lockout.failed(tx, tried, now)
    (row,) = await installation.listed("lock", "list", CODE)
    assert (row["what"], row["account"]) == (LOCK, None)
    release = ("lock", "release", CODE, ACCOUNT, "--lock", "registration", *HAND)
    assert "mailed" in await installation.run(*release)
    assert "not locked" in await installation.run(*release, status=1)
    (logged,) = await installation.log_rows("registration:contract:released")
    assert logged.actor == "staff:suzuki"
    (mail,) = await installation.listed("notice", "list", CODE, "--to", ADDRESS)
    assert mail["template"] == "lock-released"
