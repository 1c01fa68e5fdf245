"""From a folder to every running process, through the database."""

import shutil
from pathlib import Path

import pytest

from madoguchi import institutions
from madoguchi.institutions import (
    Institutions,
    NotPublished,
    Published,
    Rejected,
    Withdrawn,
    read_folder,
)
from madoguchi.plumbing.database import Database
from tests.institutions.documents import SAMPLES
from tests.support.clock import SettableClock

SHINKUMI = "sample-shinkumi"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"{}>{}</svg>'

FIRST_TABLE = """
[[fee_tables]]
valid_from = {day}
fees = [
    { destination = "own", member = 0, other = 0 },
    { destination = "same_branch", member = 0, other = 0 },
    { destination = "other_branch", member = 110, other = 110 },
    { destination = "other_bank", member = 220, other = 220 },
]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of settings that a test may change."""
    return shutil.copytree(SAMPLES / SHINKUMI, tmp_path / SHINKUMI)


async def publish(database: Database, folder: Path, clock: SettableClock) -> Published | Rejected:
    """Publish a folder in a transaction of its own."""
    async with database.transaction() as tx:
        return await institutions.publish(tx, folder, now=clock.now())


def change(path: Path, old: str, new: str) -> None:
    """Change a file's text."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.requirement("INST-01")
@pytest.mark.parametrize("slug", ["sample-shinkumi", "mihon-shinkin"])
def test_the_sample_institutions_are_right(slug: str) -> None:
    """The folders that the demo publishes have no problem."""
    read = read_folder(SAMPLES / slug)
    assert not isinstance(read, Rejected), str(read)
    assert read.institution.slug == slug


@pytest.mark.requirement("INST-02")
def test_the_sample_institutions_show_what_a_setting_is() -> None:
    """The two differ in mode, limits, terms, hours, colours and branches."""
    one, other = (read_folder(SAMPLES / slug) for slug in ("sample-shinkumi", "mihon-shinkin"))
    assert not isinstance(one, Rejected)
    assert not isinstance(other, Rejected)
    for setting in ("modes", "failures_limit", "consent_days", "call_seconds", "idle_minutes"):
        first, second = (getattr(read.institution.api_link, setting) for read in (one, other))
        assert first != second, setting
    assert one.institution.colours != other.institution.colours
    assert one.institution.service_hours != other.institution.service_hours
    assert (len(one.institution.branches), len(other.institution.branches)) == (3, 1)


@pytest.mark.requirement("INST-01")
@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("logo.svg", None, "logo.svg: the file is missing"),
        ("institution.toml", None, "institution.toml: the file is missing"),
        ("mail.toml", "from_address = ", "mail.toml: expected TOML in UTF-8"),
        ("mails.toml", "", "mails.toml: unknown file; expected one of institution.toml"),
        ("logo.svg", "<svg", "logo.svg: expected a well-formed SVG"),
        ("logo.svg", "<!DOCTYPE svg><svg/>", "logo.svg: expected no document type or entities"),
        ("logo.svg", "<svg/>", "logo.svg: expected an <svg> element of the SVG namespace"),
        (
            "logo.svg",
            SVG.format("", ""),
            "logo.svg: expected a <title>",
        ),
        (
            "logo-dark.svg",
            SVG.format("", "<title>x</title><script>alert(1)</script>"),
            "logo-dark.svg: expected a picture only; <script> is not allowed",
        ),
        (
            "logo.svg",
            SVG.format(' onload="x()"', "<title>x</title>"),
            "logo.svg: expected a picture only; the attribute onload is not allowed",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_told(
    folder: Path, file: str, content: str | None, expected: str
) -> None:
    """A missing, unknown or unreadable file, and a logo that is no mere picture: one problem."""
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content, "utf-8")
    read = read_folder(folder)
    assert isinstance(read, Rejected)
    (problem,) = read.problems
    assert str(problem).startswith(expected)


@pytest.mark.requirement("INST-03", "INST-05")
async def test_a_running_process_takes_up_a_new_institution(
    database: Database, folder: Path, clock: SettableClock
) -> None:
    """Published after the process began, it is found by code, slug and host, with its logo."""
    running = await Institutions.load(database)
    assert running.all() == ()
    change(folder / "institution.toml", "slug =", 'hosts = ["api.sample.example.jp"]\nslug =')
    published = await publish(database, folder, clock)
    assert published == Published("9901", 1, changed=True)
    assert await running.refresh(database)
    found = running.by_code("9901")
    assert found is not None
    assert found is running.by_slug(SHINKUMI) is running.by_host("API.sample.example.jp:8443")
    logo = running.logo("9901")
    assert logo is not None
    assert logo.light == (folder / "logo.svg").read_bytes()
    assert logo.dark == (folder / "logo-dark.svg").read_bytes()
    assert not await running.refresh(database)


@pytest.mark.requirement("INST-05")
async def test_an_unknown_slug_is_looked_up_once_a_second(
    database: Database, folder: Path, clock: SettableClock
) -> None:
    """A request for one just published finds it; made-up slugs do not load the database."""
    running = await Institutions.load(database)
    assert await running.find_by_slug(database, SHINKUMI, now=clock.now()) is None
    await publish(database, folder, clock)
    assert await running.find_by_slug(database, SHINKUMI, now=clock.now()) is None
    found = await running.find_by_slug(database, SHINKUMI, now=clock.advance(1))
    assert found is not None
    assert found.code == "9901"


@pytest.mark.requirement("INST-05")
async def test_a_change_is_taken_up_and_the_rest_stays_as_it_is(
    database: Database, folder: Path, clock: SettableClock
) -> None:
    """After a change the institution is a new object with it; the other one is the same object."""
    await publish(database, folder, clock)
    await publish(database, SAMPLES / "mihon-shinkin", clock)
    running = await Institutions.load(database)
    other = running.by_code("9902")
    change(folder / "api_link.toml", "consent_days = 30", "consent_days = 60")
    assert await publish(database, folder, clock) == Published("9901", 3, changed=True)
    assert await running.refresh(database)
    changed = running.by_code("9901")
    assert changed is not None
    assert changed.api_link.consent_days == 60
    assert running.by_code("9902") is other


@pytest.mark.requirement("INST-05")
async def test_publishing_the_same_again_changes_nothing(
    database: Database, folder: Path, clock: SettableClock
) -> None:
    """No new version is drawn for a folder that is published already."""
    await publish(database, folder, clock)
    assert await publish(database, folder, clock) == Published("9901", 1, changed=False)


@pytest.mark.requirement("INST-01", "INST-05")
async def test_a_faulty_folder_changes_nothing(
    database: Database, folder: Path, clock: SettableClock
) -> None:
    """Running processes keep what was published before."""
    await publish(database, folder, clock)
    running = await Institutions.load(database)
    change(folder / "api_link.toml", "consent_days = 30", "consent_days = 3000")
    assert isinstance(await publish(database, folder, clock), Rejected)
    assert not await running.refresh(database)


@pytest.mark.requirement("INST-01", "RET-21")
async def test_a_first_table_of_fees_that_does_not_hold_yet_is_rejected(
    database: Database, folder: Path, clock: SettableClock
) -> None:
    """Until it began no transfer would have a fee; on its first Japan day it may be published."""
    table = FIRST_TABLE.replace("{day}", "2026-11-21")
    (folder / "transfers.toml").write_text(table, "utf-8")
    rejected = await publish(database, folder, clock)
    assert isinstance(rejected, Rejected)
    assert "fee_tables[].valid_from" in str(rejected)
    clock.advance(15 * 3600)
    assert isinstance(await publish(database, folder, clock), Published)


@pytest.mark.requirement("INST-03", "INST-04")
async def test_slug_and_host_belong_to_one_institution(
    database: Database, folder: Path, clock: SettableClock
) -> None:
    """A folder that takes another's path or host is refused, with whose it is."""
    change(folder / "institution.toml", "slug =", 'hosts = ["api.example.jp"]\nslug =')
    await publish(database, folder, clock)
    change(folder / "institution.toml", 'code = "9901"', 'code = "9903"')
    rejected = await publish(database, folder, clock)
    assert isinstance(rejected, Rejected)
    assert [(problem.key, "9901" in problem.expected) for problem in rejected.problems] == [
        ("slug", True),
        ("hosts", True),
    ]


