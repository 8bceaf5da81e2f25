"""Logging as it was before a test configured it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from temporalio import activity, workflow

_SET = ("", "temporalio.activity", "temporalio.workflow")


@contextmanager
def restored_logging() -> Iterator[None]:
    """Put handlers, levels and structlog's configuration back afterwards."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers = list(root.handlers)
    levels = {name: logging.getLogger(name).level for name in _SET}
    said = workflow.logger.workflow_info_on_message, activity.logger.activity_info_on_message
    try:
        yield
    finally:
        structlog.configure(**before)
        root.handlers[:] = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        workflow.logger.workflow_info_on_message, activity.logger.activity_info_on_message = said
