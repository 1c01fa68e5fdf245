"""What internet banking needs, built once in `app`."""

from collections.abc import Callable
from dataclasses import dataclass

from madoguchi.address_changes import AddressChanges
from madoguchi.bill_payments import BillPayments
from madoguchi.core_bank.port import CoreBank
from madoguchi.customers import Customers
from madoguchi.direct_debits import DirectDebits
from madoguchi.institutions import Institution, Institutions
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.entropy import Entropy
from madoguchi.notices import Notices
from madoguchi.one_time_passwords import OneTimePassword
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.keys import Keys
from madoguchi.sign_in import SignIn
from madoguchi.site import Pages
from madoguchi.transfers import Transfers


@dataclass(frozen=True)
class RetailPorts:
    """The capabilities and use cases that the screens work with, and the ports of the process."""

    database: Database
    counters: Database
    """A pool of its own for what commits by itself: no request waits for a second connection."""
    clock: Clock
    keys: Keys
    entropy: Entropy
    log: OperationsLog
    institutions: Institutions
    pages: Pages
    texts: Callable[..., str]
    """The catalogue: `texts(key, language=…, **values)`."""
    core_of: Callable[[Institution], CoreBank]
    notices: Notices
    customers: Customers
    sign_in: SignIn
    one_time_password: OneTimePassword
    transfers: Transfers
    bill_payments: BillPayments
    address_changes: AddressChanges
    direct_debits: DirectDebits
