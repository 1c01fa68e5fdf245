"""When each service is open: by rules of the institution, and by stoppages that staff enter.

`is_open` is asked at every step (LINK-33); its answer says when it changes next.
"""

from madoguchi.service_hours.outcomes import Closed, EmptyStoppage, NoSuchStoppage, Open
from madoguchi.service_hours.rules import Stoppage, state
from madoguchi.service_hours.service import add_stoppage, end_stoppage, is_open, list_stoppages

__all__ = [
    "Closed",
    "EmptyStoppage",
    "NoSuchStoppage",
    "Open",
    "Stoppage",
    "add_stoppage",
    "end_stoppage",
    "is_open",
    "list_stoppages",
    "state",
]
