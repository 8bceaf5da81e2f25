"""The peer: the same saga on DBOS Transact, behind FastAPI.

One workflow per checkout takes the till's messages one after another by `recv` and answers each
by `set_event`, which is how DBOS lets a workflow converse. Every effect is a step. Before its
vendor call a row with the effect's key says that it is about to happen, and afterwards how it
ended; both are committed apart from the step's own checkpoint, since a row that commits with the
checkpoint would not be there when the process dies during the call. What is reversible is
undone, newest first, when the till cancels, falls silent for 15 minutes, or the vendor refuses
before the payment.

It leaves out what ours has beyond that: questions about answers that were lost (a row whose call
was never answered stops the checkout for a person), claims, the audit, encryption, views, rate
limits, refunds.

PostgreSQL, because DBOS hears of messages by its LISTEN and NOTIFY, where on SQLite it polls, and
SQLite lets one process write at a time. The server has its defaults, so each commit is durable.
DBOS has its own but for three: its shortest delay before it notifies (1 ms), pools as large as 50
tills can use, and logs of warnings only. One process, as one writes it first; uvloop, as ours.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSConfiguredInstance, SetWorkflowID
from fastapi import FastAPI, HTTPException
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bench.reference import Json
from bench.sides.serving import serve
from bench.vendor import Vendor, connected

SILENCE_SECONDS, PATIENCE_SECONDS = 900.0, 40.0
CONNECTIONS = 40
Said = dict[str, str]

_tables = sa.MetaData()
EFFECTS = sa.Table(
    "effects",
    _tables,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("checkout_id", sa.Text, nullable=False, index=True),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("request", postgresql.JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("answer", postgresql.JSONB),
    sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
)
"""The effect records: `state` is `calling`, then `applied` or `refused`, or `reversed` later."""


class NotDone(Exception):
    """An effect did not happen, or nobody knows."""


class EffectRecords:
    """The rows: one short transaction each."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Take the connections."""
        self._engine = engine

    async def begin(self, key: str, checkout_id: str, operation: str, request: Json) -> Json | None:
        """Say that a call is about to happen; answers what it came to, if it did before.

        Raises:
            NotDone: it was begun before, and nobody knows how it ended.
        """
        row = {"key": key, "checkout_id": checkout_id, "operation": operation, "request": request}
        new = postgresql.insert(EFFECTS).values(**row, state="calling").on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            if (await connection.execute(new.returning(EFFECTS.c.key))).first() is not None:
                return None
            known = sa.select(EFFECTS.c.state, EFFECTS.c.answer).where(EFFECTS.c.key == key)
            state, answer = (await connection.execute(known)).one()
        if state != "applied":
            raise NotDone(f"{key} is {state}: for a person")
        kept: Json = answer
        return kept

    async def end(self, key: str, state: str, answer: Json | None = None) -> None:
        """Say how a call ended."""
        ended: Json = {"state": state, "ended_at": sa.func.now()}
        if answer is not None:
            ended["answer"] = answer
        async with self._engine.begin() as connection:
            await connection.execute(sa.update(EFFECTS).where(EFFECTS.c.key == key).values(**ended))


@dataclass
class Open:
    """What the workflow knows of its checkout; a replay brings it to the same."""

    id: str
    contact: str
    code: str = ""
    key: str = ""
    reception: str = ""
    charged: str = ""
    undos: list[tuple[str, str, Said]] = field(default_factory=list)
    """What takes back: the effect's key, the operation and its request; newest last."""


