"""The tables of `madoguchi.toml`. A key that is not known is an error, not a silent nothing."""

from typing import Literal

import msgspec

from madoguchi.plumbing.mail import SmtpServer
from madoguchi.plumbing.settings.checks import (
    check_base_url,
    check_core_name,
    check_host_and_port,
    check_network,
    check_place,
    check_reference,
    check_service_url,
)

KEY_NAMES = (
    *("operations-log", "personal-data", "index", "csrf"),
    *("dpop-nonce", "pairwise", "signing-keys", "card-pin"),
    "password-pepper",
)
"""The keys that every installation needs."""

LogLevel = Literal["debug", "info", "warning", "error"]


class Web(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The web processes. `listen` is `host:port` or `unix:/path`.

    `internal` answers health, readiness and metrics; each process takes the next port or adds its
    number to the path. `trusted_proxies` are the addresses or networks whose `X-Forwarded-For`
    counts; without them it never does. `place_header` names the header in which they tell the place
    (a country or region) that a request comes from; without it places are not judged.
    """

    listen: str = "127.0.0.1:8000"
    internal: str = "127.0.0.1:9100"
    workers: int = 1
    trusted_proxies: tuple[str, ...] = ()
    place_header: str = ""

    def __post_init__(self) -> None:
        for name in ("listen", "internal"):
            check_place(name, getattr(self, name))
        if not 1 <= self.workers <= 256:
            raise ValueError("expected `workers` between 1 and 256")
        for network in self.trusted_proxies:
            check_network("trusted_proxies", network)


class Background(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The worker processes. `internal` is as that of `Web`."""

    internal: str = "127.0.0.1:9200"

    def __post_init__(self) -> None:
        check_place("internal", self.internal)


class DatabaseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The database. `url` is a reference to a libpq URL.

    `pool` the most connections of one process.
    """

    url: str
    pool: int = 10

    def __post_init__(self) -> None:
        check_reference("url", self.url)
        if not 2 <= self.pool <= 1000:
            raise ValueError("expected `pool` between 2 and 1000")


class Smtp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The mail server that takes over all mails. `password` is a reference."""

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    timeout_seconds: float = 30.0
    local_hostname: str = ""
    ca_file: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise ValueError("expected `port` between 1 and 65535")
        if self.password:
            check_reference("password", self.password)
        if bool(self.username) != bool(self.password):
            raise ValueError("expected `username` and `password` together")
        if self.username and self.security == "none":
            raise ValueError("expected `security` starttls or tls where there is a password")

    def server(self) -> SmtpServer:
        """Return the settings of the mail adapter."""
        return SmtpServer(**msgspec.structs.asdict(self))


class Sip(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The SIP trunk that call-backs come in on. Only `peers` are listened to.

    `caller_from`, `called_from` say which headers the carrier puts the numbers in; `contact` is the
    `host:port` that the carrier reaches us under, where it is not `listen`.
    """

    listen: str
    peers: tuple[str, ...]
    name: str = "sip"
    ring_seconds: float = 7.0
    caller_from: Literal["asserted", "asserted_or_from"] = "asserted"
    called_from: Literal["request_uri", "to"] = "request_uri"
    contact: str | None = None

    def __post_init__(self) -> None:
        check_host_and_port("listen", self.listen)
        if not self.peers:
            raise ValueError("expected at least one address in `peers`")
        for network in self.peers:
            check_network("peers", network)
        if not 0 < self.ring_seconds <= 60:
            raise ValueError("expected `ring_seconds` between 0 and 60")
        if self.contact is not None:
            check_host_and_port("contact", self.contact)


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A telephone gateway that reports calls over HTTP.

    `secrets` are references, the newest first.
    """

    secrets: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.secrets:
            raise ValueError("expected at least one reference in `secrets`")
        for reference in self.secrets:
            check_reference("secrets", reference)


class Telephone(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How call-backs reach us: a SIP trunk, gateways by name, or both."""

    sip: Sip | None = None
    webhooks: dict[str, Webhook] = {}


class Demo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What exists in the demo only: a clock that can be set.

    The demo's pages (telephone, mailbox, clock) are served with it, and never without.
    """

    settable_clock: bool = False


class Billers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The way to the billers whose bills are paid (RET-25): none, or the demo's invented ones."""

    simulator: bool = False


class Interbank(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The embedded core's way to other banks (RET-17): none, or the demo's simulated one."""

    simulator: bool = False


class Core(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A core banking system that is asked over HTTP (CORE-03).

    `token` is a reference to a bearer token. The gateway knows us by it, by the client
    certificate, or by both; the files are PEM.
    """

    url: str
    token: str = ""
    ca_file: str = ""
    client_certificate: str = ""
    client_key: str = ""

    def __post_init__(self) -> None:
        check_service_url("url", self.url)
        if self.token:
            check_reference("token", self.token)
        if bool(self.client_certificate) != bool(self.client_key):
            raise ValueError("expected `client_certificate` and `client_key` together")
        if not (self.token or self.client_certificate):
            raise ValueError("expected a `token`, a `client_certificate`, or both")
        for name in ("ca_file", "client_certificate", "client_key"):
            if (path := getattr(self, name)) and not path.startswith("/"):
                raise ValueError(f"expected `{name}` to be an absolute path")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of `madoguchi.toml`."""

    environment: Literal["production", "demo"] = "production"
    base_url: str
    institutions: str
    log_level: LogLevel = "info"
    database: DatabaseSettings
    keys: dict[str, tuple[str, ...]]
    smtp: Smtp
    web: Web = msgspec.field(default_factory=Web)
    worker: Background = msgspec.field(default_factory=Background)
    telephone: Telephone = msgspec.field(default_factory=Telephone)
    demo: Demo = msgspec.field(default_factory=Demo)
    billers: Billers = msgspec.field(default_factory=Billers)
    interbank: Interbank = msgspec.field(default_factory=Interbank)
    cores: dict[str, Core] = {}
    """By the names that institutions' `core.toml` have for them."""

    def __post_init__(self) -> None:
        check_base_url(self.base_url, self.environment)
        if not self.institutions.startswith("/"):
            raise ValueError("expected `institutions` to be an absolute path")
        if missing := [name for name in KEY_NAMES if name not in self.keys]:
            raise ValueError(f"expected `keys` to name {', '.join(missing)} too")
        for name, references in self.keys.items():
            if not references:
                raise ValueError(f"expected at least one reference in `keys.{name}`")
            for reference in references:
                check_reference(f"keys.{name}", reference)
        for name in self.cores:
            check_core_name(name)
        if self.environment == "production":
            self._check_production()

    def _check_production(self) -> None:
        for name, core in self.cores.items():
            if not core.url.startswith("https://"):
                raise ValueError(f"expected `cores.{name}.url` to be https in production")
        if self.demo != Demo():
            raise ValueError("expected no `demo` settings in production")
        if self.billers.simulator:
            raise ValueError("expected no `billers.simulator` in production")
        if self.interbank.simulator:
            raise ValueError("expected no `interbank.simulator` in production")
        if self.smtp.security == "none":
            raise ValueError("expected `smtp.security` starttls or tls in production")
