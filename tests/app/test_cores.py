"""Which core is an institution's, and internet banking over a core that is asked over HTTP."""

import dataclasses
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from madoguchi.app import CoreNotSetUp, Runtime, background_worker, open_runtime, web_application
from madoguchi.app.cores import core_of, http_cores
from madoguchi.core_bank import BooksVerified
from madoguchi.core_bank.http import HttpCore
from madoguchi.institutions import CoreSettings, Institution
from madoguchi.plumbing.settings import Core, load_settings
from tests.cli.conftest import SAMPLES, Installation, empty_installation, write_settings
from tests.core_bank.http.serving import around
from tests.support.clock import SettableClock
from tests.support.fake_core_bank import FakeCoreBank
from tests.support.institution_settings import card_institution
from tests.support.link_world import counters
from tests.support.retail_world import RetailRuntime, RetailWorld, bank
from tests.support.transfer_walk import Walk

__all__ = ["bank", "counters", "empty_installation"]


def with_core(name: str) -> Institution:
    """Return an institution whose core has this name."""
    return msgspec.structs.replace(card_institution(), core=CoreSettings(adapter=name))


@pytest.mark.requirement("CORE-03")
async def test_each_institution_has_its_own_core(clock: SettableClock) -> None:
    """The embedded one by default, else the one it names; one that nobody set up is told."""
    embedded, main = FakeCoreBank(clock), FakeCoreBank(clock)
    assert core_of(card_institution(), embedded, {"main": main}) is embedded
    assert core_of(with_core("main"), embedded, {"main": main}) is main
    with pytest.raises(CoreNotSetUp, match=r"institution 9901 .* no \[cores.other\]"):
        core_of(with_core("other"), embedded, {"main": main})


@pytest.mark.requirement("CORE-03", "SEC-04")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"token": "file:/nowhere/token"}, r"cores\.main\.token: file:/nowhere/token"),
        ({"ca_file": "/nowhere/ca.pem"}, r"cores\.main: a certificate or key file: No such file"),
    ],
)
def test_what_cannot_be_read_is_named(
    clock: SettableClock, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], expected: str
) -> None:
    """A token or a certificate that is not there is told when the process starts."""
    monkeypatch.setenv("CORE_TOKEN", "t")
    core = Core(**{"url": "https://core.example.jp", "token": "env:CORE_TOKEN", **changes})
    with pytest.raises(CoreNotSetUp, match=expected):
        http_cores({"main": core}, clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample institution's folder, with a core of its own."""
    made = tmp_path / "with-core"
    shutil.copytree(SAMPLES / "sample-shinkumi", made)
    (made / "core.toml").write_text('adapter = "main"\n')
    return made


@pytest.mark.requirement("CORE-03", "INST-01")
async def test_from_the_settings_to_the_core(
    empty_installation: Installation,
    folder: Path,
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A core that the settings do not have cannot be published; one that they have is asked.

    A process whose settings lack a core that is published does not start.
    """
    publishing = ("institution", "publish", str(folder), "--by", "suzuki")
    said = await empty_installation.run(*publishing, status=1)
    assert 'core.toml: adapter: expected the name of a core of madoguchi.toml ("embedded")' in said
    monkeypatch.setenv("CORE_TOKEN", "t")
    settings = write_settings(tmp_path, database_url)
    bare = settings.read_text("utf-8")
    settings.write_text(
        f'{bare}\n[cores.main]\nurl = "http://127.0.0.1:9/core"\ntoken = "env:CORE_TOKEN"\n'
    )
    await empty_installation.run(*publishing)
    runtime = await open_runtime(load_settings(settings))
    institution = runtime.institutions.by_code("9901")
    assert institution
    assert isinstance(runtime.core_of(institution), HttpCore)
    web_application(runtime)
    background_worker(runtime)
    await runtime.close()
    settings.write_text(bare)
    runtime = await open_runtime(load_settings(settings))
    for starting in (web_application, background_worker):
        with pytest.raises(CoreNotSetUp, match=r"no \[cores.main\]"):
            starting(runtime)
    await runtime.close()


@dataclasses.dataclass(frozen=True)
class ChoosingRuntime(RetailRuntime):
    """A runtime that takes the core that the institution's settings name."""

    core_of = Runtime.core_of


@pytest.fixture
async def bank_over_http(bank: RetailWorld, tmp_path: Path) -> AsyncIterator[RetailWorld]:
    """Internet banking whose core is the embedded one, behind a gateway on a real socket."""
    old = bank.runtime
    async with around(old.embedded_core, bank.clock, tmp_path) as core:
        values: dict[str, Any] = {
            each.name: getattr(old, each.name) for each in dataclasses.fields(old)
        }
        runtime = ChoosingRuntime(**{**values, "core": core, "http_cores": {"main": core}})
        bank.configure(core={"adapter": "main"})
        yield RetailWorld(runtime, bank.clock, web_application(runtime), opened=bank.opened)


@pytest.mark.requirement("CORE-03")
async def test_a_transfer_over_a_core_behind_http(bank_over_http: RetailWorld) -> None:
    """A transfer at the screens moves the money once, in the ledger behind the gateway."""
    bank = bank_over_http
    assert isinstance(bank.runtime.core_of(bank.institution), HttpCore)
    walk = await Walk.come(bank)
    before = await walk.available()
    await walk.made("12,347")
    assert "振込済み" in walk.text
    assert await walk.available() == before - 12_457
    (journal,) = await bank.rows(
        "SELECT count(*) AS lines FROM embedded_core.posting WHERE amount = -12347"
    )
    assert journal["lines"] == 1
    books = await bank.runtime.core_administration().verify_books(bank.code)
    assert isinstance(books, BooksVerified)
