"""Where a demo keeps its data: a directory marked as a demo's, used by one demo at a time."""

import fcntl
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from madoguchi.kernel.errors import Fault
from madoguchi.plumbing.database.launcher import EmbeddedPostgres

MARK = "this-is-a-madoguchi-demo"
LOCK = "lock"
CHECKOUT = Path(__file__).resolve().parents[3]


class NotADemo(Fault):
    """The directory holds something else than a demo's data, and is left alone."""


class DemoRunning(Fault):
    """A demo runs on that directory already."""


def default_directory() -> Path:
    """Return `.demo` of the checkout, else `madoguchi/demo` among the user's data."""
    if (CHECKOUT / "pyproject.toml").is_file():
        return CHECKOUT / ".demo"
    data = os.environ.get("XDG_DATA_HOME", "") or Path.home() / ".local" / "share"
    return Path(data) / "madoguchi" / "demo"


@dataclass(frozen=True)
class Place:
    """The files of one demo, below `directory`."""

    directory: Path

    @property
    def postgres(self) -> Path:
        """The embedded database."""
        return self.directory / "postgres"

    @property
    def keys(self) -> Path:
        """The key files of the product."""
        return self.directory / "keys"

    @property
    def clients(self) -> Path:
        """The sample clients' private keys."""
        return self.directory / "clients.json"

    @property
    def mailbox(self) -> Path:
        """The mails received."""
        return self.directory / "mailbox"

    @property
    def clock(self) -> Path:
        """The clock's offset."""
        return self.directory / "clock"

    @property
    def ports(self) -> Path:
        """The ports used last."""
        return self.directory / "ports.json"

    @property
    def settings(self) -> Path:
        """The settings that the product's processes are started with."""
        return self.directory / "madoguchi.toml"

    @property
    def database_url(self) -> Path:
        """The address of the database, which the settings refer to."""
        return self.directory / "database-url"

    @property
    def institutions(self) -> Path:
        """The sample institutions' settings; part of the program."""
        return Path(__file__).with_name("institutions")

    @property
    def contract(self) -> Path:
        """What the demo offers, as the ready file says it; the demo's pages show it."""
        return self.directory / "demo.json"

    @property
    def sample_app(self) -> Path:
        """The folder of the sample app."""
        return self.directory / "sample-app"

    @property
    def logs(self) -> Path:
        """What each process wrote."""
        return self.directory / "logs"

    def claim(self, *, reset: bool) -> IO[str]:
        """Make the directory this process's until the result is closed; empty it where `reset`.

        Raises `NotADemo` where the directory holds something else, and `DemoRunning`.
        """
        self._check()
        self.directory.mkdir(parents=True, exist_ok=True)
        # root's database runs as another user, who has to pass through; the files are closed to him
        self.directory.chmod(0o711 if os.geteuid() == 0 else 0o700)
        (self.directory / MARK).touch()
        lock = (self.directory / LOCK).open("a", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise DemoRunning(f"a demo is running on {self.directory} already") from error
        if reset:
            self._empty()
        for folder in (self.logs, self.mailbox, self.sample_app):
            folder.mkdir(mode=0o700, exist_ok=True)
        return lock

    def _check(self) -> None:
        if not self.directory.exists() or (self.directory / MARK).is_file():
            return
        if not self.directory.is_dir() or any(self.directory.iterdir()):
            raise NotADemo(f"{self.directory} is not empty and not a demo's; it is left as it is")

    def _empty(self) -> None:
        if self.postgres.exists():
            EmbeddedPostgres(self.postgres).erase()
        for path in self.directory.iterdir():
            if path.name in {MARK, LOCK}:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def write_in_one_piece(path: Path, content: Any) -> None:
    """Write `content` as JSON for its owner alone; a reader sees all of it or what was before."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def read_json(path: Path) -> Any:
    """Return what `write_in_one_piece` wrote, None where there is nothing."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
