"""Erasing a member from all rows, whole and only there."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from tests.records.samples import StillClock, done, open_bill, order, payment, view
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.erasure import Erased, EraseMember
from tillsaga.domain.model import Json
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.erasures import SqlErasureBook
from tillsaga.records.keys import SqlKeyBook
from tillsaga.records.tables import Row

ANN, BOB = "contact-ann-1", "contact-bob-2"
STORES = ["ams-1"]
WHOM = EraseMember(provider="leat", member_id=ANN)
STAYS = (
    "number, checkout_id, store_id, provider, kind, operation, do_state, do_attempts, "
    "do_started_at, do_last_ended_at, undo_state"
)


@pytest.fixture
def erasures(database: Database, clock: StillClock) -> SqlErasureBook:
    return SqlErasureBook(database, clock)


@pytest.fixture
async def sale(checkouts: SqlCheckoutBook, effects: SqlEffectBook, keys: SqlKeyBook) -> EffectOrder:
    return await sell(checkouts, effects, keys, ANN, "basket-1")


async def sell(
    checkouts: SqlCheckoutBook, effects: SqlEffectBook, keys: SqlKeyBook, who: str, basket: str
) -> EffectOrder:
    """A sale that a customer has paid with points; archived."""
    bill = await open_bill(checkouts, basket)
    asked = order("spend_points", checkout=bill.checkout_id, subject=who, amount=1_00)
    asked = asked.model_copy(update={"request": {"contact_uuid": who}})
    await effects.begin(asked)
    await effects.applied(asked.key, done(f"t-{basket}", contact_uuid=who))
    await checkouts.note_payment(bill.checkout_id, payment(reference=f"till {who}"), "accepted")
    await keys.claim("key_1", basket, f"POST /v1/x:{who}#1", "digest", bill.checkout_id)
    member = {"provider": "leat", "member_id": who, "data": {"phone": f"0031-{who}"}}
    state: Any = {"members": {"leat": member}, "effects": [], "note": f"call 0031-{who}"}
    seen: Any = {**view(2, "completed"), "members": [{"member_id": who}]}
    await checkouts.save(bill.checkout_id, state, seen, ended=True)
    return asked


async def erase(erasures: SqlErasureBook, name: str = "ers_1", whom: EraseMember = WHOM) -> Erased:
    await erasures.begin(name, STORES, whom, "Dora")
    batch = await erasures.erase(name, "", 100)
    assert batch.after is None
    ended = await erasures.finish(name, batch.erased)
    assert ended.erased is not None
    return ended.erased


async def rows(database: Database, what: str, table: str) -> list[tuple[Any, ...]]:
    async with database.read() as session:
        query = text(f"SELECT {what} FROM {table} ORDER BY 1")
        return [tuple(row) for row in (await session.execute(query)).all()]


async def dump(database: Database) -> str:
    return str([await rows(database, "*", name) for name in Row.metadata.tables])


async def test_every_row_forgets_the_member_and_the_books_still_balance(
    erasures: SqlErasureBook, database: Database, effects: SqlEffectBook, sale: EffectOrder
) -> None:
    before = await rows(database, STAYS, "effects")
    assert ANN in await dump(database)

    counts = await erase(erasures)

    assert counts == Erased(checkouts=1, effects=1, payments=1, idempotency_keys=1)
    assert ANN not in await dump(database)
    assert await rows(database, STAYS, "effects") == before
    [(key, fingerprint)] = await rows(database, "key, fingerprint", "effects")
    [record] = await effects.of_checkout(sale.checkout_id)
    assert (record.order.key, record.order.fingerprint) == (key, fingerprint)
    assert record.fingerprint == fingerprint
    assert record.order.amount == 1_00
    assert record.do.done is not None
    assert record.do.done.transaction_id == "t-basket-1"
    assert await effects.owner("leat", "t-basket-1") == key
    assert await erase(erasures, "ers_2") == Erased()


async def test_an_effect_under_its_new_key_is_undone_as_before(
    erasures: SqlErasureBook, effects: SqlEffectBook, sale: EffectOrder
) -> None:
    await erase(erasures)
    [record] = await effects.of_checkout(sale.checkout_id)
    there, new = await effects.begin(record.order)
    assert (new, there.do.done) == (False, record.do.done)
    await effects.undo_begin(record.order.key)
    await effects.undone(record.order.key, done("t-back"))
    assert await effects.owner("leat", "t-back") == record.order.key


async def test_other_customers_and_stores_keep_theirs(
    erasures: SqlErasureBook,
    database: Database,
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    keys: SqlKeyBook,
    sale: EffectOrder,
) -> None:
    bobs = await sell(checkouts, effects, keys, BOB, "basket-2")
    before = await checkouts.facts(bobs.checkout_id)
    foreign = await open_bill(checkouts, "basket-3", "rtm-1")
    await checkouts.remember_view(foreign.checkout_id, {**view(2), "note": ANN})

    assert (await erase(erasures)).checkouts == 1
    assert await checkouts.facts(bobs.checkout_id) == before
    seen = await checkouts.find(foreign.checkout_id)
    assert seen is not None
    assert ANN in json.dumps(seen.view)


async def test_what_is_in_use_is_named_and_left_for_later(
    erasures: SqlErasureBook,
    database: Database,
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    sale: EffectOrder,
) -> None:
    assert await erasures.in_use(STORES, WHOM) == []
    running = await open_bill(checkouts, "basket-9")
    shown: Json = {**view(2), "members": [{"member_id": ANN}]}
    await checkouts.remember_view(running.checkout_id, shown)
    await effects.undo_begin(sale.key)
    assert await erasures.in_use(STORES, WHOM) == [running.checkout_id]

    counts = await erase(erasures)

    assert (counts.checkouts, set(counts.left)) == (0, {running.checkout_id, sale.checkout_id})
    found = await erasures.find("ers_1")
    assert found is not None
    assert found.status == "incomplete"
    assert ANN in await dump(database)


async def test_pages_go_on_after_the_last_checkout(
    erasures: SqlErasureBook,
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    keys: SqlKeyBook,
) -> None:
    for number in range(3):
        await sell(checkouts, effects, keys, ANN, f"basket-{number}")
    await erasures.begin("ers_1", STORES, WHOM, "Dora")

    first = await erasures.erase("ers_1", "", 2)
    assert first.after is not None
    second = await erasures.erase("ers_1", first.after, 2)

    assert (first.erased.checkouts, second.erased.checkouts) == (2, 1)
    assert second.after is None


async def test_an_ended_order_does_not_say_whom_it_was_about(
    erasures: SqlErasureBook, database: Database, sale: EffectOrder
) -> None:
    await erasures.begin("ers_1", STORES, WHOM, "Dora")
    assert ANN in str(await rows(database, "*", "erasures"))
    again = await erasures.begin("ers_1", STORES, WHOM, "Dora")
    assert again.status == "running"
    await erase(erasures)
    assert ANN not in str(await rows(database, "*", "erasures"))
    later = await erasures.finish("ers_1", Erased(checkouts=9))
    assert later.erased is not None
    assert later.erased.checkouts == 1
    assert (await erasures.erase("ers_1", "", 10)).after is None


async def test_values_are_found_however_json_writes_them(
    erasures: SqlErasureBook, database: Database, checkouts: SqlCheckoutBook
) -> None:
    bill = await open_bill(checkouts, "basket-1")
    state: Json = {"reason": 'Zoë "Z" O\'Hara_% asked'}
    await checkouts.save(bill.checkout_id, state, view(2, "cancelled"), ended=True)
    typed = EraseMember(provider="leat", member_id="nobody", values=('Zoë "Z" O\'Hara_%',))
    decoy = EraseMember(provider="leat", member_id="nobody", values=("reas_n",))

    assert (await erase(erasures, "ers_1", decoy)).checkouts == 0
    assert (await erase(erasures, "ers_2", typed)).checkouts == 1
    kept = (await checkouts.facts(bill.checkout_id)).state
    assert kept is not None
    assert str(kept["reason"]).startswith("erased-")
