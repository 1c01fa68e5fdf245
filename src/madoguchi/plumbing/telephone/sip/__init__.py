"""A SIP trunk as a telephone gateway: rings, reads the caller id, refuses (LINK-26 a)."""

from madoguchi.plumbing.telephone.sip.gateway import SipGateway
from madoguchi.plumbing.telephone.sip.trunk import RING_SECONDS, Timers, Trunk

__all__ = ["RING_SECONDS", "SipGateway", "Timers", "Trunk"]
