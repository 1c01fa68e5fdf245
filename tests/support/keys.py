"""Keys that are the same in every run."""

import hashlib
from dataclasses import dataclass, field

from madoguchi.plumbing.keys import Key


@dataclass
class FixedKeys:
    """A `Keys` with one key for every name, made from the name; `rotate` adds a newer one."""

    versions: dict[str, int] = field(default_factory=dict)

    def current(self, name: str) -> Key:
        """Return the newest key of that name."""
        return self.every(name)[0]

    def every(self, name: str) -> tuple[Key, ...]:
        """Return all keys of that name, newest first."""
        newest = self.versions.get(name, 1)
        return tuple(
            Key(id=str(number), secret=hashlib.sha256(f"{name}:{number}".encode()).digest())
            for number in range(newest, 0, -1)
        )

    def rotate(self, name: str) -> None:
        """Give the name a new current key; the older ones are still accepted."""
        self.versions[name] = self.versions.get(name, 1) + 1
