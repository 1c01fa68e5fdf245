"""What counts as one address."""

import pytest

from madoguchi.kernel.network import network_of


@pytest.mark.requirement("LINK-18", "RET-03")
@pytest.mark.parametrize(
    ("source", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_one_customer_counts_as_one_address(source: str, counted: str) -> None:
    """Of IPv6 a whole /64 is one; IPv4 counts alone, however it is written."""
    assert network_of(source) == counted
