"""Which accounts can be linked (LINK-01, LINK-02)."""

from datetime import timedelta

import msgspec
import pytest

from madoguchi.api_link.linkable import Linkable, linkable_account, may_be_linked, why_not
from madoguchi.api_link.services import LinkServices
from madoguchi.api_link.visit import ChosenAccount
from madoguchi.app.web import link_ports
from madoguchi.core_bank import AccountKind, AccountStatus, HolderKind
from madoguchi.plumbing.web import RequestContext
from tests.support.clock import SettableClock
from tests.support.fake_core_bank import FakeCoreBank, sample_person
from tests.support.link_world import LinkWorld


async def ask(world: LinkWorld, branch: str, kind: AccountKind, number: str) -> Linkable | None:
    """Ask for an account as ② does."""
    async with world.database.transaction() as tx:
        services = LinkServices(
            link_ports(world.runtime), tx, world.institution, "visit",
            RequestContext("REF", "192.0.2.1", "ja", ""), world.clock.now(),
        )  # fmt: skip
        return await linkable_account(services, ChosenAccount(branch, kind, number))


@pytest.mark.requirement("LINK-01")
@pytest.mark.parametrize("kind", list(AccountKind))
@pytest.mark.parametrize("status", list(AccountStatus))
@pytest.mark.parametrize("has_card", [True, False])
@pytest.mark.parametrize("holder_kind", list(HolderKind))
@pytest.mark.parametrize("passbook", [True, False])
def test_who_may_be_linked(
    kind: AccountKind,
    status: AccountStatus,
    has_card: bool,
    holder_kind: HolderKind,
    passbook: bool,
    clock: SettableClock,
) -> None:
    """A person's open ordinary or savings account with a card, whatever the passbook can do."""
    core = FakeCoreBank(clock)
    holder = msgspec.structs.replace(sample_person(), kind=holder_kind)
    account = msgspec.structs.replace(
        core.add_account(holder=holder), kind=kind, status=status, has_card=has_card,
        passbook_withdrawal=passbook,
    )  # fmt: skip
    wanted = (
        kind.value in ("ordinary", "savings")
        and status.value == "open"
        and has_card
        and holder_kind.value == "person"
    )
    assert may_be_linked(account, holder) is wanted


@pytest.mark.requirement("LINK-01", "LINK-39")
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"has_card": False}, "no-card"),
        ({"kind": AccountKind.CURRENT}, "kind"),
        ({"kind": AccountKind.TIME_DEPOSIT, "has_card": False}, "kind"),
        ({"status": AccountStatus.MOVED}, "moved"),
        ({"status": AccountStatus.CLOSED, "has_card": False}, "closed"),
    ],
)
def test_the_reason_is_the_one_that_helps(
    changes: dict[str, object], why: str | None, clock: SettableClock
) -> None:
    """Where several things stand against it, the one that no card would help comes first."""
    holder = sample_person()
    account = msgspec.structs.replace(FakeCoreBank(clock).add_account(holder=holder), **changes)
    assert why_not(account, holder) == why
    company = msgspec.structs.replace(holder, kind=HolderKind.COMPANY)
    assert why_not(account, company) == "holder"


@pytest.mark.requirement("LINK-01")
async def test_an_account_is_found_by_branch_kind_and_number_together(world: LinkWorld) -> None:
    """Another branch, kind or number is another account, or none."""
    assert await ask(world, "001", AccountKind.ORDINARY, "1234567")
    assert await ask(world, "002", AccountKind.ORDINARY, "1234567") is None
    assert await ask(world, "001", AccountKind.SAVINGS, "1234567") is None
    assert await ask(world, "001", AccountKind.ORDINARY, "1234568") is None


@pytest.mark.requirement("LINK-02")
async def test_a_moved_account_is_linked_under_its_new_number_only(world: LinkWorld) -> None:
    """After the move the old branch and number are refused, the new ones are the account."""
    old = await ask(world, "001", AccountKind.ORDINARY, "1234567")
    assert old is not None
    moved = world.core.move_account("9901", old.account.id, "002", "7654321")
    assert await ask(world, "001", AccountKind.ORDINARY, "1234567") is None
    new = await ask(world, "002", AccountKind.ORDINARY, "7654321")
    assert new is not None
    assert new.account.id == moved.id


@pytest.mark.requirement("INST-04")
async def test_another_institutions_account_is_not_found(world: LinkWorld) -> None:
    """The core is asked for the institution's own accounts alone."""
    world.core.add_account("9902", number="2222222", pin="7391")
    assert await ask(world, "001", AccountKind.ORDINARY, "2222222") is None


@pytest.mark.requirement("LINK-35")
async def test_the_core_is_given_eight_seconds(world: LinkWorld) -> None:
    """Each question to the core carries a deadline, so that the person is told in time."""
    async with world.database.transaction() as tx:
        services = LinkServices(
            link_ports(world.runtime), tx, world.institution, "visit",
            RequestContext("REF", "192.0.2.1", "ja", ""), world.clock.now(),
        )  # fmt: skip
    call = services.core_call()
    assert call.deadline - world.clock.now() == timedelta(seconds=8)
    assert call.correlation_id == "REF"
