"""What a measurement works with: the sides' tills, the vendor's control, and the processes."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from temporalio.client import Client

from bench.postgres import POSTGRES, Postgres, postgres
from bench.reference import DBOS, FLOOR, OURS, UNDURABLE, Json, Side
from bench.sides import floor
from bench.sides.http_till import HttpTill
from bench.sides.ours import Ours
from bench.stack import BenchHome, BenchStack
from bench.vendor import LIMITS, SECONDS
from tillsaga.codec import data_converter
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.vendors import leat
from tillsaga.dev.api_key import api_key
from tillsaga.dev.stores_template import AMSTERDAM
from tillsaga.keyring import KeyRing

_BOOKS_SECONDS = 600.0


@dataclass(frozen=True)
class Rig:
    """The connections; `sides` are those that run, ours first."""

    ours: Ours
    sides: Mapping[str, Side]
    sandbox: Sandbox
    pids: Mapping[str, int]
    control: httpx.AsyncClient

    async def delay(self, milliseconds: int) -> None:
        """Have the vendor answer every call that much later, from now on."""
        await self.mend()
        if milliseconds:
            await self.go_wrong(kind="delay", delay_ms=milliseconds, times=None)

    async def mend(self) -> None:
        """Let the vendor answer as it should."""
        (await self.control.delete("/faults")).raise_for_status()

    async def go_wrong(self, **rule: object) -> None:
        """Have calls of the vendor go wrong."""
        answer = await self.control.post("/faults", json={"vendor": leat.VENDOR, **rule})
        answer.raise_for_status()

    async def calls(self) -> Counter[str]:
        """Count what the vendor was asked since the last time, and start anew."""
        return Counter(entry["operation"] for entry in await self.requests())

    async def requests(self) -> list[Json]:
        """Read the vendor's log since the last time, and start anew."""
        answer = (await self.control.get("/requests")).raise_for_status()
        (await self.control.delete("/requests")).raise_for_status()
        log: list[Json] = answer.json()["requests"]
        return log

    async def books(self) -> Json:
        """Read the vendor's books."""
        answer = await self.control.get(f"/books/{leat.VENDOR}", timeout=_BOOKS_SECONDS)
        books: Json = answer.raise_for_status().json()
        return books


@dataclass(frozen=True)
class Running:
    """A stack that runs, and the key that opens its API."""

    stack: BenchStack
    key: str
    postgres: Postgres | None = None

    @property
    def pids(self) -> dict[str, int]:
        """All processes by name, PostgreSQL's among them."""
        own = {POSTGRES: self.postgres.pid} if self.postgres else {}
        return self.stack.pids | own

    @asynccontextmanager
    async def rig(self) -> AsyncIterator[Rig]:
        """Connect to everything."""
        ring = KeyRing.parse(self.stack.secrets().encryption_keys)
        converter = data_converter(ring)
        temporal = await Client.connect(self.stack.temporal_address, data_converter=converter)
        with closing(Sandbox(self.stack.sandbox_url)) as sandbox:
            async with (
                _connected(self.stack.api_url, self.key) as api,
                _connected(f"{self.stack.sandbox_url}/_sandbox") as control,
                self._tills() as tills,
            ):
                ours = Ours(api, temporal)
                yield Rig(ours, {OURS: ours, **tills}, sandbox, self.pids, control)

    @asynccontextmanager
    async def _tills(self) -> AsyncIterator[dict[str, Side]]:
        """Connect to the yardsticks that run."""
        tills: dict[str, Side] = {}
        if self.stack.ready(FLOOR).exists():
            tills[FLOOR] = floor.Floor(await floor.connect(self.stack.temporal_address))
        async with _connected(self._url(UNDURABLE)) as plain, _connected(self._url(DBOS)) as peer:
            for name, http in ((UNDURABLE, plain), (DBOS, peer)):
                if self.stack.ready(name).exists():
                    tills[name] = HttpTill(http)
            yield tills

    def _url(self, yardstick: str) -> str:
        file = self.stack.ready(yardstick)
        return file.read_text() if file.exists() else ""


def _connected(url: str, key: str = "") -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.AsyncClient(base_url=url, headers=headers, limits=LIMITS, timeout=SECONDS)


@contextmanager
def running(
    *, yardsticks: bool = False, on_postgres: bool = False, settle_after: str = "30s"
) -> Iterator[Running]:
    """Start the processes in a folder that is deleted afterwards; not from within an event loop.

    Args:
        yardsticks: Start them, too.
        on_postgres: Keep our records in PostgreSQL.
        settle_after: How long the vendor takes at most to settle what was in doubt.

    Raises:
        Trouble: something does not start, or has ended by itself.
    """
    with ExitStack() as at_the_end:
        server = at_the_end.enter_context(postgres()) if yardsticks or on_postgres else None
        folder = at_the_end.enter_context(TemporaryDirectory(prefix="tillsaga-bench-"))
        url = server.make("records") if server and on_postgres else None
        home = at_the_end.enter_context(BenchHome(Path(folder), url))
        chosen: dict[str, tuple[str, ...]] = {}
        if server is not None and yardsticks:
            chosen = {FLOOR: (), UNDURABLE: (), DBOS: (server.make("dbos"),)}
        stack = BenchStack(home, chosen, settle_after=settle_after)
        at_the_end.enter_context(stack)
        yield Running(stack, api_key(home, [AMSTERDAM.id]), server)
        stack.check()
