"""The account API: what a linked app reads (API-01 to API-07).

`operations.py` is the table of all that can be asked; routes and description are made from it.
"""

from madoguchi.account_api.endpoints import account_api_routes
from madoguchi.account_api.ports import ApiPorts

__all__ = ["ApiPorts", "account_api_routes"]
