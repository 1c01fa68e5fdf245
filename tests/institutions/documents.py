"""Settings documents for tests: the least that is right, and changes to it."""

import copy
from pathlib import Path
from typing import Any

from madoguchi.institutions import Institution, settings_from

SAMPLES = Path(__file__).parents[2] / "src/madoguchi/demo/institutions"

LEAST: dict[str, dict[str, Any]] = {
    "institution": {
        "code": "9901",
        "slug": "sample-shinkumi",
        "kind": "信用組合",
        "name": "サンプル信用組合",
        "name_kana": "サンプルシンヨウクミアイ",
        "name_en": "Sample Credit Cooperative",
        "branches": [{"code": "001", "name": "本店", "kana": "ホンテン"}],
        "contact": {"phone": "0120-000-101", "hours": {"ja": "平日", "en": "Business days"}},
        "links": {
            "api_terms": "https://www.example.jp/terms",
            "faq": "https://www.example.jp/faq",
            "privacy": "https://www.example.jp/privacy",
            "home": "https://www.example.jp/",
        },
        "terms_version": "1",
    },
    "mail": {"from_address": "notice@example.jp"},
    "api_link": {"verification_numbers": ["0120-000-201"]},
}


def documents(**changes: Any) -> dict[str, dict[str, Any]]:
    """Return the least documents, keys changed as in `institution__slug="x"`; None removes one."""
    made = copy.deepcopy(LEAST)
    for path, value in changes.items():
        *tables, key = path.split("__")
        at: Any = made
        for table in tables:
            at = at[int(table)] if table.isdigit() else at.setdefault(table, {})
        if value is None:
            del at[key]
        else:
            at[key] = value
    return made


def sample_institution(**changes: Any) -> Institution:
    """Return the least institution with keys of `institution.toml` changed."""
    made = settings_from(documents(**{f"institution__{key}": to for key, to in changes.items()}))
    assert isinstance(made, Institution), made
    return made
