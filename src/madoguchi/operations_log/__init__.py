"""The operations log: who did what, to what, with what result, from where (LOG-01).

Rows are appended in the transaction of what they tell, and chained by keyed hashes in eight lanes
per institution: a transaction takes any lane that is free, just before it commits, so that writers
seldom wait for one another. Verifying finds every change, removal, insertion and reordering of
rows, and a tail cut off. What no log inside one database can notice by itself is an older copy of
the whole log put back: for that, print `anchor` from time to time, keep it elsewhere, and verify
against it. The order of rows in different lanes is told by their times, not by the chain.

Secrets never stand in the log. Personal data stands under `personal`, sealed with the key
"personal-data".
"""

from madoguchi.operations_log.chain import Anchor, AnchorUnreadable, Head
from madoguchi.operations_log.entry import Entry, Event, Result, Row, harmless
from madoguchi.operations_log.log import OperationsLog, append
from madoguchi.operations_log.verifying import Broken, Verified, verify

__all__ = [
    "Anchor",
    "AnchorUnreadable",
    "Broken",
    "Entry",
    "Event",
    "Head",
    "OperationsLog",
    "Result",
    "Row",
    "Verified",
    "append",
    "harmless",
    "verify",
]
