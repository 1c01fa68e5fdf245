"""Technical logs, reference numbers, metrics and traces (LOG-02).

Metrics: each process counts for itself and shows its own numbers (`Metrics.exposition`) on its
internal address; behind several processes, have Prometheus scrape every one and add up there.
Traces go through the OpenTelemetry API alone: they cost nothing until whoever runs the product
installs an SDK.
"""

from madoguchi.plumbing.observability.logs import configure_logging, get_logger
from madoguchi.plumbing.observability.metrics import METRICS, Metrics
from madoguchi.plumbing.observability.references import (
    current_reference,
    new_reference,
    parse_reference,
    under_reference,
)
from madoguchi.plumbing.observability.scrubbing import SCRUBBED, scrub
from madoguchi.plumbing.observability.traces import span

__all__ = [
    "METRICS",
    "SCRUBBED",
    "Metrics",
    "configure_logging",
    "current_reference",
    "get_logger",
    "new_reference",
    "parse_reference",
    "scrub",
    "span",
    "under_reference",
]
