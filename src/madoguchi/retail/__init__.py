"""Internet banking for people (RET-01 to RET-32): groups of screens, each a sub-package."""

from madoguchi.retail.door import RetailDoor
from madoguchi.retail.ground.ports import RetailPorts
from madoguchi.retail.groups import TEMPLATES

__all__ = ["TEMPLATES", "RetailDoor", "RetailPorts"]
