"""What a checkout asks of Leat in the sandbox's world, and the trace it leaves in the books."""

from datetime import UTC, datetime

from tests.connectors.test_leat_orders import line, sale, sold
from tillsaga.connectors.leat import Leat
from tillsaga.domain.basket import Basket
from tillsaga.domain.effects import EffectOrder, Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Member, Offer
from tillsaga.domain.ports import Quote
from tillsaga.sandbox import world

BASKET = {
    "id": "basket-1",
    "currency": "EUR",
    "lines": [{"line_id": "1", "sku": world.COFFEE, "title": "Coffee", "unit_amount": 3_50}],
}


# --- what a checkout would ask for ----------------------------------------------------------------


def order(step: Step | None, amount: int | None = None, **prior: Json) -> EffectOrder:
    assert step is not None
    return EffectOrder(
        checkout_id="chk_1",
        store_id="ams-1",
        provider="leat",
        kind="leat",
        operation=step.operation,
        subject=step.subject,
        request=step.request,
        amount=amount,
        prior=prior,
    )


async def ann(leat: Leat) -> Member:
    found = await leat.identify(Identifier(type="card", value=world.ANN_CARD))
    assert found.member is not None
    return found.member


async def quote(leat: Leat, **line_facts: object) -> Quote:
    lines = [{"line_id": "7", "title": "Sold", "unit_amount": 25_00} | line_facts]
    basket = BASKET | {"lines": lines} if line_facts else BASKET
    return await leat.quote(Basket.model_validate(basket), await ann(leat))


async def offer(leat: Leat, id_: str) -> Offer:
    return next(offer for offer in (await quote(leat)).offers if offer.id == id_)


async def lock(leat: Leat, code: str = world.VOUCHER_COFFEE) -> EffectOrder:
    found = await leat.find_offer(code, await ann(leat))
    assert found is not None
    return order(found.hold)


async def redeem(leat: Leat, code: str = world.VOUCHER_COFFEE) -> EffectOrder:
    found = await leat.find_offer(code, await ann(leat))
    assert found is not None
    locked = await leat.operator("lock_voucher").do(order(found.hold))
    return order(found.commit, lock_voucher=locked.data)


async def redeem_multi(leat: Leat) -> EffectOrder:
    return await redeem(leat, world.VOUCHER_MULTI)


async def redeem_flyer(leat: Leat) -> EffectOrder:
    return await redeem(leat, world.VOUCHER_FLYER)


async def pre_redeem(leat: Leat) -> EffectOrder:
    return order((await offer(leat, f"leat:reward:{world.REWARD_COFFEE}")).hold)


async def claim(leat: Leat) -> EffectOrder:
    return order((await offer(leat, f"leat:reward:{world.REWARD_TWO_OFF}")).hold)


async def collect_claimed(leat: Leat) -> EffectOrder:
    coffee = await offer(leat, f"leat:reward:{world.REWARD_COFFEE}")
    claimed = await leat.operator("pre_redeem_reward").do(order(coffee.hold))
    return order(coffee.commit, pre_redeem_reward=claimed.data)


async def collect_waiting(leat: Leat) -> EffectOrder:
    return order((await offer(leat, f"leat:collectable_reward:{world.BIRTHDAY_RECEPTION}")).commit)


async def charge_card(leat: Leat) -> EffectOrder:
    found = await leat.find_tender("giftcard", world.CARD_20, None)
    assert found is not None
    return order(found.step, 12_00)


async def charge_prepaid(leat: Leat) -> EffectOrder:
    found = await leat.find_tender("prepaid", None, await ann(leat))
    assert found is not None
    return order(found.step, 10_00)


async def load_physical(leat: Leat) -> EffectOrder:
    sales = (await quote(leat, type="giftcard_sale", reference=world.CARD_NEW)).sales
    assert sales[0].refusal_code is None
    return order(sales[0].steps[0], 25_00)


async def load_digital(leat: Leat) -> EffectOrder:
    create, load = (await quote(leat, type="giftcard_sale")).sales[0].steps
    created = await leat.operator("create_giftcard").do(order(create))
    return order(load, 25_00, create_giftcard=created.data)


async def top_up(leat: Leat) -> EffectOrder:
    sales = (await quote(leat, type="prepaid_topup", reference=world.BOB_CARD)).sales
    return order(sales[0].steps[0], 25_00)


async def post_order(leat: Leat) -> EffectOrder:
    sold_lines = (sold(line("1", 5_00, "2"), 1_00), sold(line("2", 3_00)))
    earning = order((await quote(leat)).earn)
    return earning.model_copy(update={"sale": sale(*sold_lines)})


def now() -> datetime:
    return datetime.now(UTC)
