"""What has to be there before an operation's examples can be carried out by a real shop.

A scene plays what comes before and answers the path's parameters, and what of the example's body
only the scene knows. An operation without one is asked of an open checkout.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from api import examples
from tests.api.till import Till
from tests.support.shop import Shop
from tillsaga.records.webhooks import SqlDeliveryBook
from tillsaga.sandbox import world
from tillsaga.sandbox.letstrade import world as letstrade

Json = dict[str, Any]


@dataclass
class Asked:
    """How an example is put in its place."""

    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    secret: str | None = None


Scene = Callable[[Shop, Till], Awaitable[Asked]]


def fresh_basket() -> Json:
    """The basket of the examples under an id of its own: one id is one sale for ever."""
    return {**examples.BASKET, "id": str(uuid.uuid4())}


async def opened(till: Till, *cards: str, **more: Any) -> Json:
    """Open a checkout for the basket of the examples."""
    identifiers = [{"type": "card", "value": card} for card in cards]
    order = {**examples.OPEN, "basket": fresh_basket(), "identifiers": identifiers} | more
    return await _good(till, "/v1/checkouts", order)


async def sold(till: Till, *cards: str) -> Json:
    """Sell it, 1.50 of it by the till's own card."""
    checkout = await due_150(till, *cards)
    paid = {**examples.PAYMENT, "status": "captured"}
    view = await _good(till, f"{_address(checkout)}/payments", paid)
    assert view["status"] == "completed"
    return view


async def due_150(till: Till, *cards: str) -> Json:
    """Pay all but 1.50 by gift card, and freeze the basket."""
    checkout = await opened(till, *cards)
    tender = {"type": "giftcard", "reference": world.CARD_20, "amount": 5_50}
    await _good(till, f"{_address(checkout)}/tenders", tender)
    return await _good(till, f"{_address(checkout)}/ready", {"payment_flow": "two_step"})


def _address(checkout: Json) -> str:
    return f"/v1/checkouts/{checkout['id']}"


async def _good(till: Till, path: str, body: Json) -> Json:
    answer = await till.post(path, body, key=str(uuid.uuid4()))
    assert answer.is_success, answer.text
    return dict(answer.json())


async def open_checkout(_: Shop, till: Till) -> Asked:
    return Asked({"checkout_id": (await opened(till, world.ANN_CARD))["id"]})


async def nothing(_: Shop, __: Till) -> Asked:
    return Asked()


async def new_basket(_: Shop, __: Till) -> Asked:
    return Asked(body={"basket": fresh_basket()})


async def another_basket(_: Shop, till: Till) -> Asked:
    checkout = await opened(till)
    basket = {**examples.BASKET, "id": checkout["basket"]["id"]}
    return Asked({"checkout_id": checkout["id"]}, body={"basket": basket})


async def held_offer(_: Shop, till: Till) -> Asked:
    checkout = await opened(till, world.ANN_CARD)
    view = await _good(till, f"{_address(checkout)}/offers", examples.OFFER)
    [offer] = [one for one in view["offers"] if one["status"] == "held"]
    return Asked({"checkout_id": checkout["id"], "offer_id": offer["id"]})


async def charged_tender(_: Shop, till: Till) -> Asked:
    checkout = await opened(till)
    view = await _good(till, f"{_address(checkout)}/tenders", examples.TENDER)
    return Asked({"checkout_id": checkout["id"], "tender_id": view["tenders"][0]["id"]})


async def amount_due(_: Shop, till: Till) -> Asked:
    return Asked({"checkout_id": (await due_150(till))["id"]})


async def sale(_: Shop, till: Till) -> Asked:
    return Asked({"checkout_id": (await sold(till, world.ANN_CARD))["id"]})


async def sale_to_nobody(shop: Shop, till: Till) -> Asked:
    checkout_id = (await sold(till))["id"]
    await shop.client.get_workflow_handle(checkout_id).result()  # a claim waits for the archive
    return Asked({"checkout_id": checkout_id})


