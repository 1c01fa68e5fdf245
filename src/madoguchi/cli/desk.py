"""What the staff's commands share: whose hand it is, for which institution, in one transaction."""

import asyncio
import functools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import click

from madoguchi.app import Runtime, open_runtime
from madoguchi.cli.clock import clock_of
from madoguchi.cli.options import read_settings, settings_option
from madoguchi.core_bank import Account, AccountKind, Call, CoreBank
from madoguchi.customers import Contract
from madoguchi.institutions import Institution
from madoguchi.kernel.clock import JAPAN
from madoguchi.kernel.errors import Fault
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.observability import configure_logging, new_reference

CORE_PATIENCE = timedelta(seconds=30)
STAFF_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
ACCOUNT_NAME = re.compile(r"(?P<branch>\d{3})-(?P<kind>[a-z_]+)-(?P<number>\d{1,7})")
SETTING_UP = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
)
"""What PostgreSQL says where the database was not made, or not migrated."""


class Refused(click.ClickException):
    """The command was understood and not done; nothing is changed. Ends with status 1."""


class StaffName(click.ParamType[str]):
    """Whose hand it is, as it will stand in the operations log."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check that the name can stand in the log as it is."""
        if not STAFF_NAME.fullmatch(value):
            self.fail(f"{value!r}: letters, digits and . _ @ -, 64 at most", param, ctx)
        return value


class Reason(click.ParamType[str]):
    """Why something is done, in words."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check that there is one."""
        if not value.strip():
            self.fail("it is empty", param, ctx)
        return value.strip()


class JapanTime(click.ParamType[datetime]):
    """An ISO 8601 date or time; of Japan where it names no zone."""

    name = "time"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read the time."""
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-11-20T09:00", param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=JAPAN)


ANY_ID = {"ignore_unknown_options": True}
"""For commands that take an id: one may begin with a hyphen."""

institution_argument = click.argument("institution")
institution_or_all_argument = click.argument("institution", default="")
by_option = click.option(
    "--by", type=StaffName(), required=True, help="Who does it; stands in the operations log."
)
reason_option = click.option(
    "--reason", type=Reason(), required=True, help="Why; stands in the operations log."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
reveal_option = click.option("--reveal", is_flag=True, help="Print account numbers in full.")


@dataclass(frozen=True)
class Desk:
    """What one command works with. What it does is committed, or none of it."""

    runtime: Runtime
    tx: Tx
    now: datetime
    actor: str
    """`staff:NAME`; empty where the command changes nothing."""
    reference: str

    def institution(self, name: str) -> Institution:
        """Return the institution that is served under a code or slug."""
        known = self.runtime.institutions
        found = known.by_code(name) or known.by_slug(name)
        if found is None:
            raise Refused(f"no institution {name}: not a code or slug of one that is published")
        return found

    def institutions(self, name: str) -> tuple[Institution, ...]:
        """Return the institution named; all where the name is empty."""
        return (self.institution(name),) if name else self.runtime.institutions.all()

    def core(self, institution: Institution) -> CoreBank:
        """Return the institution's core banking system."""
        return self.runtime.core_of(institution)

    def call(self, institution: Institution) -> Call:
        """Return what goes with a read of the core."""
        return Call(
            institution=institution.code,
            correlation_id=self.reference,
            deadline=self.now + CORE_PATIENCE,
        )

    async def account(self, institution: Institution, name: str) -> Account:
        """Return the account called BRANCH-KIND-NUMBER, or that has `name` as the core's id."""
        core, call = self.core(institution), self.call(institution)
        written = ACCOUNT_NAME.fullmatch(name)
        if written is None:
            found = await core.account(call, name)
        else:
            if written["kind"] not in tuple(AccountKind):
                raise Refused(f"account {name}: the kind is one of {', '.join(AccountKind)}")
            kind, number = AccountKind(written["kind"]), written["number"].zfill(7)
            found = await core.find_account(call, written["branch"], kind, number)
        if found is None:
            raise Refused(f"no account {name} at {institution.code}: write BRANCH-KIND-NUMBER")
        return found

    async def contract(self, institution: Institution, name: str) -> Contract:
        """Return the contract of internet banking that staff mean by `name`.

        The account on its card (BRANCH-KIND-NUMBER), its id, or its login ID.
        """
        customers, place = self.runtime.banking.customers, (self.tx, institution.code)
        written = ACCOUNT_NAME.fullmatch(name)
        if written:
            card = (written["branch"], written["kind"], written["number"].zfill(7))
            found = await customers.find_by_account(*place, *card)
        else:
            found = await customers.find(*place, name)
            found = found or await customers.find_by_login_id(*place, name)
        if found is None:
            raise Refused(
                f"no contract {name} at {institution.code}: "
                "write the card's BRANCH-KIND-NUMBER, the contract's id, or the login ID"
            )
        return found


def at_desk(work: Callable[..., Awaitable[str]]) -> Callable[..., None]:
    """Make a command of `work(desk, …)`: one transaction, then what it returns is printed."""

    @settings_option
    @functools.wraps(work)
    def command(settings_file: Path, by: str = "", **given: object) -> None:
        configure_logging("warning")
        try:
            click.echo(asyncio.run(_at_desk(work, settings_file, by, given)))
        except Fault as fault:
            raise Refused(f"{type(fault).__name__}: {fault}") from fault
        except SETTING_UP as error:
            raise Refused(f"the database is not set up ({error}): madoguchi migrate") from error

    return command


async def _at_desk(
    work: Callable[..., Awaitable[str]], settings_file: Path, by: str, given: dict[str, object]
) -> str:
    settings = read_settings(settings_file)
    runtime = await open_runtime(settings, clock_of(settings, settings_file))
    try:
        async with runtime.database.transaction() as tx:
            desk = Desk(
                runtime=runtime,
                tx=tx,
                now=runtime.clock.now(),
                actor=f"staff:{by}" if by else "",
                reference=new_reference(runtime.entropy),
            )
            return await work(desk, **given)
    finally:
        await runtime.close()
