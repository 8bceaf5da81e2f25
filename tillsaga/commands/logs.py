"""Log lines: readable at a terminal, JSON everywhere else."""

import logging
import sys

import structlog

from tillsaga.redaction import redact

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact,
]


def configure_logs(level: str) -> None:
    """Send our own log lines and the libraries' to stderr, from `level` on."""
    number = logging.getLevelNamesMapping()[level]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*_SHARED, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # Libraries tell more than anybody reads: theirs from WARNING on, unless less is wanted still.
    logging.basicConfig(
        handlers=[_libraries(renderer)], level=max(number, logging.WARNING), force=True
    )


def _libraries(renderer: structlog.typing.Processor) -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    return handler
