"""What the visit of the limits holds."""

from dataclasses import dataclass

from madoguchi.institutions import Limits
from madoguchi.retail.transfer import CodeSent


@dataclass(frozen=True, slots=True)
class LimitsVisit:
    """`was` are the limits in force when `wanted` was typed: what is raised is seen from them.

    `later` are those that were to follow then, None where no raise was waiting.
    """

    was: Limits | None = None
    later: Limits | None = None
    wanted: Limits | None = None
    code: CodeSent | None = None
    told: str = ""
