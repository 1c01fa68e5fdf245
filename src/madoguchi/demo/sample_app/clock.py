"""The app's clock: the machine's, or where the bank is a demo whose clock can be set, that one."""

import json
import time
from datetime import datetime

import httpx2


async def now(http: httpx2.AsyncClient, now_url: str | None) -> int:
    """Return the present second since 1970. Raises `httpx2.HTTPError`, `KeyError`, `ValueError`."""
    if now_url is None:
        return int(time.time())
    told = json.loads((await http.get(now_url)).content)
    return int(datetime.fromisoformat(told["now"]).timestamp())
