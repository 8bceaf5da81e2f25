"""A rich checkout whose audit tells of everything, and hands that tamper with it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tests.api.till import Till, order
from tests.support.shop import Shop, basket
from tillsaga.domain.audit import AuditEntry, ChainHead
from tillsaga.records.audit import Trail, read_trail
from tillsaga.records.database import Database
from tillsaga.records.tables import AuditChainRow, AuditEntryRow
from tillsaga.sandbox import world

REVERSE = "giftcard_transaction.reverse"
KIM = {"actor": "kim", "reason": "the customer keeps the card"}


async def rich_checkout(shop: Shop, desk: Till) -> str:
    """A voucher, a gift card, a declined payment, a refund that fails in part, support's word."""
    ann = {"identifiers": [{"type": "card", "value": world.ANN_CARD}]}
    opened = await desk.post("/v1/checkouts", order(basket=basket(), store_id=shop.store.id, **ann))
    seen, address = opened.json(), str(opened.headers["Location"])
    vouchers = [o for o in seen["offers"] if o["kind"] == "voucher" and o["status"] == "available"]

    async def said(path: str, body: object) -> Any:
        answer = await desk.post(f"{address}/{path}", body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    await said("offers", {"offer_id": vouchers[0]["id"]})
    await said("tenders", {"type": "giftcard", "reference": world.CARD_20, "amount": 3_00})
    due = (await said("ready", {}))["totals"]["due_amount"]
    card = {"type": "card", "amount": due}
    await said("payments", card | {"status": "declined", "reference": "p-1", "final": False})
    paid = await said("payments", card | {"status": "captured", "reference": "p-2"})
    assert paid["status"] == "completed"
    await shop.client.get_workflow_handle(seen["id"]).result()
    await shop.fault("refuse", REVERSE, code=5006, times=None)
    await shop.fault("refuse", "giftcard_transaction.create", code=5006, times=None)
    await said("refunds", {"refund_id": "r-1", "reason": "cold coffee"})
    await shop.client.get_workflow_handle(seen["id"]).result()
    [case, *_] = (await desk.get(address)).json()["attention"]
    await said(f"attention/{case['id']}/resolve", KIM | {"action": "accept_loss"})
    await shop.client.get_workflow_handle(seen["id"]).result()
    await shop.mend()
    return str(seen["id"])


# --- tampering ------------------------------------------------------------------------------------

Rows = list[dict[str, Any]]


class Forged(NamedTuple):
    """What somebody made of a chain, and what is to be found: the place and the word."""

    what: str
    at: int
    rows: Rows
    head: tuple[int, str] | None
    found: tuple[int, str]


def forgeries(rows: Rows) -> Iterator[Forged]:
    """Each entry changed, removed, added, moved, each in several ways."""
    length, head = len(rows), (len(rows), str(rows[-1]["hash"]))
    for number in range(1, length + 1):
        for what, change in CHANGES.items():
            changed = deepcopy(rows)
            if change(changed[number - 1]):
                yield Forged(what, number, changed, head, (number, "changed"))
        without = rows[: number - 1] + rows[number:]
        yield Forged("removed", number, deepcopy(without), head, (number, "missing"))
        yield Forged("removed and closed up", number, numbered(without), head, (number, "missing"))
        doubled = [*rows[:number], rows[number - 1], *rows[number:]]
        yield Forged("doubled", number, numbered(doubled), head, (number + 1, "added"))
        forged = forgery(rows[number - 1])
        with_more = [*rows[:number], forged, *rows[number:]]
        yield Forged("forged between", number, numbered(with_more), head, (number + 1, "added"))
        if number < length:
            swapped = deepcopy(rows)
            one, other = swapped[number - 1], swapped[number]
            one["number"], other["number"] = other["number"], one["number"]
            yield Forged("swapped", number, swapped, head, (number + 1, "reordered"))
        if number > 1:
            cut = deepcopy(rows[: number - 1])
            new_head = (number - 1, str(cut[-1]["hash"]))
            yield Forged("tail cut with its head", number, cut, new_head, (length, "missing"))
        anew = rewritten(rows, number)
        new_head = (length, str(anew[-1]["hash"]))
        yield Forged("rewritten with its head", number, anew, new_head, (length, "changed"))
    yield Forged("all gone", 1, [], None, (length, "missing"))


def _fact(row: dict[str, Any]) -> bool:
    row["facts"] = {**row["facts"], "amount": 1}
    return True


def _fact_and_hash(row: dict[str, Any]) -> bool:
    return _fact(row) and _hashed(row)


def _time(row: dict[str, Any]) -> bool:
    row["at"] += timedelta(seconds=1)
    return True


def _actor(row: dict[str, Any]) -> bool:
    row["actor"] = "nobody"
    return True


def _private(row: dict[str, Any]) -> bool:
    if row["private"] is None:
        return False
    row["private"] = {**row["private"], "values": {"actor": "somebody else"}}
    return True


def _private_gone(row: dict[str, Any]) -> bool:
    had, row["private"] = row["private"], None
    return had is not None


CHANGES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "another fact": _fact,
    "another fact with its hash": _fact_and_hash,
    "another time": _time,
    "another actor": _actor,
    "another private part": _private,
    "private part gone": _private_gone,
}


