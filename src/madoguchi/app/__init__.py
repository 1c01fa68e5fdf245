"""The place that knows everything: settings make adapters, adapters make doors.

`Runtime` holds what a process is made of; `web_application` and `background_worker` are made from
it.
"""

from madoguchi.app.cores import CoreNotSetUp
from madoguchi.app.internal import internal_application
from madoguchi.app.runtime import Runtime, issuer_of, open_runtime
from madoguchi.app.telephone import call_sink, open_sip_gateway
from madoguchi.app.web import (
    WebApplication,
    institutions_kept_up,
    link_ports,
    web_application,
)
from madoguchi.app.worker import background_worker

__all__ = [
    "CoreNotSetUp",
    "Runtime",
    "WebApplication",
    "background_worker",
    "call_sink",
    "institutions_kept_up",
    "internal_application",
    "issuer_of",
    "link_ports",
    "open_runtime",
    "open_sip_gateway",
    "web_application",
]
