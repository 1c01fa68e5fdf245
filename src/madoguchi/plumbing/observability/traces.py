"""Traces through the OpenTelemetry API."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from madoguchi.plumbing.observability.references import current_reference
from madoguchi.plumbing.observability.scrubbing import SCRUBBED, is_private

_tracer = trace.get_tracer("madoguchi")


@contextmanager
def span(
    name: str, *, kind: SpanKind = SpanKind.INTERNAL, **attributes: str | int | bool
) -> Iterator[Span]:
    """Trace the block as a span; attributes that go under a secret's name are scrubbed."""
    clean = {key: SCRUBBED if is_private(key) else value for key, value in attributes.items()}
    if reference := current_reference():
        clean["madoguchi.reference"] = reference
    with _tracer.start_as_current_span(
        name, kind=kind, attributes=clean, record_exception=False
    ) as current:
        yield current
