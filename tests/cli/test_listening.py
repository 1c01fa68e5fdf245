"""Where processes listen: a port of either family, or a path in a folder."""

import errno
import socket
import stat
from pathlib import Path

import pytest

from madoguchi.cli.listening import listen, listen_from


def test_the_proxy_may_connect_to_a_path_though_it_is_another_user(tmp_path: Path) -> None:
    """The path itself keeps nobody out: its folder does."""
    path = tmp_path / "web.sock"
    with listen(f"unix:{path}"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o666


def test_a_path_is_taken_over_from_the_dead_and_never_from_the_living(tmp_path: Path) -> None:
    """A process that is killed leaves its path behind; one that lives keeps it."""
    path = tmp_path / "web.sock"
    with listen(f"unix:{path}") as first:
        with pytest.raises(OSError, match="in use") as refused:
            listen(f"unix:{path}")
        assert refused.value.errno == errno.EADDRINUSE
        with socket.socket(socket.AF_UNIX) as proxy:
            proxy.connect(str(path))
            first.accept()[0].close()
    with listen(f"unix:{path}"), socket.socket(socket.AF_UNIX) as proxy:
        proxy.connect(str(path))


def test_a_file_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    """Whoever names a wrong path loses nothing by it."""
    path = tmp_path / "notes"
    path.write_text("kept", "utf-8")
    with pytest.raises(OSError, match="in use"):
        listen(f"unix:{path}")
    assert path.read_text("utf-8") == "kept"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_either_family_of_addresses_is_listened_on(host: str) -> None:
    """Settings name an IPv6 address in brackets."""
    for way in (listen, listen_from):
        with way(f"{host}:0") as one, socket.create_connection(one.getsockname()[:2], timeout=5):
            assert one.getsockname()[0] == host.strip("[]")
