"""A store with White Label Loyalty alone, with the workflow cache and replaying at every task."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.shop import Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path, cached: int) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=("wll",), max_cached_workflows=cached) as opened:
        yield opened


@pytest.fixture
async def one_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """The same shop, once: for what does not turn on the workflow's code."""
    async with open_shop(tmp_path, kinds=("wll",)) as opened:
        yield opened
