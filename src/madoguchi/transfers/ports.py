"""What transfers need from outside, filled in `app`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from madoguchi.core_bank.port import CoreBank
from madoguchi.institutions import Institution
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.entropy import Entropy
from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.keys import Keys
from madoguchi.transfers.model import Payer


@dataclass(frozen=True)
class TransfersPorts:
    """`institution_of` finds an institution by its code; `database` is for execution alone.

    `payer_refusal` says why a payer's account may pay nothing now, as the customer is told it:
    contract-stopped, account-unusable (no longer under the contract), or "" where it may.
    `together`: whether there is a core that moves many transfers at once.
    """

    database: Database
    core_of: Callable[[Institution], CoreBank]
    institution_of: Callable[[str], Institution | None]
    notices: Notices
    log: OperationsLog
    keys: Keys
    entropy: Entropy
    clock: Clock
    payer_refusal: Callable[[Tx, str, Payer], Awaitable[str]]
    together: bool = True
