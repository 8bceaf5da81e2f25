"""Let'sTrade alone, with the workflow cache and replaying at every task."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.shop import Shop, open_shop


@pytest.fixture(params=[1000, 0], ids=["cached", "replayed"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    kinds = ("letstrade",)
    async with open_shop(tmp_path, kinds=kinds, max_cached_workflows=request.param) as opened:
        yield opened
