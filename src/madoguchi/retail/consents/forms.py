"""The form by which a consent is revoked."""

from dataclasses import dataclass

from madoguchi.plumbing.web import typed
from madoguchi.retail import readers


@dataclass(frozen=True)
class RevocationForm:
    """BAL003: who revokes. The password is in no representation of it."""

    confirmation_password: str = typed(readers.password, secret=True)

    def __repr__(self) -> str:
        return "RevocationForm(…)"
