"""`madoguchi consent`: list and revoke consents, as for a customer who phones (LINK-32)."""

import click

from madoguchi import consents
from madoguchi.cli.desk import (
    ANY_ID,
    Desk,
    Refused,
    at_desk,
    by_option,
    institution_argument,
    json_option,
    reason_option,
    reveal_option,
)
from madoguchi.cli.printing import account_name, japan_time, listed
from madoguchi.consents import (
    Consent,
    ConsentNotActive,
    ConsentStatus,
    EndedBy,
    NoSuchConsent,
)

IN_FORCE = (ConsentStatus.AUTHORISED,)


@click.group()
def consent() -> None:
    """See which apps customers let in, and take it back for them."""


@consent.command("list")
@institution_argument
@click.option("--account", help="Those that this account is under: 001-ordinary-0000123.")
@click.option("--holder", help="Those that this holder gave: the core's id.")
@click.option("--client", help="Those given to this client.")
@click.option("--ended", is_flag=True, help="List ended and unanswered ones too.")
@reveal_option
@json_option
@at_desk
async def list_command(
    desk: Desk,
    institution: str,
    account: str | None,
    holder: str | None,
    client: str | None,
    *,
    ended: bool,
    reveal: bool,
    as_json: bool,
) -> str:
    """List the consents of one account, holder or client, the newest first."""
    where = desk.institution(institution)
    match account, holder, client:
        case str(name), None, None:
            subject = (await desk.account(where, name)).id
            found = await consents.list_for_account(desk.tx, where.code, subject, desk.now)
        case None, str(holder_id), None:
            found = await consents.list_for_holder(desk.tx, where.code, holder_id, desk.now)
        case None, None, str(client_id):
            found = await consents.list_for_client(desk.tx, where.code, client_id, desk.now)
        case _:
            raise click.UsageError("give one of --account, --holder and --client")
    shown = [each for each in found if ended or each.status in IN_FORCE]
    return listed([_row(each, reveal=reveal) for each in shown], as_json=as_json)


@consent.command("revoke", context_settings=ANY_ID)
@institution_argument
@click.argument("consent")
@reason_option
@by_option
@at_desk
async def revoke_command(desk: Desk, institution: str, consent: str, reason: str) -> str:
    """End a consent now, by its id: the app's next request is refused."""
    where = desk.institution(institution)
    done = await consents.revoke(
        desk.tx,
        desk.runtime.log,
        where.code,
        consent,
        by=EndedBy.STAFF,
        actor=desk.actor,
        reason=reason,
        now=desk.now,
    )
    match done:
        case NoSuchConsent():
            raise Refused(f"no consent {consent} at {where.code}")
        case ConsentNotActive(status=status):
            raise Refused(f"consent {consent} has ended already: {status}")
        case Consent():
            return f"consent {consent} is revoked"


def _row(each: Consent, *, reveal: bool) -> dict[str, object]:
    return {
        "id": each.id,
        "status": each.status,
        "client": each.client_id,
        "holder": each.holder_id,
        "accounts": [
            account_name(one.branch_code, one.account_kind, one.account_number, reveal=reveal)
            for one in each.accounts
        ],
        "scopes": list(each.scopes),
        "authorised": japan_time(each.authorised_at),
        "expires": japan_time(each.expires_at),
        "last used": japan_time(each.last_used_at),
        "ended": japan_time(each.ended_at),
        "ended by": each.ended_by,
        "reason": each.end_reason,
    }
