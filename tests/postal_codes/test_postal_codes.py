"""Postal codes and the addresses they stand for, from Japan Post's list."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from madoguchi import postal_codes

pytestmark = pytest.mark.requirement("RET-27")


@pytest.mark.parametrize(
    ("typed", "addresses"),
    [
        ("1000001", ["東京都千代田区千代田"]),
        ("100-0001", ["東京都千代田区千代田"]),
        ("〒１００－０００１", ["東京都千代田区千代田"]),
        (" 100 0001 ", ["東京都千代田区千代田"]),
        ("522-0317", ["滋賀県犬上郡多賀町一円"]),
        ("498-0000", ["愛知県弥富市", "三重県桑名郡木曽岬町"]),
        ("000-0000", []),
        ("10000010", []),
        ("100-000", []),
        ("千代田", []),
        ("", []),
    ],
)
def test_a_code_gives_its_addresses(typed: str, addresses: list[str]) -> None:
    """Hyphens, spaces, 〒 and full-width digits are read; a shared code gives every place."""
    assert [each.text for each in postal_codes.find(typed)] == addresses


def test_one_code_may_stand_for_many_towns() -> None:
    """All of them are offered to choose from, each with its kana, none twice."""
    found = postal_codes.find("452-0961")
    assert len(found) > 50
    assert len({each.text for each in found}) == len(found)
    assert all(each.text.startswith("愛知県清須市春日") and each.kana for each in found)


def test_an_office_may_have_a_code_of_its_own() -> None:
    """The block and the name come with it."""
    [found] = postal_codes.find("060-8614")
    assert found.text == "北海道札幌市中央区大通西"
    assert "札幌市交通事業振興公社" in found.office


def test_any_thread_may_ask() -> None:
    """Many threads at once get the same answers: no connection is shared between them."""
    codes = ["1000001", "4980000", "4520961", "0608614"] * 25
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(postal_codes.find, codes))
    assert found == [postal_codes.find(code) for code in codes]
