"""Randomness that is the same each time."""

import base64
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class SeededEntropy:
    """An `Entropy` whose tokens differ from each other but are the same in every run."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def token(self, size_bytes: int = 32) -> str:
        """Return the next token, unpadded base64url."""
        return base64.urlsafe_b64encode(self._random.randbytes(size_bytes)).rstrip(b"=").decode()

    def draw(self, choices: Sequence[T]) -> T:
        """Return the next choice."""
        return self._random.choice(choices)
