"""The settings of one SIP trunk, and RFC 3261's timers."""

from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal

RING_SECONDS = 7.0
"""The third ring is then over: in Japan the tone sounds for 1 second in every 3 (LINK-21)."""


@dataclass(frozen=True, slots=True)
class Timers:
    """RFC 3261, appendix A, in seconds; tests shorten them."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0

    @property
    def give_up(self) -> float:
        """Timer H: how long an ACK is waited for."""
        return 64 * self.t1


@dataclass(frozen=True)
class Trunk:
    """A carrier's SIP trunk; numbers of several institutions may come over one.

    `peers` are the addresses or networks that the carrier calls from. All else is not answered, and
    only because they are the carrier's is P-Asserted-Identity believed: the network must keep
    others from sending in their name.
    """

    name: str
    peers: tuple[str, ...]
    ring_seconds: float = RING_SECONDS
    caller_from: Literal["asserted", "asserted_or_from"] = "asserted"
    called_from: Literal["request_uri", "to"] = "request_uri"
    calls_at_once: int = 200
    contact: str | None = None
    """`host:port` that the trunk reaches this agent under, where it is not the address bound."""
    timers: Timers = field(default_factory=Timers)

    @cached_property
    def _networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(peer) for peer in self.peers)

    def trusts(self, address: str) -> bool:
        """Tell whether the IP address `address` is one of the carrier's."""
        try:
            peer = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        peer = getattr(peer, "ipv4_mapped", None) or peer
        return any(peer in network for network in self._networks)