def _hashed(row: dict[str, Any]) -> bool:
    fields = {name: row[name] for name in AuditEntry.model_fields}
    row["hash"] = AuditEntry.model_validate(fields).hash_at(row["number"])
    return True


def numbered(rows: Rows) -> Rows:
    found = [deepcopy(row) for row in rows]  # each by itself: one may be there twice
    for number, row in enumerate(found, start=1):
        row["number"] = number
        row["source"] = None
    return found


def forgery(before: dict[str, Any]) -> dict[str, Any]:
    """An entry of nobody's, rightly chained to the one before."""
    row = deepcopy(before)
    row |= {"number": before["number"] + 1, "previous": before["hash"], "facts": {"forged": 1}}
    row |= {"private": None, "sealed": None}
    _hashed(row)
    return row


def rewritten(rows: Rows, number: int) -> Rows:
    """Change one entry and hash it and all after it anew."""
    found = deepcopy(rows)
    _fact(found[number - 1])
    for row in found[number - 1 :]:
        if row["number"] > 1:
            row["previous"] = found[row["number"] - 2]["hash"]
        _hashed(row)
    return found


async def chain_rows(database: Database, checkout_id: str) -> Rows:
    async with database.read() as session:
        mine = select(AuditEntryRow).where(col(AuditEntryRow.checkout_id) == checkout_id)
        rows = await session.scalars(mine.order_by(col(AuditEntryRow.number)))
        return [row.model_dump() for row in rows]


async def put_chain(session: AsyncSession, checkout_id: str, rows: Rows, forged: Forged) -> None:
    """Put other entries into the database, as somebody could who may write there."""
    was, now = ({row["number"]: row for row in each} for each in (rows, forged.rows))
    gone = [number for number, row in was.items() if now.get(number) != row]
    mine = col(AuditEntryRow.checkout_id) == checkout_id
    await session.execute(delete(AuditEntryRow).where(mine, col(AuditEntryRow.number).in_(gone)))
    new = [row for number, row in now.items() if was.get(number) != row]
    if new:
        await session.execute(insert(AuditEntryRow), new)
    chain = col(AuditChainRow.checkout_id) == checkout_id
    if forged.head is None:
        await session.execute(delete(AuditChainRow).where(chain))
        return
    length, last = forged.head
    await session.execute(update(AuditChainRow).where(chain).values(length=length, head=last))


class _Enough(Exception):
    """The trail was read; nothing of it is to stay."""


def as_forged(trail: Trail, forged: Forged) -> Trail:
    """The trail as the forgery would have it read."""
    names = AuditEntry.model_fields
    rows = sorted(forged.rows, key=lambda row: row["number"])
    entries = tuple(AuditEntry.model_validate({n: row[n] for n in names}) for row in rows)
    head = ChainHead(length=forged.head[0], hash=forged.head[1]) if forged.head else None
    return trail.model_copy(update={"entries": entries, "head": head})


async def forged_trail(database: Database, checkout_id: str, rows: Rows, forged: Forged) -> Trail:
    """Read the trail as it is after the forgery, which is undone again."""
    found: list[Trail] = []
    with suppress(_Enough):
        async with database.write() as session:
            await put_chain(session, checkout_id, rows, forged)
            found.append(await read_trail(session, checkout_id))
            raise _Enough
    return found[0]
