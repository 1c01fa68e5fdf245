"""`madoguchi books`: verify the embedded core's books (CORE-02)."""

import click

from madoguchi.cli.desk import Desk, Refused, at_desk, institution_or_all_argument
from madoguchi.core_bank import BooksBroken, BooksVerified


@click.group()
def books() -> None:
    """Audit the books of the embedded core banking system."""


@books.command()
@institution_or_all_argument
@at_desk
async def verify(desk: Desk, institution: str) -> str:
    """Rebuild every balance from the postings and compare (without INSTITUTION: all books here).

    The digest, noted elsewhere, shows later that nothing was cut off.
    """
    core = desk.runtime.core_administration()
    audits = [
        (one.code, await core.verify_books(one.code)) for one in desk.institutions(institution)
    ]
    told = "\n".join(line for code, found in audits for line in _told(code, found))
    if any(isinstance(found, BooksBroken) for _, found in audits):
        raise Refused(told)
    return told


def _told(code: str, found: BooksVerified | BooksBroken) -> list[str]:
    if isinstance(found, BooksBroken):
        return [f"{code}: BROKEN: {each.rule}: {each.place}" for each in found.findings]
    counted = f"{found.accounts} accounts, {found.journals} journals, every rule kept"
    return [f"{code}: {counted}; digest {found.digest}"]
