"""The queue at the door: who may see it, in which order, and how its pages follow each other."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import JsonValue

from api.services import Services
from tests.api.fakes import FakeGateway, view_of
from tests.api.till import Till
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.messages import AssignAttention, ResolveAttention

EFFECT = "charge_giftcard:leat:gc-1#1"
RETRY = {"action": "retry", "actor": "kim", "reason": "unblocked"}


def case(number: int, hours: float = 1, **changes: JsonValue) -> dict[str, Any]:
    opened = datetime.now(UTC) - timedelta(hours=hours)
    return {
        "id": f"att_{number}",
        "code": "undo_failed",
        "effect_id": None,
        "detail": "the card is blocked",
        "amount": 200,
        "opened_at": opened.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "allowed_actions": ["retry", "accept_loss", "settled_by_hand"],
        "owner": None,
    } | changes


async def waiting(
    services: Services, name: str, *cases: dict[str, Any], store: str = "ams-1"
) -> str:
    """A checkout of a store with these open cases, as the records saw it last."""
    bill, _ = await services.checkouts.open_bill(
        store, name, "f", "till-1", lambda _: f"chk_{name.upper() * 10}"
    )
    view = view_of(bill.checkout_id, store_id=store, attention=[*cases], version=7)
    await services.checkouts.remember_view(bill.checkout_id, view)
    return bill.checkout_id


async def ids(till: Till, query: str = "") -> list[tuple[str, str]]:
    answer = (await till.get(f"/v1/attention{query}")).json()
    return [(one["checkout_id"], one["id"]) for one in answer["data"]]


async def test_the_queue_is_support_s(till: Till, support: Till, services: Services) -> None:
    await waiting(services, "a", case(1))
    for path in ("/v1/attention", "/v1/checkouts/chk_AAAAAAAAAA/attention/att_1"):
        assert (await till.get(path)).json()["code"] == "forbidden"
    refused = await till.post("/v1/checkouts/chk_AAAAAAAAAA/attention/att_1/resolve", RETRY)
    assert refused.json()["code"] == "forbidden"
    assert await ids(support) == [("chk_AAAAAAAAAA", "att_1")]


async def test_another_stores_cases_are_not_there(support: Till, services: Services) -> None:
    await waiting(services, "b", case(1), store="rtm-1")
    assert await ids(support) == []
    foreign = await support.get("/v1/attention?store_id=rtm-1")
    assert foreign.json()["code"] == "store_not_found"
    answer = await support.post("/v1/checkouts/chk_BBBBBBBBBB/attention/att_1/resolve", RETRY)
    assert answer.json()["code"] == "checkout_not_found"


async def test_the_oldest_case_comes_first_and_pages_follow(
    support: Till, services: Services
) -> None:
    await waiting(services, "a", case(1, hours=1), case(2, hours=5))
    await waiting(services, "b", case(1, hours=3))

    first = (await support.get("/v1/attention?limit=2")).json()
    rest = (await support.get(f"/v1/attention?limit=2&cursor={first['next_cursor']}")).json()

    found = [(one["checkout_id"], one["id"]) for one in [*first["data"], *rest["data"]]]
    assert found == [
        ("chk_AAAAAAAAAA", "att_2"),
        ("chk_BBBBBBBBBB", "att_1"),
        ("chk_AAAAAAAAAA", "att_1"),
    ]
    assert rest["next_cursor"] is None
    assert 5 * 3600 <= first["data"][0]["age_seconds"] < 5 * 3600 + 60


async def test_the_queue_is_narrowed_down(support: Till, services: Services) -> None:
    await waiting(services, "a", case(1, hours=1, code="goodwill"), case(2, hours=5, owner="kim"))
    assert await ids(support, "?code=goodwill") == [("chk_AAAAAAAAAA", "att_1")]
    assert await ids(support, "?owner=kim") == [("chk_AAAAAAAAAA", "att_2")]
    assert await ids(support, "?older_than=2h") == [("chk_AAAAAAAAAA", "att_2")]


async def test_the_queue_is_narrowed_down_to_a_vendor(support: Till, services: Services) -> None:
    await waiting(services, "a", case(1, effect_id=EFFECT), case(2))
    assert await ids(support, "?provider=leat") == [("chk_AAAAAAAAAA", "att_1")]
    assert await ids(support, "?provider=wll") == []


@pytest.mark.parametrize(
    "query", ["?older_than=soon", "?cursor=bm9uZQ==", "?cursor=%21", "?limit=0"]
)
async def test_a_wrong_question_is_refused(support: Till, query: str) -> None:
    answer = await support.get(f"/v1/attention{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_settled_case_leaves_the_queue(support: Till, services: Services) -> None:
    checkout_id = await waiting(services, "a", case(1))
    view = view_of(checkout_id, attention=[], version=8)
    await services.checkouts.remember_view(checkout_id, view)
    assert await ids(support) == []


async def with_record(services: Services) -> str:
    """A case about a charge that the vendor did and does not take back."""
    checkout_id = await waiting(services, "a", case(1, effect_id=EFFECT))
    order = EffectOrder(
        checkout_id=checkout_id,
        store_id="ams-1",
        provider="leat",
        kind="leat",
        operation="charge_giftcard",
        subject="gc-1",
        amount=200,
    )
    await services.effects.begin(order)
    await services.effects.applied(order.key, Done(reference="gt-88"))
    await services.effects.undo_begin(order.key)
    await services.effects.undo_manual(order.key, "vendor_refused", "the card is blocked")
    return checkout_id


async def test_a_case_shows_what_was_asked_and_answered(support: Till, services: Services) -> None:
    await with_record(services)
    [found] = (await support.get("/v1/attention")).json()["data"]
    asked, answered = found["asked"], found["answered"]
    assert (asked["operation"], asked["amount"], asked["attempts"]) == ("charge_giftcard", 200, 1)
    assert asked["key"] == "chk_AAAAAAAAAA/charge_giftcard/leat/gc-1#1"
    assert (answered["state"], answered["reference"]) == ("applied", "gt-88")
    assert (answered["undo"]["state"], answered["undo"]["code"]) == ("manual", "vendor_refused")


async def test_books_that_cannot_be_read_say_so(
    support: Till, services: Services, temporal: FakeGateway
) -> None:
    checkout_id = await with_record(services)
    temporal.views[checkout_id] = view_of(checkout_id, attention=[case(1, effect_id=EFFECT)])
    path = f"/v1/checkouts/{checkout_id}/attention/att_1"
    assert (await support.get(path)).json()["books"]["says"] == "not_found"
    assert (await support.get(f"{path}?books=false")).json()["books"] is None
    temporal.is_down = True
    late = (await support.get(path)).json()
    assert late["books"]["says"] == "unreadable"
    assert late["answered"]["reference"] == "gt-88"
    assert (await support.get(f"{path}0")).json()["code"] == "attention_not_found"


async def test_a_word_reaches_the_checkout_as_it_was_said(
    support: Till, services: Services, temporal: FakeGateway
) -> None:
    checkout_id = await waiting(services, "a", case(1))
    temporal.views[checkout_id] = view_of(checkout_id)
    path = f"/v1/checkouts/{checkout_id}/attention/att_1"

    resolved = await support.post(f"{path}/resolve", RETRY)
    owned = await support.post(f"{path}/owner", {"owner": "kim"})

    assert (resolved.status_code, owned.status_code) == (200, 200)
    assert [letter.message for letter in temporal.letters] == [
        ResolveAttention(item="att_1", **RETRY),  # type: ignore[arg-type]
        AssignAttention(item="att_1", owner="kim"),
    ]


async def test_a_word_about_an_ended_checkout_wakes_it(
    support: Till, services: Services, temporal: FakeGateway
) -> None:
    checkout_id = await waiting(services, "a", case(1))
    view = view_of(checkout_id, status="cancelled", attention=[case(1)], version=8)
    await services.checkouts.save(checkout_id, {}, view, ended=True)

    await support.post(f"/v1/checkouts/{checkout_id}/attention/att_1/resolve", RETRY)

    start = temporal.letters[-1].start
    assert start is not None
    assert (start.workflow, start.again, start.order.resumed) == ("Attention", True, True)


@pytest.mark.parametrize(
    "body",
    [
        RETRY | {"action": "forget"},
        RETRY | {"reason": ""},
        RETRY | {"reason": "x" * 501},
        RETRY | {"actor": "x" * 101},
        RETRY | {"item": "att_2"},
        {"action": "retry"},
    ],
)
async def test_a_word_that_does_not_fit_is_refused(
    support: Till, services: Services, body: dict[str, str]
) -> None:
    await waiting(services, "a", case(1))
    answer = await support.post("/v1/checkouts/chk_AAAAAAAAAA/attention/att_1/resolve", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
