"""The API link: the six screens on which a depositor links an app to an account (LINK-01 to LINK-36).

`journey.py` is the table of the screens, `steps.py` what each of them judges, in order.
"""

from madoguchi.api_link.door import LinkDoor
from madoguchi.api_link.journey import API_LINK
from madoguchi.api_link.services import LinkPorts

__all__ = ["API_LINK", "LinkDoor", "LinkPorts"]
