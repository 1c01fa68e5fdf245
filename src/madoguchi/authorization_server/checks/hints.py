"""Is the rest of the request well formed?"""

import re

from madoguchi.authorization_server import errors
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange

ECHOED = ("state", "nonce")
ECHOED_LENGTH_AT_MOST = 2048
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
SECONDS = re.compile(r"[0-9]{1,9}")
ACTIONS = frozenset({"create"})
"""Of the grant management actions; `merge` and `replace` are not offered, each link is anew."""


async def hints_are_well_formed(exchange: Exchange) -> Refusal | None:
    """state, nonce, prompt, max_age and grant_management_action are as their standards say.

    A max_age is met by each link, for the person is proved anew in it (`auth_time` says when).
    """
    form = exchange.form
    for name in ECHOED:
        value = form.get(name, "")
        if len(value) > ECHOED_LENGTH_AT_MOST or not value.isprintable():
            return errors.invalid_request(f"{name} is too long, or not printable.")
    prompts = form.get("prompt", "").split()
    if not set(prompts) <= PROMPTS or ("none" in prompts and len(prompts) > 1):
        return errors.invalid_request("prompt has unknown or contradicting values.")
    if not SECONDS.fullmatch(form.get("max_age", "0")):
        return errors.invalid_request("max_age must be a number of seconds.")
    if form.get("grant_management_action", "create") not in ACTIONS:
        return errors.invalid_request("The only grant_management_action here is create.")
    if "grant_id" in form:
        return errors.invalid_request("grant_id goes with no supported grant_management_action.")
    return None
