"""Checking, publishing, listing and withdrawing institutions."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from madoguchi.app import institutions_kept_up
from tests.cli.conftest import CODE, SAMPLES, Installation

SHINKUMI = str(SAMPLES / "sample-shinkumi")
SHINKIN = str(SAMPLES / "mihon-shinkin")
BY = ("--by", "suzuki")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """An institution's folder with a wrong code in it."""
    folder = tmp_path / "broken"
    shutil.copytree(SHINKUMI, folder)
    file = folder / "institution.toml"
    file.write_text(file.read_text("utf-8").replace('"9901"', '"99"'), "utf-8")
    return folder


async def until(happened: Callable[[], bool]) -> None:
    """Wait for what another task does."""
    while not happened():  # noqa: ASYNC110 - the process under test tells nobody
        await asyncio.sleep(0.05)


@pytest.mark.requirement("INST-05")
async def test_a_running_process_takes_up_what_one_command_publishes(
    empty_installation: Installation,
) -> None:
    """A process that runs all the while serves the institution soon after the command."""
    runtime = empty_installation.runtime
    assert runtime.institutions.by_code(CODE) is None
    async with institutions_kept_up(runtime), asyncio.timeout(20):
        await empty_installation.run("institution", "publish", SHINKUMI, *BY)
        await until(lambda: runtime.institutions.by_slug("sample-shinkumi") is not None)
        await empty_installation.run(
            "institution", "withdraw", CODE, "--reason", "merged", "--by", "sato"
        )
        await until(lambda: runtime.institutions.by_slug("sample-shinkumi") is None)
    (published,) = await empty_installation.log_rows("institution:published")
    (withdrawn,) = await empty_installation.log_rows("institution:withdrawn")
    assert published.actor == "staff:suzuki"
    assert (withdrawn.actor, withdrawn.reason) == ("staff:sato", "merged")


@pytest.mark.requirement("INST-05")
async def test_without_folders_all_of_the_settings_are_published(
    empty_installation: Installation,
) -> None:
    """The one command needs no argument: what lies below the settings' folder is published."""
    await empty_installation.run("institution", "publish", *BY)
    found = await empty_installation.listed("institution", "list")
    assert [each["code"] for each in found] == ["9901", "9902"]
    assert found[0]["issuer"] == "http://localhost:8000/sample-shinkumi"


async def test_publishing_the_same_again_changes_nothing(installation: Installation) -> None:
    """Where nothing is new, nothing is logged."""
    assert "already" in await installation.run("institution", "publish", SHINKUMI, *BY)
    assert await installation.log_rows("institution:published") == []


async def test_one_wrong_folder_keeps_all_from_being_published(
    empty_installation: Installation, broken: Path
) -> None:
    """The error names file and key, and the right folder beside it is not published either."""
    said = await empty_installation.run(
        "institution", "publish", SHINKIN, str(broken), *BY, status=1
    )
    assert "broken/institution.toml: code" in said
    assert await empty_installation.listed("institution", "list") == []
    assert await empty_installation.log_rows("institution:published", "9902") == []


@pytest.mark.requirement("INST-01")
async def test_a_folder_is_checked_without_a_database(broken: Path) -> None:
    """`institution check` reads files only, and names file and key of what is wrong."""
    from click.testing import CliRunner

    from madoguchi.cli import main

    right = CliRunner().invoke(main, ["institution", "check", SHINKUMI, SHINKIN])
    assert (right.exit_code, right.output) == (0, "2 right\n")
    wrong = CliRunner().invoke(main, ["institution", "check", SHINKUMI, str(broken)])
    assert wrong.exit_code == 1
    assert "institution.toml: code" in wrong.output


async def test_what_is_not_published_is_refused(installation: Installation, tmp_path: Path) -> None:
    """Neither an unknown name nor a missing folder is taken."""
    hand = ("--reason", "x", *BY)
    assert "no institution 9999" in await installation.run(
        "institution", "withdraw", "9999", *hand, status=1
    )
    await installation.run("institution", "publish", str(tmp_path / "none"), *BY, status=2)
    assert "--by" in await installation.run("institution", "publish", SHINKUMI, status=2)
