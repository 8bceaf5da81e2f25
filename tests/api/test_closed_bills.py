"""Closed bills at the door: only what is malformed is refused, and the same bill is met again."""

from datetime import timedelta
from typing import Any

import pytest

from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.test_opening import end
from tests.api.till import Till, basket, order
from tillsaga.records.database import utc_now

PAID = {"type": "card", "amount": 700, "reference": "psp-1"}
HOUR = timedelta(hours=1)


def bill(**changes: object) -> dict[str, Any]:
    return order(basket=basket(), mode="closed_bill") | changes


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"occurred_at": (utc_now() + HOUR).isoformat()}, "/occurred_at"),
        ({"occurred_at": "2026-03-01T10:00:00"}, "/occurred_at"),
        ({"payments": [{**PAID, "status": "authorized"}]}, "/payments/0/status"),
        ({"payments": [{**PAID, "amount": -1}]}, "/payments/0/amount"),
        ({"payments": [PAID, PAID]}, ""),
        ({"offers": [{"code": "", "discount_amount": 1}]}, "/offers/0/code"),
        ({"offers": [{"code": "A", "discount_amount": "1"}]}, "/offers/0/discount_amount"),
        ({"mode": "closed"}, "/mode"),
        ({"mode": "interactive", "payments": [PAID]}, ""),
        ({"mode": "interactive", "offers": [{"code": "A", "discount_amount": 1}]}, ""),
    ],
)
async def test_a_malformed_bill_is_refused(
    till: Till, temporal: FakeGateway, wrong: dict[str, Any], pointer: str
) -> None:
    answer = await till.post("/v1/checkouts", bill(**wrong))

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not temporal.letters


async def test_a_bill_of_long_ago_and_one_of_a_fast_clock_are_taken(till: Till) -> None:
    fast = (utc_now() + timedelta(seconds=20)).isoformat()
    for number, at in enumerate(("2019-03-01T10:00:00Z", fast)):
        sold = basket(f"basket-{number}")
        answer = await till.post("/v1/checkouts", bill(basket=sold, occurred_at=at))
        assert answer.status_code == 201


async def test_a_sold_bill_answers_from_the_archive_under_any_key(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    first = await till.post("/v1/checkouts", bill())
    await end(services, temporal, first.headers["Location"], "completed")
    temporal.is_down = True

    again = await till.post("/v1/checkouts", bill(terminal_id="till-9"))

    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


@pytest.mark.parametrize(
    "other", [{"basket": basket(amount=400)}, {"payments": [{**PAID, "reference": "psp-9"}]}]
)
async def test_a_sold_bill_that_says_something_else_wakes_its_checkout(
    till: Till, services: Services, temporal: FakeGateway, other: dict[str, Any]
) -> None:
    first = await till.post("/v1/checkouts", bill())
    await end(services, temporal, first.headers["Location"], "completed")

    await till.post("/v1/checkouts", bill(**other))

    start = temporal.letters[-1].start
    assert start is not None
    assert start.order.resumed
    assert start.order.checkout_id == first.json()["id"]


async def test_a_bill_of_a_checkout_that_was_given_up_is_a_new_one(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    first = await end(services, temporal, await till.opened(), "expired")

    answer = await till.post("/v1/checkouts", bill())

    assert (answer.status_code, answer.json()["previous_id"]) == (201, first)
