"""The till's payment reports: split, late, wrong, corrected, silent."""

from typing import Any

from tests.support.shop import Checkout, Shop, basket, flat_whites, payment
from tillsaga.domain import messages as m
from tillsaga.sandbox import world


async def ready(shop: Shop) -> tuple[Checkout, int]:
    """Two flat whites and a cake, ready to pay."""
    checkout = await shop.open(None, world.ANN_CARD)
    return checkout, await checkout.ready()


def correction(amount: int, **more: Any) -> m.CorrectPayment:
    facts = payment(amount).model_dump() | {"payment_id": "pay_1", "reason": "typed wrong"}
    return m.CorrectPayment.model_validate(facts | more)


async def test_an_authorised_card_is_captured_next(shop: Shop) -> None:
    checkout, due = await ready(shop)

    seen = await checkout.pay(due, "authorized")

    assert (seen["status"], seen["instruction"]) == ("ready", "capture")
    assert (await checkout.pay(due))["status"] == "completed"
    assert len((await checkout.handle.query("checkout"))["payments"]) == 1


async def test_cash_and_card_pay_together(shop: Shop) -> None:
    checkout, due = await ready(shop)

    seen = await checkout.pay(5_00, reference="cash", type="cash", final=False)
    assert (seen["status"], seen["totals"]["due_amount"]) == ("ready", due - 5_00)
    seen = await checkout.pay(due - 5_00)

    assert seen["status"] == "completed"
    assert seen["totals"]["paid_amount"] == due


async def test_tip_and_rounding_are_outside_the_comparison(shop: Shop) -> None:
    checkout, due = await ready(shop)

    seen = await checkout.pay(due, type="cash", tip_amount=1_00, rounding_amount=-2)

    assert seen["status"] == "completed"
    assert seen["payments"][0]["tip_amount"] == 1_00


async def test_a_bill_with_nothing_due_is_committed_without_money(shop: Shop) -> None:
    checkout = await shop.open(basket(flat_whites(1)), world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    assert await checkout.ready() == 0

    seen = await checkout.pay(0, type="none")

    assert seen["status"] == "completed"


async def test_a_captured_payment_that_does_not_fit_is_kept_for_a_person(shop: Shop) -> None:
    checkout, due = await ready(shop)

    assert await checkout.refused("payment", payment(due + 1)) == "payment_mismatch"

    seen = checkout.view
    assert seen["payments"][0]["status"] == "unmatched"
    assert [a["code"] for a in seen["attention"]] == ["payment_unmatched"]
    assert seen["expires_at"] is None
    facts = await shop.wiring.checkouts.facts(checkout.id)
    assert [fact.verdict for fact in facts.payments] == ["unmatched"]


async def test_the_same_unmatched_payment_again_is_one_case(shop: Shop) -> None:
    checkout, due = await ready(shop)
    await checkout.refused("payment", payment(due + 1))

    await checkout.refused("payment", payment(due + 1))

    assert len(checkout.view["attention"]) == 1


async def test_an_unmatched_payment_is_corrected_and_commits(shop: Shop) -> None:
    checkout, due = await ready(shop)
    await checkout.refused("payment", payment(due + 1))

    seen = await checkout.ok("correct_payment", correction(due))

    assert seen["status"] == "completed"
    assert seen["attention"] == []


async def test_a_correction_after_the_sale_is_before_a_person(shop: Shop) -> None:
    checkout, due = await ready(shop)
    await shop.fault("hang_before", "order.create_and_process", delay_ms=10, times=None)
    await checkout.pay(due)

    seen = await checkout.ok("correct_payment", correction(due - 1_00))

    assert seen["status"] == "completed"
    assert [(a["code"], a["amount"]) for a in seen["attention"]] == [("payment_corrected", 1_00)]
    await shop.mend()
    assert await checkout.ended() == "completed"


async def test_a_payment_of_an_open_basket_does_not_fit(shop: Shop) -> None:
    checkout = await shop.open()

    assert await checkout.refused("payment", payment(11_50)) == "payment_mismatch"
    assert checkout.view["payments"][0]["status"] == "unmatched"


async def test_an_authorisation_of_an_open_basket_is_refused(shop: Shop) -> None:
    checkout = await shop.open()

    assert await checkout.refused("payment", payment(11_50, "authorized")) == "state_conflict"
    assert checkout.view["payments"] == []


async def test_silence_after_an_authorisation_is_before_a_person(shop: Shop) -> None:
    checkout, due = await ready(shop)
    await checkout.pay(due, "authorized")

    await shop.env.sleep(16 * 60)

    seen = await checkout.until(lambda seen: seen["attention"])
    assert (seen["status"], seen["attention"][0]["code"]) == ("ready", "payment_unknown")
    assert (await checkout.pay(due))["status"] == "completed"


async def test_a_voided_authorisation_lets_the_customer_pay_otherwise(shop: Shop) -> None:
    checkout, due = await ready(shop)
    await checkout.pay(due, "authorized", reference="card")

    seen = await checkout.pay(due, "voided", reference="card")
    assert (seen["status"], seen["instruction"]) == ("ready", None)

    assert (await checkout.pay(due, reference="cash", type="cash"))["status"] == "completed"


async def test_reopen_is_refused_while_something_is_authorised(shop: Shop) -> None:
    checkout, due = await ready(shop)
    await checkout.pay(due, "authorized")

    assert await checkout.refused("reopen", m.Reopen()) == "state_conflict"


async def test_a_cancel_after_the_sale_answers_to_refund_instead(shop: Shop) -> None:
    checkout, due = await ready(shop)
    await shop.fault("hang_before", "order.create_and_process", delay_ms=10, times=None)
    seen = await checkout.pay(due)
    assert seen["status"] == "completed"
    pending = [e["status"] for e in seen["effects"] if e["operation"] == "post_order"]
    assert pending in (["in_doubt"], ["pending"])

    assert await checkout.refused("cancel", m.Cancel(reason="late")) == "already_committed"

    await shop.mend()
    assert await checkout.ended() == "completed"
    assert len((await shop.books())["orders"]) == 1


async def test_a_repeated_payment_gets_the_same_answer(shop: Shop) -> None:
    checkout, due = await ready(shop)
    report = payment(due)
    first = await checkout.say("payment", report, "one")
    again = await checkout.say("payment", report, "one")

    assert first == again
    assert len((await shop.books())["orders"]) == 1


async def test_a_payment_by_signal_is_written_down_too(shop: Shop) -> None:
    checkout, due = await ready(shop)

    await checkout.handle.signal("payment", payment(due))

    assert await checkout.ended() == "completed"
    facts = await shop.wiring.checkouts.facts(checkout.id)
    assert [fact.report.amount for fact in facts.payments] == [due]


async def test_a_message_that_does_not_fit_is_refused_without_its_value(shop: Shop) -> None:
    checkout = await shop.open()
    wrong = {"type": "giftcard", "reference": "SECRET-CARD", "amount": "12.50"}

    reply = await checkout.handle.execute_update("add_tender", wrong)

    assert reply["refusal"]["code"] == "invalid_request"
    assert reply["refusal"]["errors"][0]["pointer"] == "/amount"
    assert "SECRET-CARD" not in str(reply["refusal"])
    await checkout.handle.signal("cancel", {"reason": 7})
    assert (await checkout.seen())["status"] == "open"


async def test_a_stale_version_is_refused(shop: Shop) -> None:
    checkout = await shop.open()
    stale = m.Context(expected_version=99)

    reply = await checkout.handle.execute_update("ready", args=[m.MakeReady(), stale])

    assert reply["refusal"]["code"] == "version_mismatch"
