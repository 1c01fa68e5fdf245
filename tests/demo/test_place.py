"""The demo's directory."""

import json
from pathlib import Path

import pytest

from madoguchi.demo.place import DemoRunning, NotADemo, Place, read_json, write_in_one_piece


@pytest.mark.requirement("RUN-01")
def test_what_a_demo_kept_is_there_again(tmp_path: Path) -> None:
    """Without a reset the directory's contents stay."""
    place = Place(tmp_path / "demo")
    place.claim(reset=False).close()
    write_in_one_piece(place.ports, {"home": 8000})
    place.claim(reset=False).close()
    assert read_json(place.ports) == {"home": 8000}


def test_a_reset_begins_anew(tmp_path: Path) -> None:
    """With a reset everything goes but the mark."""
    place = Place(tmp_path / "demo")
    place.claim(reset=False).close()
    write_in_one_piece(place.ports, {"home": 8000})
    (place.mailbox / "00000001.eml").touch()
    place.claim(reset=True).close()
    assert read_json(place.ports) is None
    assert list(place.mailbox.iterdir()) == []


@pytest.mark.parametrize("reset", [False, True])
def test_a_directory_that_is_no_demos_is_left_alone(tmp_path: Path, reset: bool) -> None:
    """Somebody's files are neither deleted nor added to."""
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(NotADemo):
        Place(tmp_path).claim(reset=reset)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_one_demo_at_a_time(tmp_path: Path) -> None:
    """A second demo on a running one's directory is refused, and with a reset deletes nothing."""
    place = Place(tmp_path / "demo")
    lock = place.claim(reset=False)
    write_in_one_piece(place.ports, {"home": 8000})
    with pytest.raises(DemoRunning):
        place.claim(reset=True)
    lock.close()
    assert read_json(place.ports) == {"home": 8000}


def test_a_file_written_in_one_piece_leaves_no_half(tmp_path: Path) -> None:
    """Only the whole file is there afterwards, readable by its owner alone."""
    write_in_one_piece(tmp_path / "ready.json", {"name": "窓口"})
    assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]
    assert json.loads((tmp_path / "ready.json").read_text("utf-8")) == {"name": "窓口"}
    assert (tmp_path / "ready.json").stat().st_mode & 0o777 == 0o600
