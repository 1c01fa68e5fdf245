"""How unusual a login is: the customer's usual environment, and what a change scores (RET-14).

`environment_of` a request, `assess` it, `record` the decision; once the customer is in, `learn`.
What decides is what was learned of this customer alone: a device of the family is not his.
"""

from madoguchi.risk.environment import Environment, environment_of
from madoguchi.risk.rules import Assessment, Decision, Reason
from madoguchi.risk.service import (
    RecordedDecision,
    assess,
    learn,
    list_decisions,
    purge,
    record,
)

__all__ = [
    "Assessment",
    "Decision",
    "Environment",
    "Reason",
    "RecordedDecision",
    "assess",
    "environment_of",
    "learn",
    "list_decisions",
    "purge",
    "record",
]
