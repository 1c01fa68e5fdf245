"""Making a notice's texts from templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from madoguchi.notices.model import Sender, Value

OWN = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The parts of a mail."""

    subject: str
    text: str
    html: str


class NoticeTemplates:
    """The templates `<name>.<language>.{subject,txt,html}`.

    `overrides` is a folder with a folder for each institution's code; a file there goes before the
    product's own.
    """

    def __init__(self, overrides: Path | None = None) -> None:
        self._overrides = overrides
        self._environments: dict[str, Environment] = {}

    def render(
        self, template: str, language: str, sender: Sender, values: Mapping[str, Value]
    ) -> NoticeText:
        """Return the texts. Raises where the template is missing or names a value not given."""
        environment = self._environment(sender.institution)
        japanese = language == "ja"
        context = {
            **values,
            "institution": sender.name if japanese else sender.name_en or sender.name,
            "contact_phone": sender.contact_phone,
            "contact_hours": sender.contact_hours if japanese else sender.contact_hours_en,
            "from_address": sender.from_address,
        }
        parts = (
            environment.get_template(f"{template}.{language}.{part}").render(context)
            for part in ("subject", "txt", "html")
        )
        return NoticeText(*parts)

    def _environment(self, institution: str) -> Environment:
        if institution not in self._environments:
            own = [self._overrides / institution] if self._overrides else []
            self._environments[institution] = Environment(
                loader=FileSystemLoader([*own, OWN]),
                autoescape=select_autoescape(("html",), default=False),
                undefined=StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
            )
        return self._environments[institution]
