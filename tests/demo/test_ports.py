"""The demo's ports."""

import socket

import pytest

from madoguchi.demo.ports import PortTaken, open_doors


def all_different(ports: dict[str, int]) -> bool:
    tcp = [port for name, port in ports.items() if name != "sip"]
    return len(set(tcp)) == len(tcp)


@pytest.mark.requirement("RUN-01")
def test_two_demos_side_by_side_have_ports_of_their_own() -> None:
    """A second demo takes the next free ones."""
    one = open_doors(None, {})
    other = open_doors(None, {})
    try:
        assert all_different(one.ports)
        assert all_different(other.ports)
        tcp = {
            door.port
            for doors in (one, other)
            for door in (doors.home, doors.sample_app, doors.smtp)
        }
        assert len(tcp) == 6
    finally:
        one.close()
        other.close()


@pytest.mark.parametrize("wish", [0, None])
def test_the_same_ports_as_last_time(wish: int | None) -> None:
    """What was listened on before is listened on again where it is free, so that addresses stay."""
    first = open_doors(0, {})
    first.close()
    again = open_doors(wish, first.ports)
    again.close()
    assert again.ports == first.ports


def test_other_ports_where_the_last_ones_are_taken() -> None:
    """A port that another program has by now does not stop the demo."""
    first = open_doors(0, {})
    first.close()
    with socket.create_server(("127.0.0.1", first.home.port)):
        again = open_doors(0, first.ports)
        again.close()
    assert again.home.port != first.home.port
    assert again.sample_app.port == first.sample_app.port


def test_a_port_asked_for_and_taken_is_an_error(free_port: int) -> None:
    """Who names a port gets that one or is told."""
    with socket.create_server(("127.0.0.1", free_port)), pytest.raises(PortTaken):
        open_doors(free_port, {})
