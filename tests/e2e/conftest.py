from collections.abc import Iterator

import pytest
from rich.console import Console

from tillsaga.demo.audience import Audience
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.stage import Stage
from tillsaga.dev.api_key import api_key
from tillsaga.dev.home import Home
from tillsaga.dev.ports import HOST, Ports
from tillsaga.dev.stack import Stack
from tillsaga.dev.stores_template import STORES, provide_stores_file

SETTLE_AFTER = "1s"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The real processes, started once: Temporal, the vendor sandbox, the worker, the API."""
    folder, ports = tmp_path_factory.mktemp("stack"), Ports.free()
    with Home(folder) as home:
        # On a busy machine a vendor that takes its time is not one that is away.
        provide_stores_file(home.stores_file, f"http://{HOST}:{ports.sandbox}", SETTLE_AFTER)
        patient = home.stores_file.read_text().replace(
            "policy:", "policy:\n      answer_budget: 6s"
        )
        home.stores_file.write_text(patient)
        with Stack(home, ports, settle_after=SETTLE_AFTER) as stack:
            sandbox, key = Sandbox(stack.sandbox_url), api_key(home, [store.id for store in STORES])
            yield Stage(stack, sandbox, key, Audience(Console(quiet=True)))
            sandbox.close()
