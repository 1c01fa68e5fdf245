"""Settings of each institution: read from its folder, published, known to every process.

An institution is a folder of settings files (INST-01). `publish` checks it and stores it;
`Institutions` is what a process knows, and `refresh` takes up what has been published since
(INST-05).
"""

from madoguchi.institutions.banking import (
    Destination,
    Fee,
    FeeTable,
    Limits,
    RetailSettings,
    SecurityQuestion,
    TransfersSettings,
    Utility,
)
from madoguchi.institutions.events import InstitutionEvent
from madoguchi.institutions.hours import API_LINK_HOURS, RETAIL_HOURS, HoursRule, Service
from madoguchi.institutions.logo import Logo
from madoguchi.institutions.outcomes import NotPublished, Problem, Published, Rejected, Withdrawn
from madoguchi.institutions.reading import Folder, read_folder, settings_from
from madoguchi.institutions.registry import Institutions
from madoguchi.institutions.service import publish, withdraw
from madoguchi.institutions.settings import (
    AccountApiSettings,
    ApiLinkSettings,
    AuthorizationSettings,
    Branch,
    Colours,
    Contact,
    CoreSettings,
    Institution,
    Links,
    MailSettings,
    ServiceHoursSettings,
)
from madoguchi.institutions.texts import RateLimit, Text

__all__ = [
    "API_LINK_HOURS",
    "RETAIL_HOURS",
    "AccountApiSettings",
    "ApiLinkSettings",
    "AuthorizationSettings",
    "Branch",
    "Colours",
    "Contact",
    "CoreSettings",
    "Destination",
    "Fee",
    "FeeTable",
    "Folder",
    "HoursRule",
    "Institution",
    "InstitutionEvent",
    "Institutions",
    "Limits",
    "Links",
    "Logo",
    "MailSettings",
    "NotPublished",
    "Problem",
    "Published",
    "RateLimit",
    "Rejected",
    "RetailSettings",
    "SecurityQuestion",
    "Service",
    "ServiceHoursSettings",
    "Text",
    "TransfersSettings",
    "Utility",
    "Withdrawn",
    "publish",
    "read_folder",
    "settings_from",
    "withdraw",
]
