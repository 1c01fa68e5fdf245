"""Everything that an app can ask for: one table for what serves it and for what describes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from madoguchi.account_api import problems, resources
from madoguchi.account_api.guard import Need
from madoguchi.account_api.ports import Reading
from madoguchi.account_api.problems import Problem
from madoguchi.account_api.representation import (
    AccountsView,
    BalanceView,
    ConsentView,
    TransactionsView,
)

OF_ACCOUNT = (problems.ACCOUNT_NOT_FOUND, problems.ACCOUNT_MOVED, problems.ACCOUNT_CLOSED)


@dataclass(frozen=True)
class Operation:
    """One method of one path. `view` is what it answers (None: nothing but that it is done).

    `problems` are those of its own, besides what every operation may come to.
    """

    name: str
    title: str
    method: str
    path: str
    resource: Callable[[Reading], Awaitable[resources.Outcome]]
    need: Need
    view: type[msgspec.Struct] | None
    problems: tuple[Problem, ...] = ()


OPERATIONS = (
    Operation(
        "accounts", "口座一覧", "GET", "/accounts",
        resources.accounts, Need("accounts", hours=True), AccountsView,
        (problems.ACCOUNT_CLOSED,),
    ),
    Operation(
        "balance", "残高照会", "GET", "/accounts/{id}/balance",
        resources.balance, Need("balances", hours=True), BalanceView,
        OF_ACCOUNT,
    ),
    Operation(
        "transactions", "入出金明細照会", "GET", "/accounts/{id}/transactions",
        resources.transactions, Need("transactions", hours=True), TransactionsView,
        (*OF_ACCOUNT, problems.OUT_OF_RANGE),
    ),
    Operation(
        "consent", "同意の照会", "GET", "/consent",
        resources.read_consent, Need(None, hours=False), ConsentView,
    ),
    Operation(
        "revoke-consent", "同意の解除", "DELETE", "/consent",
        resources.revoke_consent, Need(None, hours=False), None,
    ),
)  # fmt: skip
"""A consent can be read and revoked at any hour: the core is not asked."""


def methods_of(path: str) -> tuple[str, ...]:
    """Return the methods that a path takes."""
    offered = {operation.method for operation in OPERATIONS if operation.path == path}
    return tuple(sorted(offered | ({"HEAD"} if "GET" in offered else set()) | {"OPTIONS"}))
