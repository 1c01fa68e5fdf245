"""What git keeps says nothing about the machine it was made on, and pins what is installed."""

import json
import re

import pytest

from tests.support.source import ROOT, committed_files

REGISTRIES = re.compile(
    r"(pythonhosted|pypi\.(?=org|python)|registry\.(?=npm|yarn)|deb\.(?=debian|nodesource))[a-z]+\."
)
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(wo" r"rk|ro" r"ot|opt/wheels|home/\w+)/")
LOCKS = (
    "requirements.lock",
    "requirements-demo.lock",
    "requirements-test.lock",
    "requirements-uv.lock",
)
BINARY = {".png", ".jpg", ".ico", ".woff2", ".pdf", ".mo"}


def _broken(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in committed_files()
        if path.suffix not in BINARY
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.requirement("SEC-06")
def test_no_file_names_a_registry() -> None:
    """Where packages come from is the machine's setting, not the product's."""
    broken = _broken(REGISTRIES)
    assert not broken, "\n".join(broken)


def test_no_file_names_a_path_of_a_machine() -> None:
    """A clone works wherever it lies."""
    broken = _broken(MACHINE_PATHS)
    assert not broken, "\n".join(broken)


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize("lock", LOCKS)
def test_every_python_package_is_pinned_by_hash(lock: str) -> None:
    """Every requirement has one version and its hashes, and no address."""
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8").strip())
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
        assert "://" not in entry, entry


def test_the_production_install_stays_small() -> None:
    """A bank has to answer for every package: there are fewer than 35."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert len(re.findall(r"^[a-z0-9]", lock, re.MULTILINE)) < 35


@pytest.mark.requirement("SEC-06")
def test_every_javascript_package_is_pinned_by_hash() -> None:
    """Every package of the tests' clients has its hash, and no address."""
    lock = json.loads((ROOT / "tests/clients/package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name
