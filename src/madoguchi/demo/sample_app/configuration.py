"""What the app is started with: one JSON file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Bank:
    """One bank that the app is registered with."""

    slug: str
    name: str
    name_en: str
    issuer: str
    api_base: str
    client_id: str
    private_jwk: Mapping[str, Any]
    scopes: tuple[str, ...]

    @property
    def origin(self) -> str:
        """Where the bank's pages are."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Configuration:
    """`base_url` ends with a slash; `now_url` tells the time where it is not the machine's."""

    base_url: str
    database: Path
    banks: tuple[Bank, ...]
    now_url: str | None = None

    @property
    def callback(self) -> str:
        """The redirect URI."""
        return f"{self.base_url}callback"

    def bank(self, slug: str) -> Bank | None:
        """Return the bank of that slug, or None."""
        return next((bank for bank in self.banks if bank.slug == slug), None)


def read_configuration(path: Path) -> Configuration:
    """Read the file."""
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    banks = tuple(Bank(**{**bank, "scopes": tuple(bank["scopes"])}) for bank in told["banks"])
    return Configuration(told["base_url"], Path(told["database"]), banks, told.get("now_url"))
