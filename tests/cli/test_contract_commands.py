"""Making and looking after contracts of internet banking at the command line."""

import json
from datetime import date

import pytest

from madoguchi.core_bank import AccountKind, NewAccount
from madoguchi.customers import ContactData, Contract, ContractState
from madoguchi.sign_in import QuestionAnswer, Secret, SecretRight
from tests.cli.conftest import ACCOUNT, ADDRESS, CODE, Installation, open_account

BY = ("--by", "suzuki")
WHY = ("--reason", "came to the counter", *BY)
SAVINGS = "001-savings-0000777"
LOGIN_ID = "mihon01"
ANSWERS = [QuestionAnswer("first-pet", "シロ"), QuestionAnswer("first-school", "見本小学校"),
           QuestionAnswer("favourite-dish", "カレー")]  # fmt: skip


async def make(installation: Installation, *more: str) -> dict[str, str]:
    """Make a contract; return what was printed for the letter."""
    said = await installation.run("contract", "make", CODE, ACCOUNT, *more, *BY, "--json")
    letter: dict[str, str] = json.loads(said)
    return letter


async def contract(installation: Installation) -> Contract:
    """Return the one contract."""
    runtime = installation.runtime
    async with runtime.database.transaction() as tx:
        found = await runtime.banking.customers.find_by_account(
            tx, CODE, "001", "ordinary", "0000123"
        )
    assert found
    return found


async def active(installation: Installation) -> Contract:
    """Make a contract, and finish its first login with the passwords of the letter."""
    await make(installation)
    runtime, made = installation.runtime, await contract(installation)
    now, customers = runtime.clock.now(), runtime.banking.customers
    async with runtime.database.transaction() as tx:
        chosen = await customers.choose_login_id(tx, made, LOGIN_ID, now)
        assert isinstance(chosen, Contract)
        await runtime.banking.sign_in.set_questions(tx, chosen, ANSWERS, now)
        await customers.note_step(tx, chosen, "questions", now)
        await customers.note_step(tx, chosen, "passwords", now)
        data = ContactData(ADDRESS, None, dm_wanted=False)
        return await customers.finish_first_login(tx, chosen, data, now)


async def open_savings(installation: Installation) -> None:
    """Open a second account of the customer."""
    account = NewAccount(
        id="account-7", holder_id="holder-of-account-1", branch_code="001",
        kind=AccountKind.SAVINGS, number="0000777", opened_on=date(2026, 4, 1),
    )  # fmt: skip
    await installation.runtime.core_administration().open_account(CODE, account)


@pytest.mark.requirement("RET-01")
async def test_a_contract_is_made_and_its_letter_printed_once(installation: Installation) -> None:
    """The passwords printed are right, stand in no log, and are shown by no other command."""
    letter = await make(installation)
    made = await contract(installation)
    assert (letter["contract"], letter["card"]) == (made.id, ACCOUNT)
    assert letter["until"] == "2027-02-18T09:00:00+09:00"
    runtime = installation.runtime
    async with runtime.database.transaction() as tx:
        for secret, name in (
            (Secret.LOGIN_PASSWORD, "login password"),
            (Secret.CONFIRMATION_PASSWORD, "confirmation password"),
        ):
            checked = await runtime.banking.sign_in.check_secret(
                tx, installation.institution, made, secret, letter[name], runtime.clock.now()
            )
            assert checked == SecretRight()
        rows = await runtime.log.search(tx, CODE)
    shown = await installation.run("contract", "show", CODE, ACCOUNT, "--reveal")
    for name in ("login password", "confirmation password"):
        assert letter[name] not in shown + str(rows)
    (row,) = await installation.log_rows("contract:made")
    assert row.actor == "staff:suzuki"


async def test_the_letter_is_printed_for_people_too(installation: Installation) -> None:
    """Each line has a name and a value."""
    said = await installation.run("contract", "make", CODE, ACCOUNT, *BY)
    assert [line.partition(":")[0] for line in said.splitlines()] == [
        "contract", "card", "login password", "confirmation password", "until",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("001-ordinary-9999999", *BY), 1, "no account"),
        (("account-1", *BY), 1, "BRANCH-KIND-NUMBER"),
        ((ACCOUNT, "--with", "001-ordinary-0000456", *BY), 1, "same holder"),
        ((ACCOUNT,), 2, "--by"),
    ],
)
async def test_what_cannot_be_made_is_refused(
    installation: Installation, words: tuple[str, ...], status: int, why: str
) -> None:
    """A refusal says why, and no contract is there."""
    await open_account(installation.runtime, "account-2", "0000456", None)
    assert why in await installation.run("contract", "make", CODE, *words, status=status)
    assert await installation.listed("contract", "list", CODE) == []


