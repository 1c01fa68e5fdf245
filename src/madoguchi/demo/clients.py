"""The sample third parties' apps: their keys, kept with the demo's data, and what is registered."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from joserfc.jwk import ECKey, KeyParameters, RSAKey

from madoguchi import clients
from madoguchi.clients import Names, Registration
from madoguchi.demo.place import read_json, write_in_one_piece
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Tx

SAMPLE_APP = "sample-app"
SCOPES = ("openid", "accounts", "balances", "transactions")
TESTERS_REDIRECTS = (
    "http://localhost:3000/cb",
    "http://127.0.0.1:3000/cb",
    "http://localhost:3000/callback",
    "http://127.0.0.1:3000/callback",
    "http://localhost:8080/callback",
    "https://app.example.jp/callback",
    "https://app.example.jp/cb2",
)
CONTRACT_BEGAN = timedelta(days=365)
SECTOR = "app.example.jp"
ACTOR = "demo"


@dataclass(frozen=True, slots=True)
class Sample:
    """What tells one sample client from the others."""

    id: str
    app: Names
    third_party: Names
    algorithm: Literal["ES256", "PS256"] = "ES256"
    access_tokens: Literal["jwt", "opaque"] = "jwt"
    consent_days: int | None = None


TESTERS = Names(ja="テスト電子決済等代行株式会社（見本）", en="Tester Payments Inc. (sample)")
SAMPLES = (
    Sample(
        SAMPLE_APP,
        Names(ja="おこづかい帳（見本アプリ）", en="Pocket Money Book (sample app)"),
        Names(ja="株式会社おこづかい帳（見本）", en="Pocket Money Book Inc. (sample)"),
    ),
    Sample("tester", Names(ja="テスト用アプリ", en="Test app"), TESTERS),
    Sample(
        "tester-ps256", Names(ja="テスト用アプリ（PS256）", en="Test app (PS256)"), TESTERS, "PS256"
    ),
    Sample(
        "tester-opaque",
        Names(ja="テスト用アプリ（不透明トークン）", en="Test app (opaque tokens)"),
        TESTERS,
        access_tokens="opaque",
    ),
    Sample(
        "tester-7days",
        Names(ja="テスト用アプリ（7日間）", en="Test app (7 days)"),
        TESTERS,
        consent_days=7,
    ),
)


def keys_of_clients(path: Path) -> dict[str, dict[str, Any]]:
    """Return each sample client's private key (JWK) by client id, made the first time."""
    known: dict[str, dict[str, Any]] = read_json(path) or {}
    missing = [sample for sample in SAMPLES if sample.id not in known]
    if missing:
        known |= {sample.id: _new_key(sample) for sample in missing}
        write_in_one_piece(path, known)
    return known


async def register_samples(
    tx: Tx,
    log: OperationsLog,
    institution: str,
    *,
    keys: Mapping[str, Mapping[str, Any]],
    sample_app_callback: str,
    now: datetime,
) -> None:
    """Register all of them with one institution; those that are there get what may have changed."""
    for sample in SAMPLES:
        redirects = (sample_app_callback,) if sample.id == SAMPLE_APP else TESTERS_REDIRECTS
        registration = _registration(sample, keys[sample.id], redirects, now)
        await _register(tx, log, institution, sample.id, registration, now)


def contract_entries(
    institution: str, keys: Mapping[str, Mapping[str, Any]], sample_app_callback: str
) -> list[dict[str, Any]]:
    """Return the ready file's `clients` of one institution (its code)."""
    return [
        {
            "institution": institution,
            "client_id": sample.id,
            "client_auth": "private_key_jwt",
            "sender": "dpop",
            "private_jwk": dict(keys[sample.id]),
            "certificate_file": None,
            "key_file": None,
            "redirect_uris": [sample_app_callback]
            if sample.id == SAMPLE_APP
            else list(TESTERS_REDIRECTS),
            "scopes": list(SCOPES),
            "token_format": sample.access_tokens,
            "consent_days": sample.consent_days,
        }
        for sample in SAMPLES
    ]


async def _register(
    tx: Tx,
    log: OperationsLog,
    institution: str,
    client_id: str,
    registration: Registration,
    now: datetime,
) -> None:
    known = await clients.find(tx, institution, client_id)
    if known is not None and _is_as_registered(known, registration):
        return
    write = clients.register if known is None else clients.change
    done = await write(
        *(tx, log, institution, client_id, registration),
        actor=ACTOR,
        now=now,
        loopback_allowed=True,
    )
    if not isinstance(done, clients.Client):
        raise BrokenInvariant(f"sample client {client_id} of {institution}: {done}")


def _is_as_registered(known: clients.Client, registration: Registration) -> bool:
    return (known.redirect_uris, known.jwks) == (registration.redirect_uris, registration.jwks)


def _registration(
    sample: Sample, key: Mapping[str, Any], redirects: Sequence[str], now: datetime
) -> Registration:
    return Registration(
        third_party=sample.third_party,
        app=sample.app,
        redirect_uris=tuple(redirects),
        scopes=SCOPES,
        contract_from=japan_day(now - CONTRACT_BEGAN),
        jwks={"keys": [_public(key)]},
        token_format=sample.access_tokens,
        consent_days=sample.consent_days,
        sector_identifier="" if sample.id == SAMPLE_APP else SECTOR,
    )


def _new_key(sample: Sample) -> dict[str, Any]:
    parameters: KeyParameters = {
        "kid": f"{sample.id}-{secrets.token_hex(4)}",
        "alg": sample.algorithm,
        "use": "sig",
    }
    key = (
        RSAKey.generate_key(2048, parameters)
        if sample.algorithm == "PS256"
        else ECKey.generate_key("P-256", parameters)
    )
    return dict(key.as_dict(private=True))


PUBLIC = frozenset({"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"})


def _public(key: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name in PUBLIC}
