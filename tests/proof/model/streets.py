"""The shops that the model check plays at: their workers die without any grace."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from tests.support.street import Street

MIXES = {
    "euros": ("leat", "letstrade", "wll"),
    "dollars": ("leat", "loyale", "koupon"),
    "resets": ("leat", "letstrade", "wll"),
}
RESETS = "resets"
"""This one is at the real server, which can reset and delete; its time does not pass."""

POLICY = "answer_budget: 3s, in_doubt_after: 1s"


@contextmanager
def open_street(folder: Path, mix: str) -> Iterator[Street]:
    """Open the shop of a mix of vendors."""
    with (
        patch("worker.wiring.GRACE", timedelta(0)),
        Street(
            folder,
            MIXES[mix],
            policy=POLICY,
            # The time-skipping server waits for ever for a dead worker's sticky queue. At the real
            # one, a worker without a cache can lose a query that meets a local activity's end in
            # the SDK's core, and stands still from then on; no worker of ours is without one.
            max_cached_workflows=100 if mix == RESETS else 0,
            skips_time=mix != RESETS,
        ) as opened,
    ):
        yield opened
