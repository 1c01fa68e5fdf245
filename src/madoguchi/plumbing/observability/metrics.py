"""What is counted and timed, for Prometheus.

Labels hold only names from the code (journeys, steps, outcomes, job kinds) and institutions' codes:
never anything that a visitor chose, so that nobody can fill the memory with label values.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "madoguchi_requests", "Answered requests", ("route", "status"), registry=self.registry
        )
        self.request_seconds = Histogram(
            "madoguchi_request_seconds",
            "Time to answer",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.steps = Counter(
            "madoguchi_journey_steps", "Submitted screens by outcome",
            ("institution", "journey", "step", "outcome"), registry=self.registry,
        )  # fmt: skip
        self.mails = Counter(
            "madoguchi_mails", "Delivery tries by outcome", ("outcome",), registry=self.registry
        )
        self.jobs = Counter(
            "madoguchi_jobs", "Jobs by outcome", ("kind", "outcome"), registry=self.registry
        )
        self.jobs_running = Gauge(
            "madoguchi_jobs_running", "Jobs under way", registry=self.registry
        )
        self.calls = Counter(
            "madoguchi_calls",
            "Incoming telephone calls by outcome",
            ("gateway", "outcome"),
            registry=self.registry,
        )

    def exposition(self) -> tuple[bytes, str]:
        """Return the body and the content type of an answer to Prometheus."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


METRICS = Metrics()
"""This process's counters. The one global there is: what counts belongs to the process."""
