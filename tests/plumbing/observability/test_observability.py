"""Technical logs, reference numbers, metrics and traces."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.plumbing.observability import (
    SCRUBBED,
    Metrics,
    configure_logging,
    current_reference,
    get_logger,
    new_reference,
    parse_reference,
    scrub,
    span,
    under_reference,
)
from tests.support.entropy import SeededEntropy


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the logs go while the test runs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("info", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().split("\n") if line]


@pytest.mark.requirement("LOG-02")
def test_an_event_is_one_line_with_its_reference(stream: io.StringIO) -> None:
    """Line breaks in data stay inside the line; the reference number stands in it."""
    with under_reference("K7M-29Q-X4T"):
        get_logger("madoguchi.sample").info("something\nhappened", name="a\r\nb\u2028c\ud800")
    [line] = lines(stream)
    assert line["reference"] == "K7M-29Q-X4T"
    assert (line["event"], line["level"], line["logger"]) == (
        "something\nhappened",
        "info",
        "madoguchi.sample",
    )
    assert stream.getvalue().count("\n") == 1


@pytest.mark.requirement("LOG-02")
def test_logs_of_libraries_are_lines_too(stream: io.StringIO) -> None:
    """What a library logs through the standard module comes out in the same form.

    Exceptions included.
    """
    try:
        int("postgresql://user:hunter2@host/db\nDETAIL:  Key (phone)=(+8190)")
    except ValueError:
        coloured = {"color_message": "\x1b[36mfailed %s\x1b[0m"}
        logging.getLogger("library").exception("failed %s", "here", extra=coloured)
    [line] = lines(stream)
    assert "color_message" not in line
    assert line["event"] == "failed here"
    assert "ValueError" in str(line["exception"])
    assert "hunter2" not in stream.getvalue()
    assert "+8190" not in str(scrub("x\nDETAIL:  Key (phone)=(+8190) exists\ny"))


@pytest.mark.requirement("LOG-02")
def test_secrets_and_personal_data_are_scrubbed(stream: io.StringIO) -> None:
    """Nothing that goes under a secret's or a person's name reaches the log, at any depth."""
    get_logger("x").info(
        "sample", card_pin="1234", headers={"Authorization": "Bearer abcdefgh12345", "Accept": "x"},
        customers=[{"phoneNumber": "+8190", "branch_code": "001"}], blob=b"1234",
        url="https://x/cb?code=abcdefg&state=s&x=1", text="token eyJhbGciOiJub25lIn0.e30.",
    )  # fmt: skip
    [line] = lines(stream)
    assert line["card_pin"] == line["blob"] == SCRUBBED
    assert line["headers"] == {"Authorization": SCRUBBED, "Accept": "x"}
    assert line["customers"] == [{"phoneNumber": SCRUBBED, "branch_code": "001"}]
    for secret in ("1234", "abcdefg", "+8190", "eyJ"):
        assert secret not in stream.getvalue()


@pytest.mark.requirement("LOG-02")
@given(
    st.recursive(
        st.text(max_size=3), lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=2)
    )
)
@settings(max_examples=30)
def test_scrubbing_never_fails_and_never_leaks(inside: object) -> None:
    """Whatever stands under `password` is gone, and scrubbing anything works."""
    assert scrub({"password": inside, "x": {"password": inside}}) == {
        "password": SCRUBBED,
        "x": {"password": SCRUBBED},
    }
    scrub(inside)


PIECES = ("eyJ", "0123456789", "Bearer", "DPoP", "://", "&state=", "DETAIL: ", ".", "@", " ", "\t")


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=8).map("".join))
@settings(max_examples=50)
def test_a_text_taken_for_plain_has_nothing_to_scrub(text: str) -> None:
    """What stands alone is scrubbed as it is on a line behind a text that is surely not plain."""
    assert scrub(f"@\n{text}") == f"@\n{scrub(text)}"


@pytest.mark.requirement("LOG-02")
def test_a_reference_can_be_read_out_and_typed(entropy: SeededEntropy) -> None:
    """A reference number survives lower case, full width and missing hyphens.

    Others are refused.
    """
    reference = new_reference(entropy)
    assert parse_reference(reference) == reference
    assert parse_reference(f" {reference.lower().replace('-', ' ')}") == reference
    assert (
        parse_reference("\uff2b\uff17\uff2d\uff0d\uff12\uff19\uff31\uff0d\uff38\uff14\uff34")
        == "K7M-29Q-X4T"
    )
    for wrong in ("", "K7M-29Q", "K7M-29Q-X4O", "K7M-29Q-X4T-2"):
        assert parse_reference(wrong) is None
    assert len({new_reference(entropy) for _ in range(1000)}) == 1000


@pytest.mark.requirement("LOG-02")
async def test_the_reference_is_each_tasks_own() -> None:
    """Two requests at once do not log under each other's reference."""

    async def request(reference: str) -> str:
        with under_reference(reference):
            await asyncio.sleep(0)
            return current_reference()

    assert list(await asyncio.gather(request("A"), request("B"))) == ["A", "B"]
    assert current_reference() == ""


@pytest.mark.requirement("LOG-02")
def test_metrics_are_shown_for_prometheus() -> None:
    """What is counted appears in the exposition."""
    metrics = Metrics()
    metrics.steps.labels("9901", "api-link", "card-pin", "proceed").inc()
    body, kind = metrics.exposition()
    assert b'madoguchi_journey_steps_total{institution="9901",journey="api-link"' in body
    assert kind.startswith("text/plain")


@pytest.mark.requirement("LOG-02")
def test_a_span_without_an_sdk_costs_nothing_and_passes_exceptions() -> None:
    """Without an SDK a span is a no-op; what is raised inside comes out."""
    with span("sample", kind_of_job="x") as current:
        assert not current.is_recording()
    with pytest.raises(ZeroDivisionError), span("sample"):
        raise ZeroDivisionError