async def refundable(_: Shop, till: Till) -> Asked:
    sale = await sold(till)
    return Asked({"checkout_id": sale["id"]}, body={"refund_id": str(uuid.uuid4())})


async def reported_payment(_: Shop, till: Till) -> Asked:
    sale = await sold(till)
    return Asked({"checkout_id": sale["id"], "payment_id": sale["payments"][0]["id"]})


async def refunded(_: Shop, till: Till) -> Asked:
    sale = await sold(till)
    refund_id = str(uuid.uuid4())
    wanted = {**examples.REFUND_ASKED, "refund_id": refund_id}
    await _good(till, f"{_address(sale)}/refunds", wanted)
    return Asked({"refund_id": refund_id})


async def goods_back(_: Shop, __: Till) -> Asked:
    return Asked(body={"refund_id": str(uuid.uuid4())})


async def ended(_: Shop, till: Till) -> Asked:
    checkout = await opened(till)
    await _good(till, f"{_address(checkout)}/cancel", examples.CANCEL)
    return Asked({"checkout_id": checkout["id"]})


async def told(shop: Shop, till: Till) -> Asked:
    """A delivery of what became of a checkout."""
    asked = await ended(shop, till)
    await shop.client.get_workflow_handle(asked.path["checkout_id"]).result()
    deliveries = await SqlDeliveryBook(shop.wiring.database).page(
        [shop.store.id], checkout_id=asked.path["checkout_id"]
    )
    return Asked({"delivery_id": deliveries.deliveries[0].id})


async def case(_: Shop, till: Till) -> Asked:
    """A payment that nobody asked for."""
    checkout = await due_150(till)
    too_much = {**examples.PAYMENT, "status": "captured", "amount": 9_99}
    answer = await till.post(f"{_address(checkout)}/payments", too_much, key=str(uuid.uuid4()))
    assert answer.status_code == 422, answer.text
    view = (await till.get(_address(checkout))).json()
    return Asked({"checkout_id": checkout["id"], "item": view["attention"][0]["id"]})


async def hold(shop: Shop, till: Till) -> Asked:
    checkout_id = (await held_offer(shop, till)).path["checkout_id"]
    holds = (await till.get("/v1/holds")).json()["data"]
    [held] = [one for one in holds if one["checkout_id"] == checkout_id]
    return Asked({"effect_id": held["id"]})


async def erased(_: Shop, till: Till) -> Asked:
    return Asked({"erasure_id": (await _good(till, "/v1/members/erase", examples.ERASE))["id"]})


async def compared_day(_: Shop, __: Till) -> Asked:
    return Asked(query={"store_id": "ams-1", "date": "2026-03-01"})


async def bill_in_the_app(_: Shop, till: Till) -> Asked:
    basket_id = (await opened(till, terminal_id="till-1"))["basket"]["id"]
    body = {"uid": basket_id, "transaction_id": basket_id}
    return Asked(body=body, secret=letstrade.CALLBACK_SECRET)


SCENES: dict[str, Scene] = {
    "openCheckout": new_basket,
    "listCheckouts": nothing,
    "putBasket": another_basket,
    "removeOffer": held_offer,
    "removeTender": charged_tender,
    "reportPayment": amount_due,
    "reopenCheckout": amount_due,
    "correctPayment": reported_payment,
    "claimPoints": sale_to_nobody,
    "getReceipt": sale,
    "refundCheckout": refundable,
    "getRefund": refunded,
    "getRefundReceipt": refunded,
    "returnGoods": goods_back,
    "streamCheckoutEvents": ended,
    "getAttention": case,
    "resolveAttention": case,
    "assignAttention": case,
    "releaseHold": hold,
    "getErasure": erased,
    "getWebhookDelivery": told,
    "redeliverWebhook": told,
    "listReconciliations": compared_day,
    "appendVouchers": bill_in_the_app,
}
