"""The sample contracts: as the ready file says, for both institutions, made once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from madoguchi.app import Runtime, open_runtime
from madoguchi.customers import Contract
from madoguchi.demo.clock import DemoClock
from madoguchi.demo.place import Place
from madoguchi.demo.sample_bank import load_sample_bank
from madoguchi.demo.sample_contracts import SAMPLES, ContractsFiller, passwords
from madoguchi.institutions import Institution, publish
from madoguchi.kernel.clock import japan_day
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.settings import load_settings
from madoguchi.sign_in import (
    AnswerRight,
    PersonalFacts,
    Secret,
    SecretRight,
    answer_problem,
    password_problem,
)
from tests.cli.conftest import write_settings
from tests.support.clock import MORNING

BOTH = pytest.mark.parametrize("slug", ["sample-shinkumi", "mihon-shinkin"])
SAMPLE_INSTITUTIONS = Place(Path()).institutions


@pytest.fixture
async def runtime(tmp_path: Path, database: Database, database_url: str) -> AsyncIterator[Runtime]:
    """A process of the demo, on the tests' morning."""
    clock = DemoClock(Place(tmp_path).clock)
    clock.set(MORNING)
    opened = await open_runtime(load_settings(write_settings(tmp_path, database_url)), clock)
    yield opened
    await opened.close()


async def filled(runtime: Runtime, slug: str) -> tuple[Institution, list[dict[str, Any]]]:
    """Fill one sample institution; return it and what the ready file tells of it."""
    now = runtime.clock.now()
    async with runtime.database.transaction() as tx:
        await publish(tx, SAMPLE_INSTITUTIONS / slug, now=now)
    await runtime.institutions.refresh(runtime.database)
    institution = runtime.institutions.by_slug(slug)
    assert institution
    await load_sample_bank(runtime.core_administration(), institution.code, japan_day(now))
    filler = ContractsFiller(runtime)
    entries = await filler.fill(institution, now)
    filler.close()
    return institution, entries


@BOTH
@pytest.mark.requirement("RUN-01", "RET-01")
async def test_every_contract_is_as_it_is_told(runtime: Runtime, slug: str) -> None:
    """Both passwords are right, and the answers; there are new ones, first logins, ready ones."""
    institution, entries = await filled(runtime, slug)
    states = [entry["state"] for entry in entries]
    assert {state: states.count(state) for state in set(states)} == {
        "new": 2, "first_login": 2, "ready": 4,
    }  # fmt: skip
    for entry in entries:
        await _check(runtime, institution, entry)
    again = (await filled(runtime, slug))[1]
    assert again == entries


async def _check(runtime: Runtime, institution: Institution, entry: dict[str, Any]) -> None:
    sign_in, now = runtime.banking.sign_in, runtime.clock.now()
    card = (entry["branch_code"], entry["account_kind"], entry["account_number"])
    async with runtime.database.transaction() as tx:
        contract = await runtime.banking.customers.find_by_account(tx, institution.code, *card)
        assert isinstance(contract, Contract)
        assert contract.login_id == entry["login_id"]
        for secret, name in (
            (Secret.LOGIN_PASSWORD, "login_password"),
            (Secret.CONFIRMATION_PASSWORD, "confirmation_password"),
        ):
            checked = await sign_in.check_secret(
                tx, institution, contract, secret, entry[name], now
            )
            assert checked == SecretRight()
        keys = await sign_in.question_keys(tx, contract)
        assert len(keys) == len(entry["questions"])
        if keys:
            asked = next(each for each in institution.retail.questions if each.key == keys[0])
            answer = entry["questions"][asked.text.ja]
            judged = await sign_in.check_answer(tx, institution, contract, keys[0], answer, now)
            assert judged == AnswerRight()
            assert contract.email == entry["email"]


async def test_one_customer_has_all_his_accounts(runtime: Runtime) -> None:
    """The customer with several accounts sees them all, time deposits too."""
    institution, _ = await filled(runtime, "sample-shinkumi")
    async with runtime.database.transaction() as tx:
        found = await runtime.banking.customers.find_by_login_id(tx, institution.code, "reisaburo3")
    assert found
    kinds = [account.kind for account in found.accounts]
    assert kinds[0] == "ordinary"
    assert set(kinds) == {"ordinary", "savings", "current", "time_deposit"}


@BOTH
async def test_passwords_keep_the_institutions_rules(runtime: Runtime, slug: str) -> None:
    """Nobody's password would be refused if he chose it himself; all answers can be given."""
    institution, entries = await filled(runtime, slug)
    for sample, entry in zip(SAMPLES, entries, strict=True):
        login, confirmation = passwords(institution, sample)
        known = PersonalFacts(login_id=sample.login_id, account_numbers=(entry["account_number"],))
        for text, others in ((login, ()), (confirmation, (login,))):
            problem = password_problem(institution.retail, text, others=others, known=known)
            assert problem is None, text
        assert not any(answer_problem(answer) for answer in entry["questions"].values())
