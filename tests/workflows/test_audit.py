"""The audit of a whole checkout: it tells everything, and whatever is changed in it is named."""

import json
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from tests.api.till import Till
from tests.support.audited import as_forged, chain_rows, forged_trail, forgeries, rich_checkout
from tests.support.door import open_door
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.audit_keys import AuditKeys
from tillsaga.domain import messages as m
from tillsaga.keyring import KeyRing, new_key
from tillsaga.records.audit import SqlAuditBook, Trail, witnesses_by_checkout
from tillsaga.sandbox import world

_numbers = count(1)
SCOPES = ("pos", "support", "audit")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    server, name = request.getfixturevalue("postgres"), f"audited_{next(_numbers)}"
    server.psql(f"CREATE DATABASE {name};")
    from tillsaga.records.migrations import upgrade

    url = str(server.get_uri(name))
    upgrade(url)
    return url


@pytest.fixture
async def opened(tmp_path: Path, database_url: str | None) -> AsyncIterator[tuple[Shop, Till]]:
    async with (
        open_shop(tmp_path, skips_time=False, database_url=database_url) as shop,
        open_door(shop, *SCOPES) as desk,
    ):
        yield shop, desk


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def signer() -> AuditKeys:
    return AuditKeys(KeyRing.parse(new_key("k1")))


async def trail_of(shop: Shop, checkout_id: str) -> Trail:
    return await SqlAuditBook(shop.wiring.database).trail(checkout_id)


async def test_everything_that_happened_stands_in_the_audit_and_any_change_is_named(
    opened: tuple[Shop, Till], record_property: Callable[[str, object], None]
) -> None:
    shop, desk = opened
    checkout_id = await rich_checkout(shop, desk)
    trail = await trail_of(shop, checkout_id)
    assert trail.verified() == []
    told = [(entry.kind, entry.facts, entry) for entry in trail.entries]
    spoken = [facts["message"] for kind, facts, _ in told if kind == "message"]
    assert spoken == [
        "open",
        "apply_offer",
        "add_tender",
        "ready",
        "payment",
        "payment",
        "refund",
        "resolve_attention",
    ]
    answers = [facts["message"] for kind, facts, _ in told if kind == "answer"]
    assert sorted(map(str, answers)) == sorted(map(str, spoken))
    calls = [(f["operation"], f["side"], f["state"]) for kind, f, _ in told if kind == "effect"]
    assert ("lock_voucher", "do", "calling") in calls
    assert ("charge_giftcard", "do", "applied") in calls
    paid = [(f["status"], f["verdict"]) for kind, f, _ in told if kind == "payment"]
    assert {status for status, _ in paid} == {"declined", "captured"}
    [word] = [e for _, f, e in told if f.get("message") == "resolve_attention" and e.reason]
    assert (word.said_by, word.reason) == ("kim", "the customer keeps the card")
    assert sum(kind == "asked" for kind, _, _ in told) == len(spoken)

    book = SqlAuditBook(shop.wiring.database, tomorrow)
    root = await book.close_days(signer())
    assert root is not None
    exported = [each async for each in book.roots()]
    trail = await book.trail(checkout_id)
    rows = await chain_rows(shop.wiring.database, checkout_id)
    cases, stored = 0, 0
    places = {1, len(rows) // 2, len(rows)}
    for forged in forgeries(rows):
        tampered = as_forged(trail, forged)
        found = [(each.number, each.wrong) for each in tampered.verified()]
        assert forged.found in found, (forged.what, forged.found, found)
        assert len(found) <= 2, (forged.what, forged.found, found)
        # The same by a file of exported roots alone, where those of the database are gone too.
        alone = tampered.model_copy(update={"witnesses": ()})
        by_file = alone.verified(witnesses_by_checkout(exported)[checkout_id])
        assert [(each.number, each.wrong) for each in by_file] == found
        cases += 1
        if forged.at in places:
            read = await forged_trail(shop.wiring.database, checkout_id, rows, forged)
            assert read == tampered
            stored += 1
    record_property("tried: forgeries of an audit", cases)
    record_property("tried: forgeries of an audit in the database", stored)
    assert cases > 10 * len(rows) > 400
    assert stored > 30
    assert (await book.trail(checkout_id)).verified() == []


async def test_no_customer_is_in_what_is_hashed(tmp_path: Path) -> None:
    async with (
        open_shop(tmp_path, skips_time=False) as shop,
        open_door(shop, *SCOPES) as desk,
    ):
        checkout_id = await rich_checkout(shop, desk)
        answer = await desk.get(f"/v1/checkouts/{checkout_id}/audit?limit=500")

        shown = answer.json()
        assert answer.status_code == 200
        assert (shown["verified"], shown["findings"], shown["next_after"]) == (True, [], None)
        hashed = json.dumps([e.facts for e in (await trail_of(shop, checkout_id)).entries])
        for personal in (world.ANN_CARD, world.CARD_20, "kim", "cold coffee", "keeps the card"):
            assert personal not in hashed
        for customers in (world.ANN_CARD, world.CARD_20):
            assert customers not in answer.text


async def test_what_came_by_temporal_alone_stands_there_too(shop: Shop) -> None:
    checkout = await shop.open()
    await checkout.handle.signal("heartbeat", m.Heartbeat())
    await checkout.handle.signal("cancel", m.Cancel(reason="by hand"))
    assert await checkout.ended() == "cancelled"

    trail = await trail_of(shop, checkout.id)

    signalled = [e for e in trail.entries if e.facts.get("message") in ("cancel", "heartbeat")]
    told = [(e.kind, e.facts["message"], e.actor, e.reason) for e in signalled]
    assert told == [
        ("message", "heartbeat", "temporal", None),
        ("message", "cancel", "temporal", "by hand"),
        ("answer", "cancel", "checkout", None),
    ]
    assert trail.verified() == []


async def test_a_reset_tells_only_what_is_said_anew(tmp_path: Path) -> None:
    async with open_shop(tmp_path, skips_time=False) as shop:
        checkout = await shop.open()
        await checkout.giftcard(world.CARD_20, 2_00)
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"
        before = await trail_of(shop, checkout.id)

        await reset(shop, checkout)
        await shop.client.get_workflow_handle(checkout.id).result()

        after = await trail_of(shop, checkout.id)
        assert after.entries[: len(before.entries)] == before.entries
        more = after.entries[len(before.entries) :]
        assert {entry.kind for entry in more} <= {"message", "answer", "decided", "archived"}
        assert {entry.facts["run"] for entry in more}.isdisjoint(runs_of(before))
        assert after.verified() == []


def runs_of(trail: Trail) -> set[object]:
    return {entry.facts["run"] for entry in trail.entries if "run" in entry.facts}


async def reset(shop: Shop, checkout: Checkout) -> None:
    """Reset to the last workflow task that was completed, as support does in the Temporal UI."""
    ended = [
        event.event_id
        async for event in checkout.handle.fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    await shop.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=shop.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=checkout.id),
            reason="a test",
            request_id=str(uuid.uuid4()),
            workflow_task_finish_event_id=ended[-1],
        )
    )
