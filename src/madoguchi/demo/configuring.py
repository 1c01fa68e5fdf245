"""The settings that the demo's processes are started with."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from madoguchi.demo.clients import SAMPLE_APP, SCOPES
from madoguchi.demo.place import Place, write_in_one_piece
from madoguchi.demo.ports import Doors
from madoguchi.demo.ready_file import CLOCK_PATH
from madoguchi.institutions import Institution
from madoguchi.plumbing.keys import create_key_files, read_reference
from madoguchi.plumbing.settings import KEY_NAMES, Settings, load_settings

WEBHOOK = "demo"
WEBHOOK_PATH = f"telephone/{WEBHOOK}"
WEBHOOK_KEY = "telephone-webhook"
LOOPBACK = ["127.0.0.1/32", "::1/128"]


def write_settings(place: Place, doors: Doors, database_url: str) -> Settings:
    """Write `madoguchi.toml` and the secrets that it refers to; return it as read back."""
    _write_private(place.database_url, database_url)
    keys = create_key_files(place.keys, KEY_NAMES)
    webhook = create_key_files(place.keys, [WEBHOOK_KEY])
    content = {
        "environment": "demo",
        "base_url": f"http://localhost:{doors.home.port}",
        "institutions": str(place.institutions),
        "database": {"url": f"file:{place.database_url}"},
        "keys": {name: list(references) for name, references in keys.items()},
        "smtp": {"host": "127.0.0.1", "port": doors.smtp.port, "security": "none"},
        "web": {
            "listen": f"127.0.0.1:{doors.home.port}",
            "internal": f"127.0.0.1:{doors.internal}",
            "trusted_proxies": [],
        },
        "worker": {"internal": "127.0.0.1:0"},
        "telephone": {
            "sip": {
                "listen": f"127.0.0.1:{doors.sip}",
                "peers": LOOPBACK,
                "caller_from": "asserted_or_from",
            },
            "webhooks": {WEBHOOK: {"secrets": list(webhook[WEBHOOK_KEY])}},
        },
        "demo": {"settable_clock": True},
        "interbank": {"simulator": True},
        "billers": {"simulator": True},
    }
    _write_private(place.settings, _toml(content))
    return load_settings(place.settings)


def webhook_secret(settings: Settings) -> str:
    """Return the secret that the webhook's requests are signed with, as text."""
    return read_reference(settings.telephone.webhooks[WEBHOOK].secrets[0])


def write_sample_app(
    place: Place,
    doors: Doors,
    institutions: Sequence[Institution],
    client_keys: Mapping[str, Mapping[str, Any]],
) -> Path:
    """Write what the sample app is started with: all institutions of the demo."""
    home = f"http://localhost:{doors.home.port}/"
    path = place.sample_app / "app.json"
    content = {
        "base_url": f"http://localhost:{doors.sample_app.port}/",
        "database": str(place.sample_app / "app.sqlite"),
        "now_url": f"{home}{CLOCK_PATH}",
        "banks": [
            {
                "slug": one.slug,
                "name": one.name,
                "name_en": one.name_en,
                "issuer": f"{home}{one.slug}",
                "api_base": f"{home}{one.slug}/api/v1",
                "client_id": SAMPLE_APP,
                "private_jwk": dict(client_keys[SAMPLE_APP]),
                "scopes": list(SCOPES),
            }
            for one in institutions
        ],
    }
    write_in_one_piece(path, content)
    return path


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _toml(content: Mapping[str, Any], table: str = "") -> str:
    """Write nested tables of texts, numbers, booleans and lists: JSON's forms are TOML's too."""
    lines = [
        f"{name} = {json.dumps(value, ensure_ascii=False)}\n"
        for name, value in content.items()
        if not isinstance(value, dict)
    ]
    for name, value in content.items():
        if isinstance(value, dict):
            inner = f"{table}.{name}" if table else name
            lines.append(f"\n[{inner}]\n{_toml(value, inner)}")
    return "".join(lines)
