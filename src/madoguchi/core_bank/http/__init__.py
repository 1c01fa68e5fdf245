"""A core that is asked over HTTP (CORE-03): the adapter, and what its interface is made of.

`HttpCore` is the port's adapter. What it asks is described in `docs/api/core.openapi.json`, made
from `operations.py`; `gateway.py` serves any `CoreBank` by that description, for a bank's gateway
to begin with. `docs/operations/core-over-http.md` is for whoever builds one.
"""

from madoguchi.core_bank.http.client import HttpCore
from madoguchi.core_bank.http.link import CoreAddress

__all__ = ["CoreAddress", "HttpCore"]
