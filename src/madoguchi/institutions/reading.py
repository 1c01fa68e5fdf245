"""From a folder's files, or what was stored of them, to the settings or to all that is wrong."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from madoguchi.institutions.banking import RetailSettings, TransfersSettings
from madoguchi.institutions.checks import problems
from madoguchi.institutions.explain import faults
from madoguchi.institutions.logo import fault_of_svg
from madoguchi.institutions.outcomes import Problem, Rejected
from madoguchi.institutions.settings import (
    AccountApiSettings,
    ApiLinkSettings,
    AuthorizationSettings,
    CoreSettings,
    Institution,
    InstitutionFile,
    MailSettings,
    ServiceHoursSettings,
)

Document = Mapping[str, Any]
Documents = Mapping[str, Document]
"""The content of each settings file, by the file's name without ending."""

FILES: Mapping[str, type[msgspec.Struct]] = {
    "institution": InstitutionFile,
    "mail": MailSettings,
    "core": CoreSettings,
    "api_link": ApiLinkSettings,
    "authorization": AuthorizationSettings,
    "account_api": AccountApiSettings,
    "service_hours": ServiceHoursSettings,
    "retail": RetailSettings,
    "transfers": TransfersSettings,
}
REQUIRED = ("institution", "mail")
LOGO, LOGO_DARK = "logo.svg", "logo-dark.svg"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that was found right: the files as written, the settings they make, the logos."""

    documents: Documents
    institution: Institution
    logo: bytes
    logo_dark: bytes | None


def read_folder(folder: Path) -> Folder | Rejected:
    """Read and check an institution's folder; every problem found is told."""
    documents, found = _documents(folder)
    logo, logo_dark = (_bytes(folder / name) for name in (LOGO, LOGO_DARK))
    found += _logo_problems(logo, logo_dark)
    settings = settings_from(documents)
    if isinstance(settings, Rejected):
        known_bad = {problem.file for problem in found}
        found += [problem for problem in settings.problems if problem.file not in known_bad]
        return Rejected(tuple(found))
    if found or logo is None:
        return Rejected(tuple(found))
    return Folder(documents, settings, logo, logo_dark)


def settings_from(documents: Documents) -> Institution | Rejected:
    """Return the settings that the documents make, with defaults for what they leave out."""
    found = [
        Problem(f"{name}.toml", key, expected)
        for name, kind in FILES.items()
        if name in documents
        for key, expected in faults(documents[name], kind)
    ]
    found += [
        Problem(f"{name}.toml", "", "the file is missing")
        for name in REQUIRED
        if name not in documents
    ]
    if found:
        return Rejected(tuple(found))
    parts = {name: document for name, document in documents.items() if name != "institution"}
    settings = msgspec.convert({**documents["institution"], **parts}, Institution)
    found = list(problems(settings))
    return Rejected(tuple(found)) if found else settings


def _documents(folder: Path) -> tuple[dict[str, Document], list[Problem]]:
    documents: dict[str, Document] = {}
    found = []
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in FILES:
            expected = "unknown file; expected one of " + ", ".join(
                f"{name}.toml" for name in FILES
            )
            found.append(Problem(path.name, "", expected))
            continue
        try:
            documents[path.stem] = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            found.append(Problem(path.name, "", f"expected TOML in UTF-8: {error}"))
    return documents, found


def _logo_problems(logo: bytes | None, logo_dark: bytes | None) -> list[Problem]:
    if logo is None:
        return [Problem(LOGO, "", "the file is missing")]
    faulty = (
        (name, fault_of_svg(content))
        for name, content in ((LOGO, logo), (LOGO_DARK, logo_dark))
        if content
    )
    return [Problem(name, "", fault) for name, fault in faulty if fault]


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
