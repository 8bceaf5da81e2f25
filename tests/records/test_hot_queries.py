"""What a checkout asks of the records is answered by an index, however many there were before.

Every statement of a whole checkout, the door's and the worker's, is written down as it is sent,
and its plan is asked for afterwards. The tables are nearly empty here: PostgreSQL is told to read
a whole table only where it has no other way.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event

from tests.api.till import Till, order
from tests.support.door import open_door
from tests.support.shop import Shop, basket, open_shop
from tillsaga.records.database import database_url
from tillsaga.records.tables import Row
from tillsaga.sandbox import world

Statements = dict[str, Any]
"""By the SQL, the parameters that it was sent with first."""

SMALL = {"restorations", "alembic_version"}
"""Tables that do not grow with the sales."""
PARTIAL = {
    str(index.name)
    for table in Row.metadata.sorted_tables
    for index in table.indexes
    if index.dialect_options["postgresql"]["where"] is not None
}
"""Indexes that have only what is still to do: these may be read from end to end."""
_AS_NEW = """
    WITH counted AS (DELETE FROM pg_statistic)
    UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE relnamespace = 'public'::regnamespace
"""
"""Forget what a vacuum on the way has learnt: an index is no shorter way through a single row."""
_SCANNED = re.compile(r"^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")


@contextmanager
def written_down() -> Iterator[Statements]:
    """Write down what every engine of this process sends meanwhile."""
    sent: Statements = {}

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", statement):
            sent.setdefault(statement, parameters[0] if many else parameters)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
async def shop(tmp_path: Path, url: str) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, database_url=url, skips_time=False) as opened:
        yield opened


async def sell(shop: Shop, till: Till) -> None:
    """Sell with all that a checkout of Leat can have, and read it while it runs and afterwards."""
    ann = [{"type": "card", "value": world.ANN_CARD}]
    body = order(basket=basket(), store_id=shop.store.id, identifiers=ann)
    opened = await till.post("/v1/checkouts", body)
    address = str(opened.headers["Location"])
    await till.post(f"{address}/offers", {"code": world.VOUCHER_COFFEE})
    await till.post(f"{address}/offers", {"offer_id": f"leat:reward:{world.REWARD_COFFEE}"})
    card = {"type": "giftcard", "reference": world.CARD_20, "amount": 1_00}
    await till.post(f"{address}/tenders", card)
    await till.get(address)
    due = (await till.post(f"{address}/ready")).json()["totals"]["due_amount"]
    paid = {"status": "captured", "type": "card", "amount": due, "reference": "card-1"}
    answer = await till.post(f"{address}/payments", paid)
    assert answer.json()["status"] == "completed", answer.text
    await shop.client.get_workflow_handle(opened.json()["id"]).result()
    assert (await till.get(f"{address}/receipt")).status_code == 200


async def test_no_statement_of_a_checkout_reads_a_whole_table(
    shop: Shop, url: str, backend: str
) -> None:
    with written_down() as sent:
        async with open_door(shop) as till:
            await sell(shop, till)
    assert len(sent) > 20, "a checkout asks more than that"

    planned: Callable[[Connection, str, Any], list[str]] = PLANS[backend]
    engine = create_engine(database_url(url))
    with engine.connect() as connection:
        whole = {
            statement: found
            for statement, parameters in sent.items()
            if (found := planned(connection, statement, parameters))
        }
    engine.dispose()
    assert whole == {}


def test_a_query_without_an_index_is_found_out(url: str, backend: str) -> None:
    engine = create_engine(database_url(url))
    with engine.connect() as connection:
        by_key = "SELECT checkout_id FROM bills WHERE checkout_id = 'chk_1'"
        by_till = "SELECT checkout_id FROM bills WHERE terminal_id = 'till-1'"
        found = [PLANS[backend](connection, statement, ()) for statement in (by_key, by_till)]
    engine.dispose()
    assert found == [[], ["bills"]]


def read_whole_by_sqlite(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Name the tables of which a statement reads every row."""
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    scans = [_SCANNED.match(line.detail) for line in plan]
    return [
        scan[1]
        for scan in scans
        if scan and scan[1] not in SMALL | {"CONSTANT"} and scan[2] not in PARTIAL
    ]


def read_whole_by_postgresql(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Name the tables of which a statement reads every row."""
    connection.exec_driver_sql("SET enable_seqscan = off")
    connection.exec_driver_sql(_AS_NEW)
    told = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    [plan] = json.loads(told) if isinstance(told, str) else told
    return [
        node["Relation Name"]
        for node in _nodes(plan["Plan"])
        if node.get("Relation Name") not in {None, *SMALL} and _reads_whole(node)
    ]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _nodes(child)


def _reads_whole(node: dict[str, Any]) -> bool:
    if node["Node Type"] == "Seq Scan":
        return True
    by_index = node["Node Type"] in ("Index Scan", "Index Only Scan")
    return by_index and "Index Cond" not in node and node["Index Name"] not in PARTIAL


PLANS = {"sqlite": read_whole_by_sqlite, "postgresql": read_whole_by_postgresql}
