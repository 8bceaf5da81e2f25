"""Support at its desk: a word on a case, to a checkout that runs or has ended."""

from typing import Any

from pydantic import BaseModel

from tests.support.shop import Checkout, Shop
from tillsaga.domain import messages as m
from tillsaga.domain.attention import Action
from tillsaga.domain.checkout import Checkout as State


async def tell(checkout: Checkout, name: str, message: BaseModel) -> Any:
    """Send a message as the door does, and wake the checkout up for it; answers its reply."""
    start = checkout.shop.start_for(checkout.id, resumed=True)
    checkout.handle, reply = await checkout.shop.with_start(start, name, message)
    checkout.view = reply.checkout
    return reply


async def resolve(
    checkout: Checkout, action: Action, item: str | None = None, actor: str = "kim"
) -> Any:
    """Settle a case, the first one unless another is named."""
    found = item or (await checkout.seen())["attention"][0]["id"]
    message = m.ResolveAttention(item=found, action=action, actor=actor, reason="asked the vendor")
    return await tell(checkout, "resolve_attention", message)


def codes(view: dict[str, Any]) -> list[str]:
    return [case["code"] for case in view["attention"]]


async def archived(shop: Shop, checkout_id: str) -> State:
    """The state that the archive keeps."""
    facts = await shop.wiring.checkouts.facts(checkout_id)
    assert facts.ended
    known = {k: v for k, v in (facts.state or {}).items() if k in State.model_fields}
    return State.model_validate(known)
