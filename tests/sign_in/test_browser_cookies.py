"""The cookies of the session and of the device."""

import pytest
from starlette.requests import Request

from madoguchi.sign_in import (
    drop_session,
    give_device,
    give_session,
    read_device,
    read_session,
)
from tests.support.keys import FixedKeys

DEVICE, SECRET = "d" * 22, "s" * 43


def request_with(cookie: str) -> Request:
    """Return a request that sends one cookie."""
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode("latin-1"))]})


def sent_back(cookies: list[str]) -> Request:
    """Return the request of a browser that was given one cookie."""
    [cookie] = cookies
    return request_with(cookie.split(";")[0])


@pytest.mark.requirement("SEC-01")
def test_both_cookies_are_guarded(keys: FixedKeys) -> None:
    """Bound to this host and to TLS, out of scripts' reach, and ended by age, not by a date."""
    cookies: list[str] = []
    give_session(cookies, "9901", SECRET)
    give_device(cookies, keys, "9901", DEVICE)
    drop_session(cookies, "9901")
    for cookie in cookies:
        name, *attributes = cookie.split("; ")
        assert name.startswith(("__Host-bank-9901=", "__Host-device-9901="))
        assert {"Path=/", "HttpOnly", "Secure", "SameSite=Lax"} < set(attributes)
        assert not any(each.startswith(("Domain", "Expires")) for each in attributes)
    ages = [next(each for each in c.split("; ") if each.startswith("Max-Age")) for c in cookies]
    assert ages == ["Max-Age=172800", "Max-Age=34560000", "Max-Age=0"]


def test_what_was_given_is_read_again(keys: FixedKeys) -> None:
    """Session and device come back as they were given, at their institution only."""
    session: list[str] = []
    device: list[str] = []
    give_session(session, "9901", SECRET)
    give_device(device, keys, "9901", DEVICE)
    assert read_session(sent_back(session), "9901") == SECRET
    assert read_session(sent_back(session), "9902") == ""
    assert read_device(sent_back(device), keys, "9901") == DEVICE
    assert read_device(sent_back(device), keys, "9902") == ""


@pytest.mark.requirement("RET-14")
def test_a_forged_device_is_none(keys: FixedKeys) -> None:
    """Changed, shortened, moved from another institution or made up: no device (case 14)."""
    given: list[str] = []
    give_device(given, keys, "9902", DEVICE)
    signed = given[0].split(";")[0].partition("=")[2]
    mac = signed.partition(".")[2]
    forged = ("e" * 22 + "." + mac, signed, signed[:-1], DEVICE, "", "." + mac, "é" * 22)
    for value in forged:
        assert read_device(request_with(f"__Host-device-9901={value}"), keys, "9901") == ""


def test_a_device_stays_known_when_the_key_is_rotated(keys: FixedKeys) -> None:
    """A cookie signed under the key before is still the device's."""
    given: list[str] = []
    give_device(given, keys, "9901", DEVICE)
    keys.rotate("index")
    assert read_device(sent_back(given), keys, "9901") == DEVICE


@pytest.mark.parametrize("value", ["", "short", "s" * 44, "s" * 42 + "é", "s" * 42 + "%"])
def test_what_is_no_secret_is_not_looked_for(value: str) -> None:
    """A malformed cookie counts as none."""
    assert read_session(request_with(f"__Host-bank-9901={value}"), "9901") == ""
