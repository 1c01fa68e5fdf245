"""How the history of logins names where one came from."""

import pytest

from madoguchi.risk import Environment
from madoguchi.sign_in.logins import origin


@pytest.mark.requirement("RET-11")
@pytest.mark.parametrize(
    ("place", "network", "read"),
    [
        ("JP-13", "203.0.113.0/24", "JP-13"),
        ("", "203.0.113.0/24", "203.0.113.*"),
        ("", "10.0.0.0/24", "10.0.0.*"),
        ("", "2001:db8:7::/48", "2001:db8:7:*"),
        ("", "127.0.0.0/24", ""),
        ("", "::/48", ""),
        ("", "", ""),
    ],
)
def test_an_origin_is_named_as_people_read_it(place: str, network: str, read: str) -> None:
    """A place, else the addresses of the network; nothing for the machine itself."""
    env = Environment(device_id="", network=network, place=place, browser="", language="ja")
    assert origin(env) == read
