"""What signing in needs from outside."""

from collections.abc import Callable
from dataclasses import dataclass

from madoguchi.customers import Customers
from madoguchi.kernel.entropy import Entropy
from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.keys import Keys
from madoguchi.sign_in.hashing import Hasher


@dataclass(frozen=True)
class SignInPorts:
    """What signing in needs, built once."""

    counters: Database
    """A pool of its own for what commits by itself: no request waits for a second connection."""
    customers: Customers
    notices: Notices
    log: OperationsLog
    keys: Keys
    entropy: Entropy
    hasher: Hasher
    texts: Callable[..., str]
    """The catalogue: `texts(key, language=…, **values)`."""
