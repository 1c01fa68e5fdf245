"""The description of a core's interface, and its page: valid, current, complete (CORE-03)."""

import inspect
import re

import pytest
from openapi_spec_validator import validate

from madoguchi.core_bank import CoreBank
from madoguchi.core_bank.http import link, problems, rules
from madoguchi.core_bank.http.gateway import ANSWERING
from madoguchi.core_bank.http.openapi import describe, text
from madoguchi.core_bank.http.operations import OPERATIONS
from tests.support.source import ROOT

PAGE = (ROOT / "docs/operations/core-over-http.md").read_text("utf-8")


@pytest.mark.requirement("CORE-03")
def test_the_description_is_current() -> None:
    """`python -m madoguchi.core_bank.http` would change nothing in docs/api/core.openapi.json."""
    assert (ROOT / "docs/api/core.openapi.json").read_text("utf-8") == text()
    validate(describe())


@pytest.mark.requirement("CORE-01", "CORE-03")
def test_every_operation_of_the_port_is_there() -> None:
    """Port, table and gateway have the same operations, under the same names."""
    methods = {name for name, _ in inspect.getmembers(CoreBank, inspect.isfunction)}
    port = {name.replace("_", "-") for name in methods if not name.startswith("_")}
    assert {operation.name for operation in OPERATIONS} == port == set(ANSWERING)
    writes = {operation.name for operation in OPERATIONS if operation.writes}
    assert writes == {"hold", "settle", "release", "request-address-change"}


def test_the_page_tells_what_there_is() -> None:
    """The page lists all problems with their status, and the adapter's limits as they are."""
    listed = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", PAGE, re.MULTILINE)
    assert listed == [(each.name, str(each.status)) for each in problems.ALL]
    patience = rules.Patience()
    assert f"After {patience.failures} failed links in a row" in PAGE
    assert f"leaves the core alone for {patience.rest.seconds} seconds" in PAGE
    assert f"{link.LONGEST_CALL_SECONDS:.0f} seconds at most" in PAGE
    assert f"{link.CONNECT_SECONDS:.0f} seconds for a connection" in PAGE
    assert f"given up after {link.IDLE_SECONDS:.0f} seconds of idleness" in PAGE
    assert f"{link.CONNECTIONS_AT_MOST} connections" in PAGE
    assert f"{link.ANSWER_BYTES_AT_MOST // 1024 // 1024} MiB an answer" in PAGE
