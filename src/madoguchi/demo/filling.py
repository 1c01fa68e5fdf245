"""What the demo's database holds before anybody comes: institutions, customers, clients."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from madoguchi.demo.clients import contract_entries, register_samples
from madoguchi.demo.clock import DemoClock
from madoguchi.demo.place import Place
from madoguchi.demo.sample_bank import CoreToFill, load_sample_bank
from madoguchi.demo.sample_contracts import Bank, ContractsFiller
from madoguchi.institutions import Institution, Institutions, Rejected, publish
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.errors import BrokenInvariant

Entries = list[dict[str, Any]]


class Runtime(Bank, Protocol):
    """What is needed of the product's runtime to fill its database."""

    def core_administration(self) -> CoreToFill:
        """Return the embedded core's own terminals."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


@dataclass(frozen=True)
class Filler:
    """Fills the database; what is there already stays."""

    place: Place
    runtime: Runtime
    clock: DemoClock

    async def publish(self) -> tuple[Institution, ...]:
        """Publish the sample institutions; return them."""
        now = self.clock.now()
        async with self.runtime.database.transaction() as tx:
            for settings in sorted(self.place.institutions.glob("*/institution.toml")):
                done = await publish(tx, settings.parent, now=now)
                if isinstance(done, Rejected):
                    raise BrokenInvariant(f"sample institution {settings.parent.name}: {done}")
        return (await Institutions.load(self.runtime.database)).all()

    async def load(
        self,
        institutions: Sequence[Institution],
        client_keys: Mapping[str, Mapping[str, Any]],
        callback: str,
    ) -> tuple[Entries, Entries, Entries]:
        """Load customers, clients and contracts; return all as the demo's contract lists them."""
        now = self.clock.now()
        core = self.runtime.core_administration()
        customers: Entries = []
        clients: Entries = []
        for one in institutions:
            people = await load_sample_bank(core, one.code, japan_day(now))
            customers += [msgspec.to_builtins(person) for person in people]
            async with self.runtime.database.transaction() as tx:
                await register_samples(
                    tx,
                    self.runtime.log,
                    one.code,
                    keys=client_keys,
                    sample_app_callback=callback,
                    now=now,
                )
            clients += contract_entries(one.code, client_keys, callback)
        return customers, clients, await self._contracts(institutions)

    async def _contracts(self, institutions: Sequence[Institution]) -> Entries:
        filler = ContractsFiller(self.runtime)
        try:
            made = await asyncio.gather(
                *(filler.fill(one, self.clock.now()) for one in institutions if one.retail.offered)
            )
        finally:
            filler.close()
        return [entry for entries in made for entry in entries]
