"""Sales that come back, asked for as the door asks: after the checkout's workflow has ended."""

from typing import Any

from tests.support.shop import Checkout, Shop
from tillsaga.domain import messages as m
from tillsaga.domain.view import Reply
from tillsaga.sandbox import world


async def sell(shop: Shop) -> Checkout:
    """Two flat whites and a cake, with a voucher, a gift card and prepaid credit."""
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_TEN_PERCENT)
    await checkout.giftcard(world.CARD_20, 3_00)
    await checkout.prepaid(2_00)
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    return checkout


async def give_back(checkout: Checkout, refund_id: str, **more: Any) -> Reply:
    """Ask for a refund as the door does, after the checkout's workflow has ended."""
    fields = {"refund_id": refund_id, "reason": "returned"} | more
    return await wake(checkout, "refund", m.RefundSale.model_validate(fields))


async def wake(checkout: Checkout, name: str, message: Any) -> Reply:
    """Send a message to a checkout that has ended, or lost its workflow."""
    start = checkout.shop.start_for(checkout.id, resumed=True)
    checkout.handle, reply = await checkout.shop.with_start(start, name, message)
    checkout.view = reply.checkout
    return reply


def lines(wanted: list[tuple[str, str]] | None) -> dict[str, Any]:
    """Name lines and quantities; None is all that is left."""
    if wanted is None:
        return {}
    return {"lines": [{"line_id": i, "quantity": q} for i, q in wanted]}


def body(reply: Reply) -> dict[str, Any]:
    """The refund in an answer that must not be a refusal."""
    assert reply.answer is not None, reply.refusal
    return dict(reply.answer)


def codes(reply: Reply) -> list[str]:
    """The codes of what is left to a person."""
    return [case["code"] for case in body(reply)["attention"]]


def refusal(reply: Reply) -> str:
    """The code of a refusal."""
    assert reply.refusal is not None, reply.answer
    return reply.refusal.code
