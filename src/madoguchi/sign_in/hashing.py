"""Hashing passwords and answers: slow on purpose, and never more than the server bears (SEC-02)."""

from __future__ import annotations

from madoguchi.plumbing.keys import Keys

PEPPER = "password-pepper"


class Hasher:
    """Argon2id with a pepper, in a thread pool of its own."""

    def __init__(self, keys: Keys, *, threads: int = 1, most_waiting: int = 8) -> None:
        self._keys = keys
        self._most_waiting = most_waiting
        self._threads = threads
