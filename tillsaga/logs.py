"""Log lines: readable at a terminal, JSON everywhere else; each says what it belongs to."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from temporalio import activity, workflow

from tillsaga.domain import origin
from tillsaga.redaction import redact

Event = MutableMapping[str, Any]
_OURS = ("temporalio.activity", "temporalio.workflow")
"""Loggers of the SDK that our own activities and workflows write to."""

_TOLD = ("workflow_type", "workflow_id", "run_id", "activity_type", "attempt")
"""What of Temporal's own facts a line says."""


def add_ids(_: object, __: str, event: Event) -> Event:
    """Name the request, the trace and the checkout that the running task works for."""
    for name, value in origin.current().ids.items():
        event.setdefault(name, value)
    return event


def add_place(_: object, __: str, event: Event) -> Event:
    """Name the workflow or activity that wrote the line, as Temporal tells it."""
    facts = {**event.pop("temporal_workflow", {}), **event.pop("temporal_activity", {})}
    for name in _TOLD:
        if name in facts:
            event.setdefault(name, facts[name])
    return event


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    add_ids,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact,
]


def configure_logs(level: str, ours: TextIO | None = None) -> None:
    """Write our own log lines to `ours`, else to stderr, as the libraries'; from `level` on."""
    number = logging.getLevelNamesMapping()[level]
    stream = ours or sys.stderr
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if stream.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*_SHARED, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    # Libraries tell more than anybody reads: theirs from WARNING on, unless less is wanted still.
    logging.basicConfig(
        handlers=[_libraries(renderer)], level=max(number, logging.WARNING), force=True
    )
    for name in _OURS:
        logging.getLogger(name).setLevel(number)
    # Said in fields of the line, and not once more in its words.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False


def _libraries(renderer: structlog.typing.Processor) -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.ExtraAdder(allow=["temporal_workflow", "temporal_activity"]),
                add_place,
                *_SHARED,
                structlog.stdlib.add_logger_name,
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    return handler
