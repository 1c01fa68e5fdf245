"""The cores that are asked over HTTP (CORE-03), and which one is an institution's."""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from madoguchi.core_bank.http import CoreAddress, HttpCore
from madoguchi.core_bank.port import CoreBank
from madoguchi.institutions import Institution
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.errors import Fault
from madoguchi.plumbing.keys import KeyReferenceError
from madoguchi.plumbing.settings import Core

EMBEDDED = "embedded"


class CoreNotSetUp(Fault):
    """A core cannot be asked by these settings; the text is for whoever wrote them."""


def http_cores(settings: Mapping[str, Core], clock: Clock) -> dict[str, HttpCore]:
    """Return the adapters of `[cores]`, by name. Raises `CoreNotSetUp`."""
    made = {}
    for name, core in settings.items():
        address = CoreAddress(name=name, **msgspec.structs.asdict(core))
        try:
            made[name] = HttpCore(address, clock)
        except KeyReferenceError as error:
            raise CoreNotSetUp(f"cores.{name}.token: {error}") from None
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise CoreNotSetUp(f"cores.{name}: a certificate or key file: {said}") from None
    return made


def core_of(
    institution: Institution, embedded: CoreBank, over_http: Mapping[str, CoreBank]
) -> CoreBank:
    """Return the institution's core. Raises `CoreNotSetUp`."""
    check_cores([institution], over_http)
    name = institution.core.adapter
    return embedded if name == EMBEDDED else over_http[name]


def check_cores(institutions: Iterable[Institution], cores: Collection[str]) -> None:
    """Check that every institution's core is set up. Raises `CoreNotSetUp`."""
    for institution in institutions:
        name = institution.core.adapter
        if name != EMBEDDED and name not in cores:
            raise CoreNotSetUp(
                f"institution {institution.code} has the core {name!r} (core.toml: adapter), "
                f"and the settings have no [cores.{name}]"
            )
