"""What a process is made of, whichever it is: web, worker or command."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cached_property

from madoguchi import retail
from madoguchi.app.banking import Banking, open_banking
from madoguchi.app.cores import core_of, http_cores
from madoguchi.authorization_server import AuthorizationServer
from madoguchi.call_back import CallBack
from madoguchi.clients import ClientKeys, HttpJwksFetcher
from madoguchi.core_bank.embedded import CoreAdministration, EmbeddedCore
from madoguchi.core_bank.http import HttpCore
from madoguchi.core_bank.port import CoreBank
from madoguchi.core_bank.simulated_interbank import SimulatedInterbank
from madoguchi.institutions import Institution, Institutions
from madoguchi.kernel.clock import Clock, SystemClock
from madoguchi.kernel.entropy import Entropy, SystemEntropy
from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.keys import Keys, ReferencedKeys, read_reference
from madoguchi.plumbing.settings import Settings
from madoguchi.plumbing.templates import Assets, Templates

COUNTERS_POOL = 4
PAGES = ("madoguchi.api_link", "madoguchi.sign_in", *retail.TEMPLATES)


@dataclass(frozen=True)
class Runtime:
    """The ports and services of one process.

    `counters` and `core_database` are pools of their own: a request that holds a connection never
    waits for a second one of the same pool.
    """

    settings: Settings
    clock: Clock
    entropy: Entropy
    keys: Keys
    database: Database
    counters: Database
    core_database: Database
    institutions: Institutions
    log: OperationsLog
    embedded_core: EmbeddedCore
    call_back: CallBack
    authorization: AuthorizationServer
    notices: Notices
    assets: Assets
    templates: Templates
    http_cores: Mapping[str, HttpCore] = field(default_factory=dict, kw_only=True)
    """Those of `[cores]`, by name."""

    def core_of(self, institution: Institution) -> CoreBank:
        """Return an institution's core banking system. Raises `CoreNotSetUp`."""
        return core_of(institution, self.embedded_core, self.http_cores)

    @cached_property
    def banking(self) -> Banking:
        """Return internet banking's capabilities and use cases on these ports."""
        return open_banking(self)

    def core_administration(self) -> CoreAdministration:
        """Return the embedded core's own terminals, for sample data and checks."""
        return CoreAdministration(self.core_database, self.keys, self.clock, self.entropy)

    async def close(self) -> None:
        """Close every pool and connection."""
        for core in self.http_cores.values():
            await core.close()
        for database in (self.database, self.counters, self.core_database):
            await database.close()


async def open_runtime(settings: Settings, clock: Clock | None = None) -> Runtime:
    """Connect to what the settings name.

    Raises `DatabaseUnavailable`, `KeyReferenceError`, `CoreNotSetUp`.
    """
    clock, entropy = clock or SystemClock(), SystemEntropy()
    keys = ReferencedKeys(settings.keys)
    url = read_reference(settings.database.url)
    pools = AsyncExitStack()
    try:
        database = await _pool(pools, url, settings.database.pool)
        counters = await _pool(pools, url, COUNTERS_POOL)
        core_database = await _pool(pools, url, settings.database.pool)
        institutions = await Institutions.load(database)
        over_http = http_cores(settings.cores, clock)
    except BaseException:
        await pools.aclose()
        raise
    log = OperationsLog(keys, clock)
    assets = Assets()
    interbank = SimulatedInterbank(core_database, clock) if settings.interbank.simulator else None
    fetcher = HttpJwksFetcher(loopback_allowed=settings.environment == "demo")
    return Runtime(
        settings=settings,
        clock=clock,
        entropy=entropy,
        keys=keys,
        database=database,
        counters=counters,
        core_database=core_database,
        institutions=institutions,
        log=log,
        embedded_core=EmbeddedCore(core_database, keys, clock, entropy, interbank),
        http_cores=over_http,
        call_back=CallBack(keys, entropy),
        authorization=AuthorizationServer(
            keys=keys,
            entropy=entropy,
            log=log,
            client_keys=ClientKeys(fetcher),
            issuer_of=issuer_of(settings),
        ),
        notices=Notices(keys, clock, log),
        assets=assets,
        templates=Templates(PAGES, assets=assets),
    )


async def _pool(pools: AsyncExitStack, url: str, largest: int) -> Database:
    database = await Database.connect(url, largest=largest)
    pools.push_async_callback(database.close)
    return database


def issuer_of(settings: Settings) -> Callable[[Institution], str]:
    """Return how an institution's issuer is named: by its own host where it has one (INST-03)."""

    def issuer(institution: Institution) -> str:
        if institution.hosts:
            return f"https://{institution.hosts[0]}"
        return f"{settings.base_url}/{institution.slug}"

    return issuer
