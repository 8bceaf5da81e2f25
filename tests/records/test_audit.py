"""The audit in the records: in the transaction of what it tells, once, and for as long as it is."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.records.samples import NOON, StillClock, done, open_bill, order, payment, view
from tillsaga.audit_keys import AuditKeys
from tillsaga.domain.audit import Heard
from tillsaga.domain.audit_roots import check_roots, climbed, path_of
from tillsaga.domain.erasure import EraseMember
from tillsaga.errors import Refused
from tillsaga.keyring import KeyRing, new_key
from tillsaga.records.audit import SqlAuditBook, Trail, witnesses_by_checkout
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.erasures import SqlErasureBook
from tillsaga.records.keys import SqlKeyBook
from tillsaga.records.restorations import SqlRestorations
from tillsaga.records.retention import SqlRetention

ANN = "ann-0031612345678"
DAY = timedelta(days=1).total_seconds()


@pytest.fixture
def book(database: Database, clock: StillClock) -> SqlAuditBook:
    return SqlAuditBook(database, clock)


@pytest.fixture
def signer() -> AuditKeys:
    return AuditKeys(KeyRing.parse(new_key("k1")))


def kinds(trail: Trail) -> list[str]:
    return [entry.kind for entry in trail.entries]


def states(trail: Trail) -> list[tuple[object, object]]:
    return [(e.facts["side"], e.facts["state"]) for e in trail.entries if e.kind == "effect"]


def said(number: int) -> Heard:
    return Heard(
        kind="message", number=number, at=NOON, actor="till", facts={"n": number}, private={}
    )


async def test_each_move_of_an_effect_is_told_once_however_often_it_is_written(
    effects: SqlEffectBook, book: SqlAuditBook
) -> None:
    asked = order("charge_giftcard", amount=2_00)
    for _ in range(2):
        await effects.begin(asked)
        await effects.not_sent(asked.key)
    for _ in range(2):
        await effects.calling(asked.key, 1)
        await effects.lost(asked.key)
    for _ in range(2):
        await effects.applied(asked.key, done("t-1"))
        await effects.undo_begin(asked.key)
        await effects.undone(asked.key, done("t-2"))

    trail = await book.trail("chk_a")

    assert states(trail) == [
        ("do", "calling"),
        ("do", "not_sent"),
        ("do", "calling"),
        ("do", "in_doubt"),
        ("do", "applied"),
        ("undo", "calling"),
        ("undo", "applied"),
    ]
    assert [e.facts["attempt"] for e in trail.entries] == [1, 1, 2, 2, 2, 1, 1]
    assert trail.entries[4].facts["transaction_id"] == "t-1"
    assert trail.verified() == []


async def test_a_second_yes_and_what_a_person_reopens_are_told(
    effects: SqlEffectBook, book: SqlAuditBook
) -> None:
    await effects.begin(order())
    await effects.manual(order().key, "cannot_ask", "nobody knows")
    await effects.reopen(order().key)
    await effects.applied(order().key, done("t-1"))
    for _ in range(2):
        await effects.applied(order().key, done("t-2"))
    await effects.withdrawn(order(subject="v-2"))

    trail = await book.trail("chk_a")

    assert [state for _, state in states(trail)] == [
        "calling",
        "manual",
        "in_doubt",
        "applied",
        "withdrawn",
    ]
    assert kinds(trail)[4] == "answered_again"


async def test_what_was_not_recorded_has_no_entry(
    effects: SqlEffectBook, checkouts: SqlCheckoutBook, book: SqlAuditBook
) -> None:
    bill = await open_bill(checkouts)
    await checkouts.save(bill.checkout_id, {}, view(1, "completed"), ended=True)
    before = await book.trail(bill.checkout_id)
    late = order(checkout=bill.checkout_id).model_copy(update={"before_end": True})

    with pytest.raises(Refused):
        await effects.begin(late)

    assert await book.trail(bill.checkout_id) == before
    assert kinds(before) == ["opened", "archived"]


async def test_messages_and_decisions_come_with_the_state_once(
    checkouts: SqlCheckoutBook, keys: SqlKeyBook, book: SqlAuditBook
) -> None:
    bill = await open_bill(checkouts)
    for _ in range(2):
        await keys.claim("key_1", "k", "POST /v1/x", "digest", bill.checkout_id)
        await checkouts.note_payment(bill.checkout_id, payment(), "received")
        await checkouts.save(
            bill.checkout_id, {}, view(1, "ready"), ended=False, heard=[said(1), said(2)]
        )
    await checkouts.note_payment(bill.checkout_id, payment(), "accepted")
    await checkouts.save(bill.checkout_id, {}, view(2, "completed"), ended=True, heard=[said(3)])
    await checkouts.save(bill.checkout_id, {}, view(2), False, before_end=True, heard=[said(4)])

    trail = await book.trail(bill.checkout_id)

    assert kinds(trail) == [
        "opened",
        "asked",
        "payment",
        "message",
        "message",
        "decided",
        "payment",
        "message",
        "archived",
        "message",
    ]
    assert trail.verified() == []


async def test_two_processes_append_to_one_chain_one_after_another(
    open_more: Callable[[], Database], book: SqlAuditBook
) -> None:
    books = [SqlEffectBook(open_more()) for _ in range(3)]
    subjects = [f"v-{number}" for number in range(8)]

    await asyncio.gather(
        *(each.begin(order("charge_giftcard", subject=s)) for each in books for s in subjects)
    )

    trail = await book.trail("chk_a")
    assert len(trail.entries) == len(subjects)
    assert trail.verified() == []


async def test_an_erasure_throws_away_what_is_private_and_the_chain_holds(
    database: Database,
    clock: StillClock,
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    book: SqlAuditBook,
) -> None:
    bill = await open_bill(checkouts)
    asked = order("spend_points", checkout=bill.checkout_id, subject=ANN)
    await effects.begin(asked)
    await effects.applied(asked.key, done("t-1"))
    support = said(1).model_copy(update={"private": {"actor": "kim", "reason": "unblocked"}})
    about = said(2).model_copy(update={"private": {"actor": "kim", "reason": f"call {ANN}"}})
    await checkouts.save(
        bill.checkout_id, {}, view(1, "completed"), ended=True, heard=[support, about]
    )
    hashes = [entry.hash for entry in (await book.trail(bill.checkout_id)).entries]

    erasures = SqlErasureBook(database, clock)
    whom = EraseMember(provider="leat", member_id=ANN)
    await erasures.begin("ers_1", ["ams-1"], whom, "Dora")
    await erasures.erase("ers_1", "", 100)

    trail = await book.trail(bill.checkout_id)
    assert [entry.hash for entry in trail.entries[:-1]] == hashes
    assert kinds(trail)[-1] == "erased"
    assert trail.verified() == []
    kept = {e.number: e.private for e in trail.entries if e.private is not None}
    assert len(kept) == 1
    assert ANN not in str(trail)
    assert [e.said_by for e in trail.entries if e.number in kept] == ["kim"]
    without_word = trail.model_copy(update={"entries": trail.entries[:-1], "head": None})
    assert {found.wrong for found in without_word.verified()} >= {"changed"}


async def test_what_is_no_longer_kept_leaves_its_last_entry_and_the_roots_know_it(
    database: Database,
    clock: StillClock,
    checkouts: SqlCheckoutBook,
    book: SqlAuditBook,
    signer: AuditKeys,
) -> None:
    bill = await open_bill(checkouts)
    await checkouts.save(bill.checkout_id, {}, view(1, "completed"), ended=True)
    clock.move(DAY)
    await book.close_days(signer)
    clock.move(2 * 366 * DAY)

    pruned = await SqlRetention(database, clock).prune("ams-1", clock.now, 10)

    trail = await book.trail(bill.checkout_id)
    assert pruned.checkouts == 1
    assert kinds(trail) == ["pruned"]
    assert trail.entries[0].number == 3
    assert trail.verified() == []
    await book.close_days(signer)
    seen = await book.trail(bill.checkout_id)
    assert [each.number for each in seen.witnesses] == [2, 3]
    assert seen.verified() == []
    nothing = seen.model_copy(update={"entries": (), "head": None})
    assert [(f.number, f.wrong) for f in nothing.verified()][-1] == (3, "missing")


async def test_a_restore_is_told_of_every_call_that_it_doubts(
    database: Database, clock: StillClock, effects: SqlEffectBook, book: SqlAuditBook
) -> None:
    await effects.begin(order())
    await effects.begin(order(subject="v-2"))
    await effects.applied(order(subject="v-2").key, done("t-2"))

    await SqlRestorations(database, clock).mark(NOON)

    trail = await book.trail("chk_a")
    assert kinds(trail) == ["effect", "effect", "effect", "restored"]
    assert trail.verified() == []


# --- roots ----------------------------------------------------------------------------------------


async def test_a_root_covers_whatever_moved_and_follows_the_one_before(
    effects: SqlEffectBook, book: SqlAuditBook, clock: StillClock, signer: AuditKeys
) -> None:
    for name in ("chk_a", "chk_b", "chk_c"):
        await effects.begin(order(checkout=name, subject=name))
    clock.move(DAY)
    first = await book.close_days(signer)
    again = await book.close_days(signer)
    await effects.applied(order(checkout="chk_b", subject="chk_b").key, done("t-b"))
    clock.move(3 * DAY)
    second = await book.close_days(signer)
    clock.move(DAY)
    third = await book.close_days(None)

    assert first is not None
    assert second is not None
    assert third is not None
    assert again is None
    assert (first.day, first.leaves, second.leaves, third.leaves) == ("2026-03-01", 3, 1, 0)
    assert (second.previous, third.previous) == (first.hash, second.hash)
    roots = [each async for each in book.roots()]
    pairs = [(each.root, each.leaves) for each in roots]
    assert [each.root for each in roots] == [first, second, third]
    assert [f.wrong for f in check_roots(pairs, signer.public)] == ["unsigned"]
    stranger = AuditKeys(KeyRing.parse(new_key("k1"))).public
    assert [f.wrong for f in check_roots(pairs, stranger)] == ["changed", "changed", "unsigned"]
    assert [f.wrong for f in check_roots(pairs[1:], None)][:2] == ["missing", "unchecked"]
    other = [(first.model_copy(update={"day": "2026-02-01"}), pairs[0][1]), *pairs[1:]]
    assert "changed" in {f.wrong for f in check_roots(other, signer.public)}
    for each in roots:
        for leaf in each.leaves:
            assert climbed(leaf, path_of(each.leaves, leaf.checkout_id)) == each.root.tree


async def test_two_workers_make_one_root(
    open_more: Callable[[], Database], effects: SqlEffectBook, clock: StillClock
) -> None:
    await effects.begin(order())
    clock.move(DAY)
    books = [SqlAuditBook(open_more(), clock) for _ in range(3)]

    made = await asyncio.gather(*(each.close_days(None) for each in books))

    assert sum(root is not None for root in made) == 1
    assert [root.root.number async for root in books[0].roots()] == [1]


async def test_a_restored_chain_that_lost_its_tail_is_found_by_exported_roots(
    database: Database,
    effects: SqlEffectBook,
    book: SqlAuditBook,
    clock: StillClock,
    signer: AuditKeys,
) -> None:
    await effects.begin(order())
    backup = await book.trail("chk_a")
    await effects.applied(order().key, done("t-1"))
    clock.move(DAY)
    await book.close_days(signer)
    exported = [each async for each in book.roots()]
    async with database.write() as session:
        for statement in (
            "DELETE FROM audit_entries WHERE number = 2",
            f"UPDATE audit_chains SET length = 1, head = '{backup.entries[0].hash}'",
            "DELETE FROM audit_roots",
            "DELETE FROM audit_leaves",
        ):
            await session.execute(text(statement))

    restored = await book.trail("chk_a")

    assert restored.verified() == []
    [found] = restored.verified(witnesses_by_checkout(exported)["chk_a"])
    assert (found.number, found.wrong) == (2, "missing")
    assert [name async for name in book.chains()] == ["chk_a"]
