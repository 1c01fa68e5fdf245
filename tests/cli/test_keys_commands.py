"""Making and rotating key files."""

import os
import stat
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from madoguchi.cli import main
from madoguchi.plumbing.keys import ReferencedKeys
from madoguchi.plumbing.settings import KEY_NAMES
from tests.cli.conftest import CODE, Installation
from tests.cli.test_operations_log_commands import append


@pytest.mark.requirement("SEC-04")
def test_key_files_are_made_once_and_printed_as_settings(tmp_path: Path) -> None:
    """Every key gets a file for its owner alone; made again, the secrets stay; none is printed."""
    folder = tmp_path / "keys"
    first = CliRunner().invoke(main, ["keys", "create", str(folder)])
    assert first.exit_code == 0
    references = tomllib.loads(first.output)["keys"]
    assert set(references) == set(KEY_NAMES)
    before = ReferencedKeys(references).current("csrf")
    secret = (folder / "csrf.key").read_text("ascii").strip()
    assert secret not in first.output
    assert stat.S_IMODE((folder / "csrf.key").stat().st_mode) == 0o600
    again = CliRunner().invoke(main, ["keys", "create", str(folder)])
    assert again.output == first.output
    assert ReferencedKeys(references).current("csrf") == before


@pytest.mark.requirement("SEC-04", "LOG-01")
async def test_a_rotated_key_is_used_at_once_and_the_log_stays_right(
    installation: Installation,
) -> None:
    """Other processes take the new secret with their next use; what the old one made is read."""
    keys = installation.runtime.keys
    before = keys.current("operations-log")
    await append(installation, 3)
    await installation.run("keys", "rotate", "operations-log", "--by", "suzuki")
    assert keys.current("operations-log") != before
    assert before in keys.every("operations-log")
    await append(installation, 3)
    (row,) = await installation.log_rows("keys:rotated")
    assert (row.actor, row.subject) == ("staff:suzuki", "key:operations-log")
    assert "7 rows" in await installation.run("operations-log", "verify", CODE)


async def test_what_is_not_rotated_is_refused(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown key, the one that apps know people by, another user's file: none is touched."""
    rotate = ("keys", "rotate")
    hand = ("--by", "suzuki")
    assert "no key" in await installation.run(*rotate, "unknown", *hand, status=1)
    assert "not rotated" in await installation.run(*rotate, "pairwise", *hand, status=1)
    before = installation.runtime.keys.current("csrf")
    me = os.geteuid()
    monkeypatch.setattr("madoguchi.cli.keys.os.geteuid", lambda: me + 1)
    assert "another user's" in await installation.run(*rotate, "csrf", *hand, status=1)
    assert installation.runtime.keys.current("csrf") == before
    assert await installation.log_rows("keys:rotated") == []