async def test_a_withdrawn_institution_is_gone_until_published_again(
    database: Database, folder: Path, clock: SettableClock
) -> None:
    """Withdrawing takes it from running processes and frees its path; publishing brings it back."""
    await publish(database, folder, clock)
    running = await Institutions.load(database)
    async with database.transaction() as tx:
        assert await institutions.withdraw(tx, "9901", now=clock.now()) == Withdrawn("9901", 2)
        assert await institutions.withdraw(tx, "9901", now=clock.now()) == NotPublished("9901")
    await running.refresh(database)
    assert running.by_slug(SHINKUMI) is None
    assert running.logo("9901") is None
    assert await publish(database, folder, clock) == Published("9901", 3, changed=True)
    await running.refresh(database)
    assert running.by_slug(SHINKUMI) is not None


async def test_settings_of_a_newer_program_do_not_take_an_institution_away(
    database: Database, folder: Path, clock: SettableClock
) -> None:
    """While versions run side by side, the older keeps the settings that it can read."""
    await publish(database, folder, clock)
    running = await Institutions.load(database)
    before = running.by_code("9901")
    async with database.transaction() as tx:
        await tx.execute(
            "UPDATE institutions_institution"
            " SET version = 2, documents = jsonb_set(documents, '{api_link,from_the_future}', '1')"
        )
    assert await running.refresh(database)
    assert running.by_code("9901") is before
