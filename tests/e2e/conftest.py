from collections.abc import Iterator

import pytest
from rich.console import Console

from tillsaga.demo.audience import Audience
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.stage import Stage
from tillsaga.dev.api_key import api_key
from tillsaga.dev.home import Home
from tillsaga.dev.ports import Ports
from tillsaga.dev.stack import Stack
from tillsaga.dev.stores_template import STORES


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The real processes, started once: Temporal, the vendor sandbox, the worker, the API."""
    folder = tmp_path_factory.mktemp("stack")
    with Home(folder) as home, Stack(home, Ports.free(), settle_after="1s") as stack:
        sandbox, key = Sandbox(stack.sandbox_url), api_key(home, [store.id for store in STORES])
        yield Stage(stack, sandbox, key, Audience(Console(quiet=True)))
        sandbox.close()
