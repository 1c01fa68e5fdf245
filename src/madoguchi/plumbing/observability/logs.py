"""Structured technical logs: one line of JSON per event, on standard error."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import msgspec
import structlog

from madoguchi.plumbing.observability.references import current_reference
from madoguchi.plumbing.observability.scrubbing import scrub

KEPT = frozenset({"event", "level", "timestamp", "logger", "reference"})
EventDict = MutableMapping[str, Any]


def get_logger(name: str) -> Any:
    """Return the logger of a module; events are plain words, data goes into keyword arguments."""
    return structlog.stdlib.get_logger(name)


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Have all logs of the process, those of libraries too, written as lines of JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _without_colours,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _add_reference,
        _scrub_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_json],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def _without_colours(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Leave out the second, coloured wording that uvicorn gives for terminals."""
    event.pop("color_message", None)
    return event


def _add_reference(_logger: object, _method: str, event: EventDict) -> EventDict:
    if reference := current_reference():
        event.setdefault("reference", reference)
    return event


def _scrub_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        if not name.startswith("_"):
            event[name] = scrub(value, "" if name in KEPT else name)
    return event


def _as_json(_logger: object, _method: str, event: EventDict) -> str:
    return msgspec.json.encode(_encodable(event), enc_hook=repr).decode()


def _encodable(value: Any) -> Any:
    """Texts with lone surrogates cannot be encoded: they are written out."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {str(name): _encodable(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_encodable(inner) for inner in value]
        case _:
            return value
