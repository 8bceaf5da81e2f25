"""Workflow tests run with the workflow cache, or replaying at every task, or both.

`make proof` runs both. `make test` runs each test in one of the two, the same one every time:
half of them replay.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from zlib import crc32

import pytest

from tests.proof.tally import proof_of_this_run
from tests.support.shop import Shop, open_shop

MODES = {"cached": 1000, "replayed": 0}
"""How many workflows a worker keeps in memory."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cached" in metafunc.fixturenames:
        one = sorted(MODES)[crc32(metafunc.definition.nodeid.encode()) % len(MODES)]
        modes = proof_of_this_run().of([one], list(MODES))
        metafunc.parametrize("cached", [MODES[mode] for mode in modes], ids=modes)


@pytest.fixture
async def shop(tmp_path: Path, cached: int) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, max_cached_workflows=cached) as opened:
        yield opened
