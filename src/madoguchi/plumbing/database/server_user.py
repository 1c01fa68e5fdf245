"""The user that an embedded server runs as: ourselves, or an unprivileged one where we are root."""

import contextlib
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from madoguchi.kernel.errors import Fault

UNPRIVILEGED_USERS = ("postgres", "nobody")


class NoServerUser(Fault):
    """We are root, PostgreSQL refuses to be, and there is no user to become."""


@dataclass(frozen=True)
class ServerUser:
    """A user by number; `dropped` where it is another than ours."""

    uid: int
    gid: int
    dropped: bool

    @classmethod
    def choose(cls) -> "ServerUser":
        """Return the user to run a server as. Raises `NoServerUser`."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), dropped=False)
        for name in UNPRIVILEGED_USERS:
            with contextlib.suppress(KeyError):
                found = pwd.getpwnam(name)
                return cls(found.pw_uid, found.pw_gid, dropped=True)
        raise NoServerUser(f"PostgreSQL does not run as root; make one of {UNPRIVILEGED_USERS}")

    def own(self, path: Path) -> None:
        """Give `path` to this user."""
        if path.stat().st_uid != self.uid:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, directory: Path) -> bool:
        """Return whether this user may go into `directory`, through all that is above it."""
        command: list[str | Path] = ["/bin/sh", "-c", 'cd -- "$1"', "sh", directory]
        told = subprocess.DEVNULL
        return subprocess.run(command, **self.arguments(), stderr=told, check=False).returncode == 0

    def arguments(self) -> dict[str, Any]:
        """Return what has `subprocess` run a program as this user, in a session of its own."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
        common = {"env": {**kept, "LC_ALL": "C"}, "cwd": "/", "start_new_session": True}
        if self.dropped:
            return {**common, "user": self.uid, "group": self.gid, "extra_groups": []}
        return common
