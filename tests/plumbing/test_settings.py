"""The installation's settings."""

from pathlib import Path

import pytest

from madoguchi.plumbing.mail import SmtpServer
from madoguchi.plumbing.settings import (
    KEY_NAMES,
    SettingsError,
    host_and_port,
    load_settings,
    parse_settings,
)

KEYS = "\n".join(f'{name} = ["file:/etc/madoguchi/keys/{name}.key"]' for name in KEY_NAMES)
HEAD = """
base_url = "https://bank.example.jp"
institutions = "/etc/madoguchi/institutions"
"""
WHOLE = f"""
{HEAD}
[web]
listen = "unix:/run/madoguchi/web.sock"
workers = 4
[database]
url = "env:DATABASE_URL"
[smtp]
host = "mail.example.jp"
username = "madoguchi"
password = "file:/etc/madoguchi/smtp-password"
[telephone.sip]
listen = "192.0.2.10:5060"
peers = ["192.0.2.20", "2001:db8::/64"]
[telephone.webhooks.gateway-a]
secrets = ["env:GATEWAY_A"]
[cores.main]
url = "https://core.example.internal/core/v1"
token = "file:/etc/madoguchi/core-token"
client_certificate = "/etc/madoguchi/core-client.pem"
client_key = "/etc/madoguchi/core-client.key"
[keys]
{KEYS}
"""
TOKEN = 'token = "file:/etc/madoguchi/core-token"'
CERTIFICATE = 'client_certificate = "/etc/madoguchi/core-client.pem"'
CLIENT_KEY = 'client_key = "/etc/madoguchi/core-client.key"'


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    """Each value of a complete file is where it belongs; what is not said has its default."""
    path = tmp_path / "madoguchi.toml"
    path.write_text(WHOLE)
    settings = load_settings(path)
    assert settings.environment == "production"
    assert settings.web.workers == 4
    assert settings.telephone.sip
    assert settings.telephone.sip.peers == ("192.0.2.20", "2001:db8::/64")
    assert settings.telephone.webhooks["gateway-a"].secrets == ("env:GATEWAY_A",)
    assert settings.cores["main"].url == "https://core.example.internal/core/v1"
    assert settings.keys["index"] == ("file:/etc/madoguchi/keys/index.key",)
    assert settings.smtp.server() == SmtpServer(
        "mail.example.jp", 587, "starttls", "madoguchi", "file:/etc/madoguchi/smtp-password"
    )


@pytest.mark.requirement("SEC-04", "CORE-03")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("https://core", "http://core", "expected `cores.main.url` to be https in production"),
        ("https://core", "core", "expected `url` like https://core-gateway"),
        ("https://core", "https://u:hunter2@core", "expected `url` like https://core-gateway"),
        ("[cores.main]", "[cores.embedded]", "expected `cores.embedded` to have a name of"),
        ("[cores.main]", "[cores.Main]", "expected `cores.Main` to have a name of"),
        ("file:/etc/madoguchi/core-token", "hunter2", "expected `token` to be a reference"),
        (CLIENT_KEY, "", "expected `client_certificate` and `client_key` together"),
        (f"{TOKEN}\n{CERTIFICATE}\n{CLIENT_KEY}", "", "expected a `token`, a `client_certificate`"),
        ("/etc/madoguchi/core-client.pem", "client.pem", "`client_certificate` to be an absolute"),
        ("workers = 4", 'workers = "4"', "web.workers: Expected `int`, got `str`"),
        ("workers = 4", "workers = 0", "web: expected `workers` between 1 and 256"),
        ("workers = 4", "worker = 4", "web: Object contains unknown field `worker`"),
        ('"env:DATABASE_URL"', '"postgresql://u:p@h/d"', "database: expected `url` to be a ref"),
        ('"file:/etc/madoguchi/smtp-password"', '"hunter2"', "smtp: expected `password` to be a"),
        ('host = "mail.example.jp"', "", "smtp: Object missing required field `host`"),
        ("https://bank", "http://bank", "expected `base_url` to be https in production"),
        ('example.jp"\ninst', 'example.jp/"\ninst', "expected `base_url` like https://"),
        ('"192.0.2.20"', '"trunk"', "expected `peers` to hold addresses or networks, not 'trunk'"),
        ("192.0.2.10:5060", "192.0.2.10", "telephone.sip: expected `listen` to be host:port"),
        ("[keys]", "[demo]\nsettable_clock = true\n[keys]", "no `demo` settings in production"),
        ("[keys]", "[interbank]\nsimulator = true\n[keys]", "no `interbank.simulator` in"),
        ("[keys]", "[billers]\nsimulator = true\n[keys]", "no `billers.simulator` in production"),
        ('index = ["file:/etc/madoguchi/keys/index.key"]', "", "expected `keys` to name index too"),
        ('index = ["file:', 'index = ["', "expected `keys.index` to be a reference"),
        ("[keys]", "[keys", "no TOML"),
    ],
)  # fmt: skip
def test_an_error_names_file_key_and_what_was_expected(old: str, new: str, expected: str) -> None:
    """Each mistake is refused with the file, the key and what was expected.

    A secret is not repeated.
    """
    assert old in WHOLE
    with pytest.raises(SettingsError) as raised:
        parse_settings(WHOLE.replace(old, new), "madoguchi.toml")
    assert str(raised.value).startswith("madoguchi.toml: ")
    assert expected in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_the_demo_may_do_what_production_may_not() -> None:
    """In the demo, http and a clock that can be set are allowed."""
    text = WHOLE.replace("https://bank.example.jp", "http://localhost:8000")
    demo = f'environment = "demo"\n{text}\n[demo]\nsettable_clock = true\n'
    assert parse_settings(demo, "x").demo.settable_clock


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Where there is no file, the error says which one."""
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load_settings(tmp_path / "nowhere.toml")


def test_places_are_taken_apart() -> None:
    """Host and port, IPv6 too."""
    assert host_and_port("127.0.0.1:80") == ("127.0.0.1", 80)
    assert host_and_port("[::1]:80") == ("::1", 80)
