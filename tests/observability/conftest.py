from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from rich.console import Console

from tests.support.observed import Collector, ObservedStack
from tillsaga.demo.audience import Audience
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.stage import Stage
from tillsaga.dev.api_key import api_key
from tillsaga.dev.home import Home
from tillsaga.dev.stores_template import STORES


@dataclass(frozen=True)
class Observed:
    """The real processes, what they are watched by, and a key that opens everything."""

    stack: ObservedStack
    collector: Collector
    stage: Stage
    key: str


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    folder = tmp_path_factory.mktemp("observed")
    with Home(folder) as home, Collector() as collector, ObservedStack(home, collector) as stack:
        sandbox, key = Sandbox(stack.sandbox_url), api_key(home, [store.id for store in STORES])
        stage = Stage(stack, sandbox, key, Audience(Console(quiet=True)))
        yield Observed(stack, collector, stage, key)
        sandbox.close()
