"""The installation's own settings, `madoguchi.toml`; an institution's are elsewhere (INST-02).

Secrets stand there by reference only (SEC-04). Errors name the file, the key and what was expected.
"""

import tomllib
from pathlib import Path

import msgspec

from madoguchi.kernel.errors import Fault
from madoguchi.plumbing.settings.checks import host_and_port
from madoguchi.plumbing.settings.sections import (
    KEY_NAMES,
    Billers,
    Core,
    DatabaseSettings,
    Demo,
    Interbank,
    Settings,
    Sip,
    Smtp,
    Telephone,
    Web,
    Webhook,
)

__all__ = [
    "KEY_NAMES",
    "Billers",
    "Core",
    "DatabaseSettings",
    "Demo",
    "Interbank",
    "Settings",
    "SettingsError",
    "Sip",
    "Smtp",
    "Telephone",
    "Web",
    "Webhook",
    "host_and_port",
    "load_settings",
    "parse_settings",
]


class SettingsError(Fault):
    """The settings cannot be used; the text is for whoever wrote them."""


def load_settings(path: Path) -> Settings:
    """Return the settings in the TOML file. Raises `SettingsError`."""
    try:
        return parse_settings(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read ({type(error).__name__})") from None


def parse_settings(text: str, source: str) -> Settings:
    """Return the settings in a TOML text that came from `source`. Raises `SettingsError`."""
    try:
        return msgspec.convert(tomllib.loads(text), Settings)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{source}: no TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise SettingsError(f"{source}: {_in_words(str(error))}") from None


def _in_words(message: str) -> str:
    """Put the key before what msgspec says of it."""
    what, _, where = message.partition(" - at `$")
    key = where.rstrip("`").lstrip(".")
    return f"{key}: {what}" if key else what
