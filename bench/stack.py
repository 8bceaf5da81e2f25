"""The real stack, with the yardsticks as processes beside it."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from bench.postgres import POSTGRES
from bench.reference import DBOS, FLOOR, OURS, UNDURABLE
from tillsaga.dev.child import Child
from tillsaga.dev.home import Home
from tillsaga.dev.ports import Ports
from tillsaga.dev.stack import API, TEMPORAL, WORKER, Stack
from tillsaga.dev.stores_template import provide_stores_file

ROOT = Path(__file__).parents[1]
PROCESSES = {
    OURS: (API, WORKER, TEMPORAL),
    FLOOR: (FLOOR, TEMPORAL),
    UNDURABLE: (UNDURABLE,),
    DBOS: (DBOS, POSTGRES),
}
"""Whose CPU a side uses, besides the vendor's and its till's."""
_MODULES = {
    FLOOR: "bench.sides.floor",
    UNDURABLE: "bench.sides.undurable",
    DBOS: "bench.sides.dbos_saga",
}


class BenchHome(Home):
    """A data folder whose records may be in a database elsewhere."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        """Take the folder, and the database where it is not in there."""
        super().__init__(folder)
        self._elsewhere = database_url

    @property
    def database_url(self) -> str:
        """Where the records are."""
        return self._elsewhere or super().database_url


class BenchStack(Stack):
    """The stack, telling its process ids."""

    def __init__(
        self, home: Home, yardsticks: Mapping[str, tuple[str, ...]], *, settle_after: str
    ) -> None:
        """Take the yardsticks by name, each with what its process must be told besides."""
        super().__init__(home, Ports.free(), settle_after=settle_after)
        self._yardsticks = yardsticks
        provide_stores_file(home.stores_file, self.sandbox_url, settle_after)
        _be_patient(home.stores_file)

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run, by name."""
        return {name: child.pid for name, child in self._children.items() if child.pid}

    def ready(self, yardstick: str) -> Path:
        """The file by which a yardstick says that it can be used, and where."""
        return self.home.folder / f"{yardstick}.ready"

    def __enter__(self) -> Self:
        """Start the stack, then the yardsticks."""
        super().__enter__()
        try:
            self._launch(*self._yardsticks)
            self._await(*self._yardsticks)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the yardsticks first."""
        chosen = [self._children[name] for name in self._yardsticks if name in self._children]
        for child in chosen:
            child.tell_to_stop()
        for child in chosen:
            child.await_end()
        super().stop()

    def environ_for_ours(self) -> dict[str, str]:
        """As for any stack; the yardsticks find their code, and one key may ask for all tills."""
        more = {"PYTHONPATH": str(ROOT), "TILLSAGA_KEY_REQUESTS_PER_MINUTE": "1000000"}
        return super().environ_for_ours() | more

    def _planned(self, temporal: Path) -> dict[str, Child]:
        children = super()._planned(temporal)
        for name, more in self._yardsticks.items():
            children[name] = self._yardstick(name, more)
        return children

    def _yardstick(self, name: str, more: tuple[str, ...]) -> Child:
        ready = self.ready(name)
        command = [sys.executable, "-m", _MODULES[name], str(ready), self.sandbox_url, *more]
        return self._child(name, command, lambda _: ready.exists(), f"the bench's {name}")


def _be_patient(stores_file: Path) -> None:
    """Let tills wait for their answer, however busy the machine: a vendor is never left out.

    What the bench holds open is not given up meanwhile.
    """
    text = stores_file.read_text(encoding="utf-8")
    text = text.replace("abandon_after: 15m", "abandon_after: 6h\n      answer_budget: 30s")
    stores_file.write_text(text, encoding="utf-8")
