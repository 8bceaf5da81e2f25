import pytest

from api import ids
from api.services import Services
from api.temporal import Gone, Letter
from tests.api.fakes import FakeGateway
from tests.api.till import Till, basket, order
from tillsaga.domain.basket import Basket
from tillsaga.domain.model import Json


async def end(services: Services, temporal: FakeGateway, address: str, status: str) -> str:
    """End a checkout as its workflow does: archived first, then the run closes."""
    checkout_id = address.rpartition("/")[2]
    view = temporal.change(checkout_id, status=status)
    sold = Basket.model_validate(basket()).model_dump(mode="json")
    state: Json = {"basket": sold}
    await services.checkouts.save(checkout_id, state, view, ended=True)
    temporal.end(checkout_id, forget=False)
    return checkout_id


async def test_a_new_basket_is_created(till: Till, temporal: FakeGateway) -> None:
    answer = await till.open()
    checkout = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/checkouts/{checkout['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert checkout["links"]["events"] == f"/v1/checkouts/{checkout['id']}/events"
    assert temporal.handled[0].name == "open"


async def test_the_workflow_starts_with_the_stores_terms(till: Till, temporal: FakeGateway) -> None:
    await till.open()
    start = temporal.letters[0].start
    assert start is not None
    assert start.summary == "ams-1 · till-2 · 1 line · 7.00 EUR"
    assert start.due_amount == 700
    assert start.order.terms.abandon_after.total_seconds() == 20 * 60
    assert [provider.name for provider in start.order.terms.providers] == ["leat"]
    assert not start.again


async def test_the_id_follows_from_store_basket_and_generation(till: Till) -> None:
    answer = await till.open()
    assert answer.json()["id"] == ids.checkout_id("ams-1", "basket-0001", 1)
    assert ids.is_checkout_id(answer.json()["id"])
    assert len(answer.json()["id"]) == len("chk_") + 16


async def test_the_same_basket_meets_its_checkout(till: Till) -> None:
    first, second = await till.open(), await till.open()
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert "Idempotency-Replayed" not in second.headers


async def test_a_sold_basket_answers_from_the_archive(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await till.opened()
    await end(services, temporal, address, "completed")
    temporal.is_down = True
    same, other = (
        await till.open(),
        await till.post("/v1/checkouts", order(basket=basket(amount=400))),
    )
    assert (same.status_code, same.json()["status"]) == (200, "completed")
    assert (other.status_code, other.json()["code"]) == (409, "basket_frozen")
    assert other.json()["current_status"] == "completed"


@pytest.mark.parametrize("status", ["cancelled", "expired"])
async def test_a_bill_that_was_given_up_may_be_opened_again(
    till: Till, services: Services, temporal: FakeGateway, status: str
) -> None:
    first = await end(services, temporal, await till.opened(), status)
    answer = await till.open()
    assert answer.status_code == 201
    assert answer.json()["id"] != first
    assert answer.json()["previous_id"] == first


async def test_the_key_of_a_bill_that_was_given_up_gets_its_first_answer(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    first = await till.open(key="same")
    await end(services, temporal, first.headers["Location"], "cancelled")
    again = await till.open(key="same")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_once_temporal_has_forgotten_the_key_gets_the_current_state(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    first = await till.open(key="same")
    await end(services, temporal, first.headers["Location"], "cancelled")
    temporal._outcomes.clear()
    temporal.on_update = _gone_unless_again
    again = await till.open(key="same")
    assert (again.status_code, again.json()["status"]) == (200, "cancelled")
    assert again.json()["id"] == first.json()["id"]


def _gone_unless_again(letter: Letter) -> None:
    if letter.start is not None and not letter.start.again:
        raise Gone


async def test_a_terminated_checkout_goes_on_from_the_records(
    till: Till, temporal: FakeGateway
) -> None:
    first = await till.open()
    temporal.end(first.json()["id"], forget=False)
    again = await till.open()
    assert again.json()["id"] == first.json()["id"]
    start = temporal.letters[-1].start
    assert start is not None
    assert start.again
    assert start.order.resumed


async def test_the_bill_is_there_even_if_temporal_is_not(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    temporal.is_down = True
    refused = await till.open(key="same")
    assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")
    assert refused.json()["retryable"] is True
    assert await services.checkouts.latest("ams-1", "basket-0001") is not None
    temporal.is_down = False
    assert (await till.open(key="same")).status_code == 201


async def test_a_foreign_store_is_unknown(till: Till) -> None:
    for store_id in ("rtm-1", "nowhere"):
        answer = await till.post("/v1/checkouts", order(store_id=store_id))
        assert (answer.status_code, answer.json()["code"]) == (404, "store_not_found")


async def test_a_basket_that_cannot_be_sold_is_refused_at_the_door(
    till: Till, temporal: FakeGateway
) -> None:
    dollars = order(basket={**basket(), "currency": "USD"})
    wrong_sum = order(basket={**basket(), "total_amount": 1})
    codes = [
        (await till.post("/v1/checkouts", body)).json()["code"] for body in (dollars, wrong_sum)
    ]
    assert codes == ["currency_mismatch", "basket_mismatch"]
    assert not temporal.letters
