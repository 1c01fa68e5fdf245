"""Where the screens of registered data lead beside onward and back."""

from dataclasses import dataclass

from madoguchi.kernel.journey import Detour
from madoguchi.retail.registered_data.visits import MailVisit


@dataclass(frozen=True, slots=True)
class OldUnproved(Detour[MailVisit]):
    """The registered address was never confirmed: no code is asked for from there."""


@dataclass(frozen=True, slots=True)
class ChangedElsewhere(Detour[MailVisit]):
    """The registered address was changed in another window meanwhile: begin again."""
