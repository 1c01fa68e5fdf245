"""An institution's settings: one Struct for each file of its folder (INST-01, INST-02).

Everything that the specifications call a *setting* is a field here, with the specified default.
Secrets never are. Seconds, minutes and days are whole numbers and say so in their names.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from madoguchi.institutions import forms
from madoguchi.institutions.banking import RetailSettings, TransfersSettings
from madoguchi.institutions.hours import DEFAULT_HOURS, HoursRule
from madoguchi.institutions.texts import Count, RateLimit, Text
from madoguchi.kernel.digits import only_digits

Kind = Literal["信用組合", "信用金庫", "銀行"]
Language = Literal["ja", "en"]
LinkMode = Literal["card", "login"]
Scope = Literal["openid", "accounts", "balances", "transactions"]
"""What apps can ask for; the consent screen has words for each (LINK-28)."""


class Branch(Struct, frozen=True, forbid_unknown_fields=True):
    """A branch (店): its 3-digit code, its name and the name's kana."""

    code: forms.BranchCode
    name: forms.Line
    kana: forms.Line


class Contact(Struct, frozen=True, forbid_unknown_fields=True):
    """Where customers call, and when somebody answers."""

    phone: forms.Phone
    hours: Text

    @property
    def tel(self) -> str:
        """The phone as the address of a `tel:` link."""
        return f"tel:{only_digits(self.phone)}"


class Links(Struct, frozen=True, forbid_unknown_fields=True):
    """The institution's own pages: `https://` addresses, or paths on this server."""

    api_terms: forms.Link
    faq: forms.Link
    privacy: forms.Link
    home: forms.Link


class Colours(Struct, frozen=True, forbid_unknown_fields=True):
    """`main` carries white text; `dark`, in its place in dark mode, black text (4.5:1 at least)."""

    main: forms.Colour = "#0017c1"
    dark: forms.Colour = "#9db7f9"


class ApiLinkSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The screens that link an app to an account (LINK-01 to LINK-40)."""

    modes: Annotated[tuple[LinkMode, ...], Meta(min_length=1)] = ("card",)
    idle_minutes: Annotated[int, Meta(ge=1, le=60)] = 15
    failures_limit: Annotated[int, Meta(ge=1, le=20)] = 5
    call_seconds: Annotated[int, Meta(ge=30, le=600)] = 120
    verification_numbers: tuple[forms.Phone, ...] = ()
    consent_days: Annotated[int, Meta(ge=1, le=365)] = 30
    screen_text_version: forms.Line = "1"
    attempts_per_address: RateLimit = RateLimit(limit=100, per_seconds=600)
    """Wrong tries from one source address; many customers of a carrier may share one (LINK-18)."""
    attempts_per_client: RateLimit = RateLimit(limit=600, per_seconds=60)
    """Wrong tries through one app."""
    load_limit: Count = 64
    """Requests under way in one process above which no new journey is begun (LINK-34)."""


class AuthorizationSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The authorization server (AS-01 to AS-09)."""

    code_seconds: Annotated[int, Meta(ge=10, le=60)] = 60
    access_token_seconds: Annotated[int, Meta(ge=60, le=3600)] = 600
    id_token_seconds: Annotated[int, Meta(ge=60, le=3600)] = 600
    request_uri_seconds: Annotated[int, Meta(ge=5, lt=600)] = 300
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1)] = (
        "openid",
        "accounts",
        "balances",
        "transactions",
    )
    requests_per_client: RateLimit = RateLimit(limit=6000, per_seconds=60)


class AccountApiSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The account API for linked apps (API-01 to API-08)."""

    history_days: Annotated[int, Meta(ge=1, le=3660)] = 90
    page_size: Annotated[int, Meta(ge=1, le=500)] = 100
    page_size_limit: Annotated[int, Meta(ge=1, le=500)] = 500
    requests_per_client: RateLimit = RateLimit(limit=6000, per_seconds=60)
    requests_per_consent: RateLimit = RateLimit(limit=120, per_seconds=60)


class ServiceHoursSettings(Struct, frozen=True, forbid_unknown_fields=True, cache_hash=True):
    """When services stop (HOURS-01); by default the specified hours (HOURS-02, RET-32)."""

    rules: tuple[HoursRule, ...] = DEFAULT_HOURS


class MailSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Who mails come from: an address that customers are told to allow (MAIL-01).

    Its name, and whom to call, are the institution's own.
    """

    from_address: forms.MailAddress


class CoreSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The institution's core banking system: the embedded one, or one of `[cores]` (CORE-03)."""

    adapter: forms.Word = "embedded"


class InstitutionFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fields of `institution.toml`."""

    code: forms.Code
    slug: forms.Slug
    kind: Kind
    name: forms.Line
    name_kana: forms.Line
    name_en: forms.Line
    branches: Annotated[tuple[Branch, ...], Meta(min_length=1)]
    hosts: tuple[forms.Host, ...] = ()
    contact: Contact
    links: Links
    terms_version: forms.Line
    languages: Annotated[tuple[Language, ...], Meta(min_length=1)] = ("ja", "en")
    colours: Colours = Colours()


class Institution(InstitutionFile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One institution with all its settings; the same object until it is published anew."""

    mail: MailSettings
    core: CoreSettings = CoreSettings()
    api_link: ApiLinkSettings = ApiLinkSettings()
    authorization: AuthorizationSettings = AuthorizationSettings()
    account_api: AccountApiSettings = AccountApiSettings()
    service_hours: ServiceHoursSettings = ServiceHoursSettings()
    retail: RetailSettings = RetailSettings()
    transfers: TransfersSettings = TransfersSettings()

    def branch(self, code: str) -> Branch | None:
        """Return the branch of that 3-digit code, or None."""
        return next((branch for branch in self.branches if branch.code == code), None)