async def test_a_second_contract_is_refused(installation: Installation) -> None:
    """The refusal names the first one."""
    letter = await make(installation)
    said = await installation.run("contract", "make", CODE, ACCOUNT, *BY, status=1)
    assert letter["contract"] in said


async def test_contracts_are_listed_masked_and_found(installation: Installation) -> None:
    """By account, login ID, mail address and state; numbers and addresses only on request."""
    made = await active(installation)
    (row,) = await installation.listed("contract", "list", CODE)
    assert (row["id"], row["card"]) == (made.id, "001-ordinary-****123")
    for words in (
        ("--account", ACCOUNT), ("--login-id", LOGIN_ID.upper()), ("--email", ADDRESS),
        ("--state", "active"),
    ):  # fmt: skip
        assert len(await installation.listed("contract", "list", CODE, *words)) == 1, words
    assert await installation.listed("contract", "list", CODE, "--state", "stopped") == []
    for name in (ACCOUNT, made.id, LOGIN_ID):
        shown = await installation.run("contract", "show", CODE, name)
        assert json.loads(shown)["login id"] == LOGIN_ID
        assert ADDRESS not in shown
    assert ADDRESS in await installation.run("contract", "show", CODE, LOGIN_ID, "--reveal")
    assert "no contract" in await installation.run("contract", "show", CODE, "nobody1", status=1)


async def test_a_contract_is_stopped_and_resumed(installation: Installation) -> None:
    """Each once, with a reason in the log; the second time is refused."""
    made = await active(installation)
    assert "is stopped" in await installation.run("contract", "stop", CODE, LOGIN_ID, *WHY)
    assert "is stopped" in await installation.run(
        "contract", "stop", CODE, LOGIN_ID, *WHY, status=1
    )
    (row,) = await installation.log_rows("contract:stopped")
    assert (row.subject, row.reason) == (made.id, "came to the counter")
    assert "active" in await installation.run("contract", "resume", CODE, made.id, *WHY)
    assert "not stopped" in await installation.run(
        "contract", "resume", CODE, made.id, *WHY, status=1
    )
    assert (await contract(installation)).state is ContractState.ACTIVE
    mails = await installation.listed("notice", "list", CODE, "--to", ADDRESS)
    assert [mail["template"] for mail in mails] == ["contract-changed", "contract-changed"]


@pytest.mark.requirement("RET-01")
async def test_lost_passwords_are_replaced(installation: Installation) -> None:
    """New ones are printed, and the customer changes them as at the first login."""
    made = await active(installation)
    words = ("contract", "reissue", CODE, LOGIN_ID, *WHY, "--json")
    letter = json.loads(await installation.run(*words))
    again = await contract(installation)
    assert (again.id, again.state) == (made.id, ContractState.FIRST_LOGIN)
    assert (again.questions_done, again.passwords_done) == (True, False)
    assert len(letter["login password"]) == 8
    await installation.run("contract", "stop", CODE, LOGIN_ID, *WHY)
    assert "is stopped" in await installation.run(*words[:-1], status=1)


@pytest.mark.requirement("RET-15")
async def test_accounts_are_added_and_removed(installation: Installation) -> None:
    """An account of the holder's comes and goes; the card's stays; another's does not come."""
    await active(installation)
    await open_savings(installation)
    await open_account(installation.runtime, "account-2", "0000456", None)
    add, remove = ("contract", "add-account", CODE), ("contract", "remove-account", CODE)
    await installation.run(*add, LOGIN_ID, SAVINGS, *BY)
    assert [each.number for each in (await contract(installation)).accounts] == [
        "0000123", "0000777",
    ]  # fmt: skip
    other = await installation.run(*add, LOGIN_ID, "001-ordinary-0000456", *BY, status=1)
    assert "another holder" in other
    assert "stays" in await installation.run(*remove, LOGIN_ID, ACCOUNT, *BY, status=1)
    await installation.run(*remove, LOGIN_ID, SAVINGS, *BY)
    gone = await installation.run(*remove, LOGIN_ID, SAVINGS, *BY, status=1)
    assert "not under contract" in gone
    assert len((await contract(installation)).accounts) == 1
