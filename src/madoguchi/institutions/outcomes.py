"""What publishing an institution's folder can come to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A thing wrong in a folder: the file, the dotted key (empty: the file), what was expected."""

    file: str
    key: str
    expected: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file
        return f"{place}: {self.expected}"


@dataclass(frozen=True, slots=True)
class Rejected:
    """The folder was not taken; nothing is changed."""

    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


@dataclass(frozen=True, slots=True)
class Published:
    """Every process works by the folder from now on; `changed` is False where it already did."""

    institution: str
    version: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The institution is no longer served; its data stay."""

    institution: str
    version: int


@dataclass(frozen=True, slots=True)
class NotPublished:
    """There is no such institution to withdraw."""

    institution: str
