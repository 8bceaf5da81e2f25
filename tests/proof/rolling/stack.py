"""Everything that a till needs, the worker and the API twice, on one PostgreSQL."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.proof.tally import FOLDER
from tillsaga.dev.child import Child
from tillsaga.dev.home import Home
from tillsaga.dev.ports import HOST, Ports
from tillsaga.dev.readiness import Readiness
from tillsaga.dev.stack import API, WORKER, Stack
from tillsaga.dev.stores_template import provide_stores_file

ROLLED = ("api", "worker", "second-api", "second-worker")
"""In the order in which they are restarted."""
GRACE_SECONDS = 45.0
"""As the deployment files have it for workers; for the API they have less."""
DRAIN = "1s"


class TwiceStack(Stack):
    """The product's own stack with a second worker and a second API."""

    def __init__(self, home: Home) -> None:
        super().__init__(home, Ports.free(), settle_after="1s", environ=_environ())
        self._more_ports = Ports.free()
        self.addresses = (self.api_url, f"http://{HOST}:{self._more_ports.api}")
        provide_stores_file(home.stores_file, self.sandbox_url, "1s")
        _give_time(home.stores_file)

    def __enter__(self) -> Self:
        """Start everything once, and then the second ones."""
        super().__enter__()
        try:
            for name in ROLLED[2:]:
                self.start(name)
        except BaseException:
            self.stop()
            raise
        return self

    def roll(self, name: str) -> int | None:
        """Restart a process as a roll-out does; answers the exit code of the one that went."""
        child = self._children[name]
        child.tell_to_stop()
        code = child.await_end(GRACE_SECONDS)
        self.start(name)
        return code

    def stop(self) -> None:
        """Stop the second ones, and then the others."""
        second = [self._children[name] for name in ROLLED[2:] if name in self._children]
        for child in second:
            child.tell_to_stop()
        for child in second:
            child.await_end(GRACE_SECONDS)
        super().stop()

    def _planned(self, temporal: Path) -> dict[str, Child]:
        children = super()._planned(temporal)
        ports, ready = self._more_ports, Readiness(self._more_ports)
        children[API].environ = {**children[API].environ, "TILLSAGA_DRAIN": DRAIN}
        here = {
            "TILLSAGA_API_PORT": str(ports.api),
            "TILLSAGA_WORKER_PORT": str(ports.worker),
        }
        for name, probe in ((API, ready.api), (WORKER, children[WORKER].is_ready)):
            first = children[name]
            second = f"second-{name}"
            log = first.log.with_name(f"{second}.log")
            children[second] = Child(
                second, first.command, {**first.environ, **here}, log, second, probe, self._guard
            )
        return children


def _environ() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name != FOLDER}


def _give_time(stores_file: Path) -> None:
    """On a busy machine a vendor that takes its time is not one that is away."""
    stores = stores_file.read_text()
    stores_file.write_text(stores.replace("policy:", "policy:\n      answer_budget: 6s"))
