from collections.abc import Iterator

import pytest
from rich.console import Console

from tillsaga.demo.stage import Stage
from tillsaga.demo.vendor import Vendor
from tillsaga.dev.api_key import api_key
from tillsaga.dev.home import Home
from tillsaga.dev.ports import Ports
from tillsaga.dev.stack import Stack
from tillsaga.dev.stores_template import STORE


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The real processes, started once: Temporal, the vendor sandbox, the worker, the API."""
    folder = tmp_path_factory.mktemp("stack")
    with Home(folder) as home, Stack(home, Ports.free(), settle_after="1s") as stack:
        vendor = Vendor(stack.sandbox_url)
        yield Stage(stack, vendor, api_key(home, [STORE]), Console(quiet=True))
        vendor.close()
