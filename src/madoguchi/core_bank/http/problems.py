"""What a gateway answers where it has no answer: problem details (RFC 9457)."""

from dataclasses import dataclass

from msgspec import Struct

from madoguchi.core_bank.port import CoreFailure, Refusal

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:madoguchi:core:"


@dataclass(frozen=True)
class Problem:
    """One kind of problem: its name (in its type), its status, and what it says."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The problem's `type`."""
        return PREFIX + self.name


REFUSED = Problem("refused", 409, "The core looked at the write and refused it: nothing changed")
LINK_FAILED = Problem(
    CoreFailure.LINK_FAILED, 503, "The core is down, or did not answer the gateway in time"
)
CANNOT_HANDLE = Problem(
    CoreFailure.CANNOT_HANDLE, 503, "The core cannot handle this now, or does not offer it"
)
INVALID_REQUEST = Problem("invalid_request", 400, "A header or the body cannot be read")
UNAUTHORIZED = Problem("unauthorized", 401, "The bearer token is missing or not a known one")
WRONG_INSTITUTION = Problem(
    "wrong_institution", 403, "The gateway does not speak for this institution"
)
NO_SUCH_OPERATION = Problem("no_such_operation", 404, "There is no such operation")
TOO_LARGE = Problem("too_large", 413, "The body is larger than any request is")
INTERNAL_ERROR = Problem("internal_error", 500, "The gateway failed; of a write, inquire")

ALL = (
    *(REFUSED, LINK_FAILED, CANNOT_HANDLE, INVALID_REQUEST, UNAUTHORIZED),
    *(WRONG_INSTITUTION, NO_SUCH_OPERATION, TOO_LARGE, INTERNAL_ERROR),
)


class ProblemBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a problem. `number` and `name` are a refusal's: stable, and both given."""

    type: str
    title: str = ""
    status: int = 0
    number: int | None = None
    name: str | None = None
    detail: str = ""
    """For the gateway's and the platform's engineers: without any personal data."""


def refusal_of(number: int | None, name: str | None) -> Refusal | None:
    """Return the refusal with this number and name, or None where the two name none."""
    try:
        found = Refusal(number) if number is not None else None
    except ValueError:
        return None
    return found if found is not None and found.name.lower() == name else None


def name_of(refusal: Refusal) -> str:
    """Return a refusal's name on the wire."""
    return refusal.name.lower()
