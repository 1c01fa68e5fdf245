"""Registering, suspending and re-keying clients."""

import json
import re
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.cli.conftest import CODE, Installation
from tests.support.source import ROOT

CLIENT = "sample-budget"
BY = ("--by", "suzuki")
HAND = ("--reason", "stolen keys", *BY)
COMMANDS_PAGE = ROOT / "docs/operations/commands.md"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The example of the manual, as a file."""
    example = re.search(r"```toml\n(.*?)```", COMMANDS_PAGE.read_text("utf-8"), re.DOTALL)
    assert example
    path = tmp_path / "budget.toml"
    path.write_text(example[1], "utf-8")
    return path


async def shown(installation: Installation) -> dict[str, object]:
    found: dict[str, object] = json.loads(await installation.run("client", "show", CODE, CLIENT))
    return found


async def test_the_manuals_example_registers_a_client(
    installation: Installation, file: Path
) -> None:
    """The file of the manual is taken as it stands, and the log says who registered it."""
    await installation.run("client", "register", CODE, str(file), *BY)
    found = await shown(installation)
    assert found["usable"] is True
    assert found["app"] == {"ja": "サンプル家計簿", "en": "Sample Budget"}
    assert found["consent_days"] == 7
    (listed,) = await installation.listed("client", "list", CODE)
    assert (listed["id"], listed["status"], listed["usable"]) == (CLIENT, "active", True)
    (row,) = await installation.log_rows("client:registered")
    assert (row.actor, row.subject) == ("staff:suzuki", CLIENT)


async def test_one_command_suspends_and_one_resumes(installation: Installation, file: Path) -> None:
    """A suspended client may not act until it is resumed; both are logged with their reasons."""
    await installation.run("client", "register", CODE, str(file), *BY)
    await installation.run("client", "suspend", CODE, CLIENT, *HAND)
    assert (await shown(installation))["usable"] is False
    await installation.run("client", "resume", CODE, CLIENT, "--reason", "new keys", *BY)
    assert (await shown(installation))["usable"] is True
    (suspended,) = await installation.log_rows("client:suspended")
    (resumed,) = await installation.log_rows("client:resumed")
    assert (suspended.reason, resumed.reason) == ("stolen keys", "new keys")


async def test_a_client_is_changed_and_given_other_keys(
    installation: Installation, file: Path, tmp_path: Path
) -> None:
    """Changes go through the same checks, raise the version and are logged."""
    await installation.run("client", "register", CODE, str(file), *BY)
    file.write_text(file.read_text("utf-8").replace("consent_days = 7", "consent_days = 5"))
    assert "version 2" in await installation.run("client", "change", CODE, str(file), *BY)
    assert (await shown(installation))["consent_days"] == 5
    jwks = tmp_path / "new.json"
    key = ECKey.generate_key("P-256", {"kid": "new", "alg": "ES256"}).as_dict(private=False)
    jwks.write_text(json.dumps({"keys": [key]}), "utf-8")
    await installation.run("client", "keys", CODE, CLIENT, "--jwks", str(jwks), *BY)
    assert (await shown(installation))["jwks"] == {"keys": [key]}
    uri = "https://app.example.jp/jwks.json"
    await installation.run("client", "keys", CODE, CLIENT, "--jwks-uri", uri, *BY)
    assert (await shown(installation))["jwks_uri"] == uri
    assert len(await installation.log_rows("client:keys-replaced")) == 2


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('id = "sample-budget"', "", "missing required field `id`"),
        ("consent_days", "consent_dais", "unknown field `consent_dais`"),
        ('role = "運用"', 'rule = "運用"', "contacts.rule: no such key"),
        ("https://app.example.jp/callback", "http://app.example.jp/callback", "not trusted"),
        ("contract_from = 2026-04-01", "contract_from = 2028-04-01", "before contract from"),
        ('ja = "サンプル家計簿"', "ja = 1", "$.app.ja"),
        ("[app]", "[app", "budget.toml: "),
    ],
)
async def test_a_wrong_file_is_refused_with_its_fault(
    installation: Installation, file: Path, before: str, after: str, why: str
) -> None:
    """What is wrong or misspelt is named, and nothing is registered or logged."""
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), "utf-8")
    said = await installation.run("client", "register", CODE, str(file), *BY, status=1)
    assert why in said
    assert await installation.listed("client", "list", CODE) == []
    assert await installation.log_rows("client:registered") == []


async def test_what_is_unknown_or_taken_is_refused(
    installation: Installation, file: Path, tmp_path: Path
) -> None:
    """A second registration, an unknown client and keys that are none change nothing."""
    for words in (("suspend", CODE, CLIENT, *HAND), ("resume", CODE, CLIENT, *HAND)):
        assert "no client" in await installation.run("client", *words, status=1)
    assert "no client" in await installation.run("client", "show", CODE, CLIENT, status=1)
    assert "no client" in await installation.run("client", "change", CODE, str(file), *BY, status=1)
    await installation.run("client", "register", CODE, str(file), *BY)
    again = ("client", "register", CODE, str(file), *BY)
    assert "already" in await installation.run(*again, status=1)
    keys = ("client", "keys", CODE, CLIENT, *BY)
    await installation.run(*keys, status=2)
    await installation.run(*keys, "--jwks-uri", "http://app.example.jp/", status=1)
    nonsense = tmp_path / "nonsense.json"
    for text, why in (("[]", "no JWK set"), ("{", "no JSON"), ('{"keys": []}', "jwks")):
        nonsense.write_text(text)
        assert why in await installation.run(*keys, "--jwks", str(nonsense), status=1)
    assert (await shown(installation))["version"] == 1
