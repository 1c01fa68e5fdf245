"""What a login ID may be like (RET-04)."""

import pytest
from msgspec.structs import replace

from madoguchi.institutions import RetailSettings
from madoguchi.retail.registration.rules import login_id_problem

DEFAULT = RetailSettings()
LOOSE = replace(DEFAULT, login_id_shortest=4, login_id_longest=20, login_id_both_kinds=False)


@pytest.mark.requirement("RET-04")
@pytest.mark.parametrize(
    ("settings", "login_id", "problem"),
    [
        (DEFAULT, "mihon1", None),
        (DEFAULT, "MIHON1taro22", None),
        (DEFAULT, "1mihon", None),
        (DEFAULT, "mihon", "id-length"),
        (DEFAULT, "mihon1taro222", "id-length"),
        (DEFAULT, "mihontaro", "id-kinds"),
        (DEFAULT, "12345678", "id-kinds"),
        (DEFAULT, "mihon-1", "id-characters"),
        (DEFAULT, "mihon 1", "id-characters"),
        (DEFAULT, "みほん1234", "id-characters"),
        (DEFAULT, "mıhon12", "id-characters"),
        (LOOSE, "taro", None),
        (LOOSE, "12345678901234567890", None),
        (LOOSE, "abc", "id-length"),
    ],
)
def test_login_ids(settings: RetailSettings, login_id: str, problem: str | None) -> None:
    """6 to 12 half-width letters and digits, one of each at least, unless the settings differ."""
    wanted = f"registration.error.{problem}" if problem else None
    assert login_id_problem(settings, login_id) == wanted
