"""What codes and addresses look like, and why a code is not tried."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.one_time_passwords import CodeExpired, CodeLocked, NoCode
from madoguchi.one_time_passwords.rules import (
    StoredCode,
    again_at,
    code_typed,
    draw_code,
    masked_address,
    why_not_tried,
)
from tests.support.entropy import SeededEntropy

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@settings(max_examples=50)
@given(st.integers())
def test_a_drawn_code_reads_as_itself(seed: int) -> None:
    """Whatever is drawn can be typed, leading zeros kept."""
    code = draw_code(SeededEntropy(seed))
    assert code_typed(code) == code
    assert len(code) == 6


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("taro.mihon@example.jp", "t***@example.jp"),
        ("ab@example.jp", "a***@example.jp"),
        ("a@example.jp", "***@example.jp"),
    ],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    """One letter and the domain are shown, and not how long the rest is."""
    assert masked_address(address) == shown


@pytest.mark.parametrize(
    ("stored", "answer"),
    [
        (None, NoCode()),
        (StoredCode(NOW + timedelta(minutes=1), 5, 1, NOW), NoCode()),
        (StoredCode(NOW, 5, 1, None), CodeExpired()),
        (StoredCode(NOW, 5, 5, None), CodeExpired()),
        (StoredCode(NOW + timedelta(minutes=1), 5, 5, None), CodeLocked()),
        (StoredCode(NOW + timedelta(minutes=1), 5, 0, None), NoCode()),
    ],
    ids=["none", "spent", "over", "over and dead", "dead", "sent while this one was tried"],
)
def test_why_a_code_is_not_tried(stored: StoredCode | None, answer: object) -> None:
    """Each state has one answer."""
    assert why_not_tried(stored, NOW) == answer


@settings(max_examples=50)
@given(st.lists(st.integers(0, 3599), max_size=12), st.integers(1, 10))
def test_the_next_code_is_allowed_when_told(ages: list[int], per_hour: int) -> None:
    """At the moment told, and not before, fewer than the limit lie within the hour."""
    sent = [NOW - timedelta(seconds=age) for age in ages]
    later = again_at(sent, per_hour)
    moment = NOW if later is None else later
    hour = timedelta(hours=1)
    assert sum(at > moment - hour for at in sent) < per_hour
    if later is not None:
        assert later > NOW
        just_before = later - hour - timedelta(microseconds=1)
        assert sum(at > just_before for at in sent) >= per_hour
