"""What the customer takes away."""

from tests.support.shop import Shop, basket
from tillsaga.domain.reads import LookUpAnswer, LookUpOrder
from tillsaga.domain.tokens import tokens_in
from tillsaga.sandbox import world

DIGITAL = {"line_id": "1", "type": "giftcard_sale", "title": "Gift card", "unit_amount": 25_00}


async def test_who_did_not_identify_may_claim_the_points(shop: Shop) -> None:
    checkout = await shop.open()
    await checkout.pay(await checkout.ready())

    receipt = await checkout.handle.query("receipt")

    assert receipt["claim_link"].startswith("https://portal.leat.test/l?version=v3&")
    assert f"unique_id={checkout.id}" in receipt["claim_link"]
    assert "unit_value=11.50" in receipt["claim_link"]
    assert world.ACCOUNT_SECRET not in receipt["claim_link"]


async def test_a_known_customer_needs_no_claim_link(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.pay(await checkout.ready())

    assert (await checkout.handle.query("receipt"))["claim_link"] is None


async def test_a_digital_card_without_an_email_is_handed_over_on_the_receipt(shop: Shop) -> None:
    checkout = await shop.open(basket(DIGITAL), world.ANN_CARD)
    await checkout.pay(await checkout.ready())
    [card] = (await checkout.handle.query("receipt"))["sold_cards"]
    question = LookUpOrder(
        store_id=shop.store.id, providers=("leat",), kind="sold_card", value=card["reference"]
    )

    answer = await shop.client.execute_workflow(
        "LookUp", question, id="card", task_queue=shop.queue, result_type=LookUpAnswer
    )

    sold = (await shop.books())["giftcards"][card["reference"]]
    [code] = (await shop.wiring.vault.reveal(tokens_in(answer.body))).values()
    assert (code, sold["balance"]) == (sold["hash"], 25_00)
    assert card["code"] is None
