"""The port for randomness: ids, tokens and draws."""

import secrets
from collections.abc import Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Entropy(Protocol):
    """Where the product takes its randomness from."""

    def token(self, size_bytes: int = 32) -> str:
        """Return `size_bytes` random bytes as unpadded base64url text."""
        ...

    def draw(self, choices: Sequence[T]) -> T:
        """Return one of `choices`, each as likely as the other."""
        ...


class SystemEntropy:
    """The operating system's random source."""

    def token(self, size_bytes: int = 32) -> str:
        """Return `size_bytes` random bytes as unpadded base64url text."""
        return secrets.token_urlsafe(size_bytes)

    def draw(self, choices: Sequence[T]) -> T:
        """Return one of `choices`, each as likely as the other."""
        return secrets.choice(choices)


def new_id(entropy: Entropy) -> str:
    """Return a new opaque id: 128 random bits, 22 characters of base64url."""
    return entropy.token(16)