@DBOS.dbos_class()
class Saga(DBOSConfiguredInstance):
    """The workflow and its steps."""

    def __init__(self, vendor: Vendor, records: EffectRecords) -> None:
        """Take the vendor and the effect records."""
        super().__init__("saga")
        self._vendor, self._records = vendor, records
        self._messages: Mapping[str, Callable[[Open, Said], Awaitable[Json]]] = {
            "voucher": self._voucher,
            "reward": self._reward,
            "giftcard": self._giftcard,
            "ready": self._ready,
            "pay": self._pay,
        }

    @DBOS.workflow(name="checkout")
    async def checkout(self, card: str) -> str:
        """Serve the till until the checkout has ended; answers how."""
        sale = Open(str(DBOS.workflow_id), await self.visit(card))
        await DBOS.set_event_async("open", {"id": sale.id})
        said: Said | None = await DBOS.recv_async(timeout_seconds=SILENCE_SECONDS)
        while said is not None and said["name"] != "cancel":
            name = said["name"]
            try:
                await DBOS.set_event_async(name, await self._messages[name](sale, said))
            except NotDone as no:
                await DBOS.set_event_async(name, {"refused": str(no)})
                if name == "pay":  # the customer has paid, so nothing is given back
                    return "attention"
                break
            if name == "pay":
                return "completed"
            said = await DBOS.recv_async(timeout_seconds=SILENCE_SECONDS)
        await self._give_back(sale)
        await DBOS.set_event_async("cancel", {"status": "cancelled"})
        return "cancelled"

    async def _voucher(self, sale: Open, said: Said) -> Json:
        sale.code, voucher = said["code"], said["voucher"]
        request = {"voucher": voucher, "code": sale.code}
        sale.key = str(await self._do(sale, "lock", voucher, request))
        self._undo_by(sale, "lock", voucher, "release", {"voucher": voucher, "key": sale.key})
        return {"status": "held"}

    async def _reward(self, sale: Open, _: Said) -> Json:
        sale.reception = str(await self._do(sale, "claim", "reward", {"contact": sale.contact}))
        self._undo_by(sale, "claim", "reward", "give_back", {"reception": sale.reception})
        return {"status": "held"}

    async def _giftcard(self, sale: Open, said: Said) -> Json:
        card = await self.find_card(said["code"])
        sale.charged = str(await self._do(sale, "charge", card, {"card": card}))
        self._undo_by(sale, "charge", card, "refund", {"transaction": sale.charged})
        return {"status": "charged"}

    async def _ready(self, _: Open, __: Said) -> Json:
        return {"status": "ready"}

    async def _pay(self, sale: Open, _: Said) -> Json:
        redemption, collection = await asyncio.gather(
            self._do(sale, "redeem", sale.code, {"code": sale.code, "key": sale.key}),
            self._do(sale, "collect", sale.reception, {"reception": sale.reception}),
        )
        order = {"name": sale.id, "contact": sale.contact, "charged": sale.charged}
        used = {"redemption": str(redemption), "collection": str(collection)}
        points = await self._do(sale, "order", sale.id, order | used)
        return {"status": "completed", "points": points}

    async def _give_back(self, sale: Open) -> None:
        for key, operation, request in reversed(sale.undos):
            await self.undo(key, operation, request)

    def _undo_by(self, sale: Open, operation: str, subject: str, undo: str, request: Said) -> None:
        sale.undos.append((_key(sale, operation, subject), undo, request))

    async def _do(self, sale: Open, operation: str, subject: str, request: Said) -> str | int:
        return await self.effect(_key(sale, operation, subject), sale.id, operation, request)

    # --- steps ----------------------------------------------------------------------------------

    @DBOS.step(name="visit")
    async def visit(self, card: str) -> str:
        """Identify and quote."""
        return await self._vendor.visit(card)

    @DBOS.step(name="find_card")
    async def find_card(self, code: str) -> str:
        """Find the gift card."""
        return await self._vendor.find_card(code)

    @DBOS.step(name="effect")
    async def effect(self, key: str, checkout_id: str, operation: str, request: Said) -> str | int:
        """Make an effect happen once, recorded before and after.

        Raises:
            NotDone: the vendor refuses, or an earlier call's answer was lost.
        """
        known = await self._records.begin(key, checkout_id, operation, request)
        if known is None:
            try:
                known = {"value": await self._call(operation, request)}
            except httpx.HTTPStatusError as no:
                await self._records.end(key, "refused")
                raise NotDone(f"{operation}: {no}") from no
            await self._records.end(key, "applied", known)
        value: str | int = known["value"]
        return value

    @DBOS.step(name="undo", retries_allowed=True, max_attempts=10)
    async def undo(self, key: str, operation: str, request: Said) -> None:
        """Take an effect back."""
        await self._call(operation, request)
        await self._records.end(key, "reversed")

    async def _call(self, operation: str, request: Said) -> str | int:
        if operation == "order":
            used = (request["redemption"], request["collection"])
            name, contact, charged = request["name"], request["contact"], request["charged"]
            return await self._vendor.order(name, contact, charged, used)
        done: str | None = await getattr(self._vendor, operation)(**request)
        return done or ""


def _key(sale: Open, operation: str, subject: str) -> str:
    return f"{sale.id}/{operation}/leat/{subject}#1"


class Door:
    """The routes: each message is sent to the workflow, and its event is the answer."""

    def __init__(self, saga: Saga) -> None:
        """Take the workflow."""
        self._saga = saga

    def add_to(self, app: FastAPI) -> None:
        """Add the routes."""
        app.post("/checkouts")(self.open)
        app.post("/checkouts/{checkout_id}/{message}")(self.say)

    async def open(self, said: Said) -> Json:
        """Start the workflow."""
        checkout_id = f"dbos-{uuid4()}"
        with SetWorkflowID(checkout_id):
            await DBOS.start_workflow_async(self._saga.checkout, said["card"])
        return await self._answer(checkout_id, "open")

    async def say(self, checkout_id: str, message: str, said: Said) -> Json:
        """Send a message; said again, it is the same one."""
        key = f"{checkout_id}/{message}"
        await DBOS.send_async(checkout_id, said | {"name": message}, idempotency_key=key)
        return await self._answer(checkout_id, message)

    async def _answer(self, checkout_id: str, message: str) -> Json:
        answer: Json | None = await DBOS.get_event_async(checkout_id, message, PATIENCE_SECONDS)
        if answer is None or "refused" in answer:
            raise HTTPException(409, (answer or {}).get("refused", "no answer"))
        return answer


def app(sandbox_url: str, database_url: str) -> FastAPI:
    """Make the service; its database gets its tables when it starts."""
    url = sa.make_url(database_url).set(drivername="postgresql+psycopg")
    engine = create_async_engine(url, pool_size=CONNECTIONS)
    http = connected(sandbox_url)
    saga = Saga(Vendor(http), EffectRecords(engine))
    config: DBOSConfig = {
        "name": "tillsaga-bench",
        "system_database_url": database_url,
        "sys_db_pool_size": CONNECTIONS,
        "notification_coalesce_sec": 0.001,
        "log_level": "WARNING",
    }
    DBOS(config=config)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(_tables.create_all)
        DBOS.launch()
        yield
        DBOS.destroy()
        await http.aclose()
        await engine.dispose()

    made = FastAPI(lifespan=lifespan)
    Door(saga).add_to(made)
    return made


if __name__ == "__main__":
    serve(app(sys.argv[2], sys.argv[3]), Path(sys.argv[1]))
