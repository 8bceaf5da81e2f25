"""Let'sTrade alone, with the workflow cache and replaying at every task."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.shop import Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path, cached: int) -> AsyncIterator[Shop]:
    kinds = ("letstrade",)
    async with open_shop(tmp_path, kinds=kinds, max_cached_workflows=cached) as opened:
        yield opened
