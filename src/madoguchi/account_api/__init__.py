"""The account API: what a linked app reads (API-01 to API-07). `openapi.py` describes it as it is."""

from madoguchi.account_api.endpoints import account_api_routes
from madoguchi.account_api.ports import ApiPorts

__all__ = ["ApiPorts", "account_api_routes"]
