"""Run the app: `python -m madoguchi.demo.sample_app CONFIGURATION SOCKET…` (numbers of sockets)."""

import socket
import sys
from pathlib import Path

import uvicorn

from madoguchi.demo.sample_app.app import sample_app
from madoguchi.demo.sample_app.configuration import read_configuration


def main() -> None:
    """Serve on the sockets given."""
    configuration = read_configuration(Path(sys.argv[1]))
    sockets = [socket.socket(fileno=int(number)) for number in sys.argv[2:]]
    config = uvicorn.Config(
        sample_app(configuration),
        log_level="warning",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets)


if __name__ == "__main__":
    main()
