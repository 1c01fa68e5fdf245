"""Telephone gateways: calls that ring and are dropped, with their caller id (LINK-26)."""

from madoguchi.plumbing.telephone.calls import CallSink, IncomingCall
from madoguchi.plumbing.telephone.simulator import NotANumber, TelephoneSimulator
from madoguchi.plumbing.telephone.sip import RING_SECONDS, SipGateway, Timers, Trunk
from madoguchi.plumbing.telephone.webhook import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    Secrets,
    SignedRequest,
    WebhookRefused,
    read_webhook,
    sign,
    webhook_endpoint,
)

__all__ = [
    "RING_SECONDS",
    "SIGNATURE_HEADER",
    "TIMESTAMP_HEADER",
    "CallSink",
    "IncomingCall",
    "NotANumber",
    "Secrets",
    "SignedRequest",
    "SipGateway",
    "TelephoneSimulator",
    "Timers",
    "Trunk",
    "WebhookRefused",
    "read_webhook",
    "sign",
    "webhook_endpoint",
]
