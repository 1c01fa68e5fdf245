"""Forms with buttons that go elsewhere: what is typed is judged only where the form goes forward.

修正する, 戻る, 検索する and もう一度送る stand beside the main button, and none of them may
complain of a field that the customer has not come to yet.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import field
from typing import Any, ClassVar

from madoguchi.kernel.journey import FieldError
from madoguchi.plumbing.web import Invalid, typed
from madoguchi.retail.transfer.readers import as_typed

Reader = Callable[[str], str | Invalid]


def forward(reader: Reader, *, required: bool = True, secret: bool = False) -> Any:
    """Declare a field that is read where the form goes forward; see `typed` for the rest."""
    kept = typed(as_typed, required=False, secret=secret)
    return field(default="", metadata={**kept.metadata, "forward": reader, "needed": required})


def button() -> Any:
    """Declare a button beside the main one; its value is empty where another was pressed."""
    return typed(as_typed, required=False, secret=True)


class Leaving:
    """Base of such forms; `buttons` names the fields that are buttons leading elsewhere."""

    __slots__ = ()
    buttons: ClassVar[tuple[str, ...]] = ("back",)

    def pressed(self) -> str:
        """Return the name of the button beside the main one that was pressed, else nothing."""
        return next((name for name in self.buttons if getattr(self, name)), "")

    def problems(self) -> tuple[FieldError, ...]:
        """Return what is wrong with the fields, where the form goes forward."""
        if self.pressed():
            return ()
        outcomes = [self._judged(each) for each in _judged_fields(self)]
        return tuple(each for each in outcomes if isinstance(each, FieldError))

    def read(self, name: str) -> str:
        """Return the field in the form that is kept; "" where it is empty or wrong."""
        declared = next(each for each in _judged_fields(self) if each.name == name)
        outcome = self._judged(declared)
        return "" if isinstance(outcome, FieldError) else outcome

    def _judged(self, declared: "dataclasses.Field[str]") -> str | FieldError:
        text: str = getattr(self, declared.name)
        if not text:
            return FieldError(declared.name, "required") if declared.metadata["needed"] else ""
        outcome: str | Invalid = declared.metadata["forward"](text)
        if isinstance(outcome, Invalid):
            return FieldError(declared.name, outcome.code, outcome.values)
        return outcome


def _judged_fields(form: Leaving) -> "list[dataclasses.Field[str]]":
    declared = dataclasses.fields(form)  # type: ignore[arg-type] # every form is a dataclass
    return [each for each in declared if "forward" in each.metadata]
