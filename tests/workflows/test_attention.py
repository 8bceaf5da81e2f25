"""A person settles what was left to them: the vendors' books follow, and nothing is sent twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import archived, codes, resolve, tell
from tests.support.dollars import DUE, KINDS, books, loaded
from tests.support.finding import effects, moved, tenders, voucher
from tests.support.shop import Checkout, Shop, basket, flat_whites, open_shop, payment
from tillsaga.domain import messages as m
from tillsaga.domain.attention import Action
from tillsaga.records.attention import SqlAttentionBook
from tillsaga.sandbox import world
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll
from workflows.repair import RepairWorkflow

CARD: dict[str, Any] = {
    "line_id": "g",
    "type": "giftcard_sale",
    "title": "Gift card",
    "unit_amount": 15_00,
    "reference": world.CARD_NEW,
}
MAILED = {k: v for k, v in CARD.items() if k != "reference"} | {
    "recipient": {"email": "kim@example.test", "consent": True}
}
REVERSE = "giftcard_transaction.reverse"


async def undo_failed(shop: Shop) -> Checkout:
    """Cancelled, and the vendor did not take the gift card's charge back."""
    checkout = await shop.open()
    await checkout.giftcard(world.CARD_20, 2_00)
    await shop.fault("refuse", REVERSE, code=5006, times=None)
    await checkout.ok("cancel", m.Cancel(reason="left"))
    assert await checkout.ended() == "cancelled"
    return checkout


async def pay(checkout: Checkout) -> Checkout:
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    return checkout


async def delivery_failed(shop: Shop) -> Checkout:
    """A sold gift card was not loaded."""
    await shop.fault("refuse", "giftcard_transaction.create", code=5008)
    return await pay(await shop.open(basket(CARD, flat_whites())))


async def mail_failed(shop: Shop) -> Checkout:
    await shop.fault("refuse", "giftcard.send_by_email", code=6007)
    return await pay(await shop.open(basket(MAILED)))


async def earning_failed(shop: Shop) -> Checkout:
    await shop.fault("refuse", "order.create_and_process", code=1015)
    return await pay(await shop.open(None, world.ANN_CARD))


async def offer_lost(shop: Shop) -> Checkout:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await shop.fault("refuse", "voucher.redeem", code=80006, message="expired")
    return await pay(checkout)


async def tender_lost(shop: Shop) -> Checkout:
    """Paid after it was cancelled; the gift card was not charged again."""
    checkout = await shop.open()
    await checkout.giftcard(world.CARD_20, 2_00)
    due = await checkout.ready()
    await checkout.ok("cancel", m.Cancel(reason="left"))
    await checkout.ended()
    await shop.fault("refuse", "giftcard_transaction.create", code=5008)
    await tell(checkout, "payment", payment(due))
    assert await checkout.ended() == "completed"
    return checkout


ANN = f"points:{world.ANN}"
AGAIN: dict[Any, tuple[str, dict[str, int]]] = {
    undo_failed: ("undo_failed", {}),
    delivery_failed: ("delivery_failed", {world.CARD_NEW: 15_00}),
    earning_failed: ("earning_failed", {ANN: 11}),
    offer_lost: ("offer_lost_after_payment", {ANN: 8, world.VOUCHER_COFFEE: 1}),
    tender_lost: ("tender_lost", {world.CARD_20: -2_00}),
}


@pytest.mark.parametrize("failing", AGAIN, ids=lambda failing: failing.__name__)
async def test_a_retry_that_succeeds_puts_the_books_right(shop: Shop, failing: Any) -> None:
    code, right = AGAIN[failing]
    before = await shop.books()
    checkout = await failing(shop)
    assert codes(await checkout.seen()) == [code]
    await shop.mend()

    reply = await resolve(checkout, "retry")

    assert (reply.status, reply.refusal, codes(reply.checkout)) == (200, None, [])
    await checkout.ended()
    assert moved(before, await shop.books()) == right
    [settled] = (await archived(shop, checkout.id)).settled
    assert (settled.case.code, settled.action, settled.actor) == (code, "retry", "kim")
    assert not settled.retrying


@pytest.mark.parametrize("failing", [undo_failed, delivery_failed, earning_failed])
@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_a_retry_whose_answer_is_lost_happens_once(
    tmp_path: Path, failing: Any, kind: str
) -> None:
    async with open_shop(tmp_path) as shop:
        before = await shop.books()
        checkout = await failing(shop)
        await shop.mend()
        for call in (REVERSE, "giftcard_transaction.create", "order.create_and_process"):
            await shop.fault(kind, call)

        await resolve(checkout, "retry")
        await checkout.ended()

        assert (await archived(shop, checkout.id)).attention == []
        assert moved(before, await shop.books()) == AGAIN[failing][1]


async def test_a_mail_is_sent_again_and_only_once(shop: Shop) -> None:
    checkout = await mail_failed(shop)

    first = await resolve(checkout, "retry", "att_1")
    again = await resolve(checkout, "retry", "att_1")

    assert [codes(reply.checkout) for reply in (first, again)] == [[], []]
    assert [mail["address"] for mail in (await shop.books())["emails"]] == ["kim@example.test"]


async def test_a_retry_that_fails_again_is_a_new_case_of_the_same_owner(shop: Shop) -> None:
    before = await shop.books()
    checkout = await undo_failed(shop)
    mine = m.AssignAttention(item="att_1", owner="kim")
    reply = await tell(checkout, "assign_attention", mine)
    assert [case["owner"] for case in reply.checkout["attention"]] == ["kim"]

    reply = await resolve(checkout, "retry")

    [case] = reply.checkout["attention"]
    assert (case["id"], case["code"], case["owner"]) == ("att_2", "undo_failed", "kim")
    assert moved(before, await shop.books()) == {world.CARD_20: -2_00}
    await checkout.ended()
    await shop.mend()
    reply = await resolve(checkout, "retry")
    assert (codes(reply.checkout), tenders(reply.checkout)) == ([], [("reversed", 2_00)])
    await checkout.ended()
    assert moved(before, await shop.books()) == {}


@pytest.mark.parametrize("action", ["accept_loss", "settled_by_hand"])
@pytest.mark.parametrize("failing", AGAIN, ids=lambda failing: failing.__name__)
async def test_what_a_person_has_settled_asks_no_vendor(
    tmp_path: Path, failing: Any, action: Action
) -> None:
    async with open_shop(tmp_path) as shop:
        checkout = await failing(shop)
        left = await shop.books()
        await shop.mend()
        await shop.control("DELETE", "/requests")

        reply = await resolve(checkout, action)

        assert (reply.status, codes(reply.checkout)) == (200, [])
        await checkout.ended()
        assert await shop.asked("leat") == []
        assert await shop.books() == left
        state = await archived(shop, checkout.id)
        [settled] = state.settled
        assert (settled.action, settled.reason) == (action, "asked the vendor")
        bill = await shop.wiring.checkouts.find(checkout.id)
        assert bill is not None
        assert not bill.attention


async def test_a_case_is_settled_once_and_by_one_action(shop: Shop) -> None:
    checkout = await undo_failed(shop)
    first = await resolve(checkout, "accept_loss")

    again = await resolve(checkout, "accept_loss", "att_1", actor="lee")
    other = await resolve(checkout, "retry", "att_1")
    unknown = await resolve(checkout, "retry", "att_9")

    assert (first.refusal, again.refusal) == (None, None)
    assert other.refusal is not None
    assert unknown.refusal is not None
    assert other.refusal.code == "attention_settled"
    assert unknown.refusal.code == "attention_not_found"
    await checkout.ended()
    assert [s.actor for s in (await archived(shop, checkout.id)).settled] == ["kim"]


async def test_two_people_at_once_take_it_back_once(shop: Shop) -> None:
    before = await shop.books()
    checkout = await undo_failed(shop)
    await shop.mend()
    await shop.control("DELETE", "/requests")

    replies = await asyncio.gather(
        *(resolve(checkout, "retry", "att_1", actor=f"clerk-{n}") for n in range(4)),
        resolve(checkout, "settled_by_hand", "att_1", actor="boss"),
    )
    await checkout.ended()

    refused = [reply.refusal.code for reply in replies if reply.refusal]
    [settled] = (await archived(shop, checkout.id)).settled
    if settled.action == "retry":
        assert refused == ["attention_settled"]
        assert moved(before, await shop.books()) == {}
        assert (await shop.asked("leat")).count(REVERSE) == 1
    else:
        assert refused == ["attention_settled"] * 4
        assert (await shop.asked("leat")).count(REVERSE) == 0


# --- refunds --------------------------------------------------------------------------------------


async def refund_failed(shop: Shop) -> tuple[Checkout, Any]:
    """A part was not paid back to the gift card."""
    before = await shop.books()
    checkout = await shop.open()
    await checkout.giftcard(world.CARD_20, 7_00)
    await pay(checkout)
    await shop.fault("refuse", "giftcard_transaction.create", code=5008)
    line = m.RefundSale.model_validate(
        {
            "refund_id": "r-1",
            "reason": "cold",
            "lines": [{"line_id": "1", "quantity": "1"}],
            "tender_order": "chosen",
            "tenders": [{"tender_id": "tnd_1", "amount": 3_50}],
        }
    )
    reply = await tell(checkout, "refund", line)
    assert reply.answer is not None
    assert (reply.answer["status"], codes(reply.answer)) == ("attention", ["refund_failed"])
    await checkout.ended()
    return checkout, before


async def test_a_part_that_was_refused_is_given_back_by_a_retry(shop: Shop) -> None:
    checkout, before = await refund_failed(shop)

    reply = await resolve(checkout, "retry")

    assert (codes(reply.checkout), reply.status) == ([], 200)
    await checkout.ended()
    [refund] = (await archived(shop, checkout.id)).refunds
    part = next(r for r in refund.reversals if r.operation == "refund_giftcard")
    assert (refund.status, part.status) == ("completed", "reversed")
    assert moved(before, await shop.books()) == {world.CARD_20: -3_50}


async def test_a_part_that_is_refused_again_stays_a_persons(shop: Shop) -> None:
    checkout, before = await refund_failed(shop)
    await shop.fault("refuse", "giftcard_transaction.create", code=5008)

    reply = await resolve(checkout, "retry")

    assert [(c["id"], c["code"]) for c in reply.checkout["attention"]] == [
        ("att_2", "refund_failed")
    ]
    assert effects(reply.checkout, "refund_giftcard") == ["refused", "refused"]
    await checkout.ended()
    assert (await archived(shop, checkout.id)).refunds[0].status == "attention"
    await resolve(checkout, "retry")
    await checkout.ended()
    assert (await archived(shop, checkout.id)).refunds[0].status == "completed"
    assert moved(before, await shop.books()) == {world.CARD_20: -3_50}


async def test_a_refund_whose_last_case_a_person_settles_is_completed(shop: Shop) -> None:
    checkout, before = await refund_failed(shop)

    await resolve(checkout, "settled_by_hand")
    await checkout.ended()

    [refund] = (await archived(shop, checkout.id)).refunds
    part = next(r for r in refund.reversals if r.operation == "refund_giftcard")
    assert (refund.status, part.status) == ("completed", "manual")
    assert moved(before, await shop.books()) == {world.CARD_20: -7_00}


async def test_a_whole_charge_that_was_not_given_back_is_given_back_by_a_retry(shop: Shop) -> None:
    before = await shop.books()
    checkout = await whole_failed(shop)
    assert codes(await checkout.seen()) == ["undo_failed"]

    reply = await resolve(checkout, "retry", "att_1")

    assert codes(reply.checkout) == []
    await checkout.ended()
    assert (await archived(shop, checkout.id)).refunds[0].status == "completed"
    assert moved(before, await shop.books()) == {}


async def test_what_has_come_back_is_not_earned_by_a_retry(shop: Shop) -> None:
    checkout = await earning_failed(shop)
    back = m.RefundSale(refund_id="r-1", reason="returned")
    reply = await tell(checkout, "refund", back)
    [case] = reply.checkout["attention"]
    assert case["allowed_actions"] == ["accept_loss", "settled_by_hand"]

    reply = await resolve(checkout, "retry", "att_1")

    assert reply.refusal is not None
    assert reply.refusal.code == "action_not_allowed"
    assert reply.refusal.allowed_actions == ("accept_loss", "settled_by_hand")


# --- what nobody knows ----------------------------------------------------------------------------


async def test_what_cannot_be_asked_offers_no_retry(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("koupon",)) as shop:
        checkout = await shop.open(basket(currency="USD"))
        await checkout.scan(koupon.BARCODE)
        await shop.fault("drop_after", "transaction.redeem", "koupon")
        await pay(checkout)
        [case] = (await checkout.seen())["attention"]
        assert case["code"] == "effect_unknown"
        assert case["allowed_actions"] == ["accept_loss", "settled_by_hand"]
        left = await shop.books("koupon")

        refused = await resolve(checkout, "retry")
        settled = await resolve(checkout, "settled_by_hand")

        assert refused.refusal is not None
        assert refused.refusal.code == "action_not_allowed"
        assert codes(settled.checkout) == []
        assert await shop.books("koupon") == left


VALIDATE = "voucher.validate"
BURN = ("benefit.get", "wll")


async def unknown_burn(shop: Shop, kind: str, status: str = "captured") -> Checkout:
    """A burn whose answer was lost, at a vendor that does not let us ask."""
    checkout = await shop.open(None, wll.MEMBER_ACCOUNT)
    await checkout.offer(f"wll:voucher:{wll.BENEFIT}")
    due = await checkout.ready()
    await shop.fault(kind, VALIDATE, "wll", after=1)
    await shop.fault("refuse", *BURN, code="FORBIDDEN", times=None)
    await checkout.pay(due, status)
    return checkout


@pytest.fixture
async def wll_shop(tmp_path: Path, cached: int) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=("wll",), max_cached_workflows=cached) as opened:
        yield opened


async def burned(shop: Shop) -> bool:
    return bool((await shop.books("wll"))["vouchers"][wll.BENEFIT]["status"] == "BURNED")


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_what_was_honoured_is_asked_again_and_made_to_happen_once(
    wll_shop: Shop, kind: str
) -> None:
    checkout = await unknown_burn(wll_shop, kind)
    await checkout.ended()
    [case] = (await checkout.seen())["attention"]
    assert (case["code"], case["allowed_actions"][0]) == ("effect_unknown", "retry")

    still = await resolve(checkout, "retry")
    assert codes(still.checkout) == ["effect_unknown"]
    await checkout.ended()
    await wll_shop.mend()
    reply = await resolve(checkout, "retry")

    assert codes(reply.checkout) == []
    wanted = ["applied"] if kind == "drop_after" else ["refused", "applied"]
    assert effects(reply.checkout, "burn_voucher") == wanted
    assert await burned(wll_shop)


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_what_a_given_up_sale_may_have_spent_is_found_out(tmp_path: Path, kind: str) -> None:
    async with open_shop(tmp_path, kinds=("wll",)) as shop:
        checkout = await unknown_burn(shop, kind, "authorized")
        await checkout.pay(int(checkout.view["totals"]["due_amount"]), "voided")
        await checkout.ok("cancel", m.Cancel(reason="left"))
        await checkout.ended()
        await shop.mend()

        reply = await resolve(checkout, "retry", "att_1")

        spent = kind == "drop_after"
        assert codes(reply.checkout) == (["goodwill"] if spent else [])
        assert await burned(shop) is spent


async def commit_failed(shop: Shop) -> Checkout:
    """Honoured while in doubt; it had not happened, and was then refused."""
    checkout = await loaded(shop)
    due = await checkout.ready()
    await shop.fault("drop_before", "transaction.create", "loyale")
    await shop.fault("drop_before", "transaction.status", "loyale", times=None)
    await checkout.pay(due, "authorized")
    assert codes(checkout.view) == ["effect_in_doubt"]
    await checkout.pay(DUE)
    await shop.mend()
    await shop.fault("refuse", "transaction.create", "loyale", code=400, message="no")
    await checkout.ended()
    return checkout


async def test_what_was_refused_after_the_payment_is_sent_again(tmp_path: Path) -> None:
    policy = "in_doubt_after: 500ms, in_doubt: honour"
    async with open_shop(tmp_path, kinds=KINDS, policy=policy) as shop:
        before = await books(shop, "loyale")
        checkout = await commit_failed(shop)
        seen = await checkout.seen()
        assert set(codes(seen)) == {"commit_failed"}
        assert await before.moved() == {"loyale": {}}

        reply = await resolve(checkout, "retry")

        assert codes(reply.checkout) == []
        await checkout.ended()
        assert (await before.moved())["loyale"] != {}
        settled = (await archived(shop, checkout.id)).settled
        assert len(settled) == len(seen["attention"])


async def test_goodwill_is_a_persons_alone(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("koupon",)) as shop:
        checkout = await shop.open(basket(currency="USD"))
        await checkout.scan(koupon.BARCODE)
        due = await checkout.ready()
        await checkout.pay(due, "authorized")
        await checkout.pay(due, "voided")
        await checkout.ok("cancel", m.Cancel(reason="left"))
        await checkout.ended()
        [case] = (await checkout.seen())["attention"]

        reply = await resolve(checkout, "accept_loss")

        assert case["code"] == "goodwill"
        assert case["allowed_actions"] == ["accept_loss", "settled_by_hand"]
        assert codes(reply.checkout) == []


async def test_a_doubt_that_a_person_has_settled_is_only_written_down(tmp_path: Path) -> None:
    policy = "in_doubt_after: 500ms, in_doubt: honour"
    async with open_shop(tmp_path, kinds=("wll",), policy=policy) as shop:
        checkout = await shop.open(None, wll.MEMBER_ACCOUNT)
        await checkout.offer(f"wll:voucher:{wll.BENEFIT}")
        due = await checkout.ready()
        await shop.fault("drop_before", VALIDATE, "wll", after=1)
        await shop.fault("drop_before", *BURN, times=None)
        await checkout.pay(due, "authorized")
        assert codes(checkout.view) == ["effect_in_doubt"]

        reply = await resolve(checkout, "accept_loss", "att_1")
        assert codes(reply.checkout) == []
        await checkout.pay(due)
        await shop.mend()
        await checkout.ended()

        assert effects(await checkout.seen(), "burn_voucher") == ["refused"]
        assert not await burned(shop)


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_a_charge_that_pays_nothing_is_found_out_and_taken_back(
    shop: Shop, kind: str
) -> None:
    """The till was told that the card was refused, and collects the money itself."""
    before = await shop.books()
    checkout = await shop.open()
    await shop.fault(kind, "giftcard_transaction.create")
    await shop.fault("refuse", "giftcard_transaction.list", code=1003, times=None)
    message = m.AddTender(type="giftcard", reference=world.CARD_20, amount=2_00)
    await checkout.say("add_tender", message)
    seen = await checkout.until(lambda seen: seen["attention"])
    assert (codes(seen), tenders(seen)) == (["effect_unknown"], [("refused", 2_00)])
    assert (await checkout.pay(await checkout.ready()))["status"] == "completed"
    await checkout.ended()
    await shop.mend()

    reply = await resolve(checkout, "retry")

    assert codes(reply.checkout) == []
    wanted = {"drop_after": ["reversed"], "drop_before": ["refused"]}[kind]
    assert effects(reply.checkout, "charge_giftcard") == wanted
    assert moved(before, await shop.books()) == {}


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_a_transaction_at_loyale_is_asked_about_again(tmp_path: Path, kind: str) -> None:
    async with open_shop(tmp_path, kinds=("loyale",)) as shop:
        before = await books(shop, "loyale")
        checkout = await shop.open(None, loyale.ANN_BARCODE)
        await checkout.points(3_00)
        due = await checkout.ready()
        await shop.fault(kind, "transaction.create", "loyale")
        await shop.fault("refuse", "transaction.status", "loyale", code=400, times=None)
        await checkout.pay(due, "authorized")
        assert codes(checkout.view) == ["effect_unknown"]
        assert (await checkout.pay(due))["status"] == "completed"
        await checkout.ended()
        await shop.mend()

        reply = await resolve(checkout, "retry")

        assert codes(reply.checkout) == []
        wanted = {"drop_after": ["applied"], "drop_before": ["refused", "applied"]}[kind]
        assert effects(reply.checkout, "post_transaction") == wanted
        assert [e["provider"] for e in reply.checkout["earned"]] == ["loyale"]
        moves = (await before.moved())["loyale"]
        assert moves[loyale.ANN] == -3_00 + sum(e["points"] for e in reply.checkout["earned"])


async def test_a_case_that_opens_in_the_background_is_in_the_queue(tmp_path: Path) -> None:
    """One vendor is down for days, the other one refuses meanwhile; nobody asks the checkout."""
    async with open_shop(tmp_path, kinds=("leat", "loyale")) as shop:
        checkout = await shop.open(None, world.ANN_CARD, loyale.ANN_BARCODE)
        due = await checkout.ready()
        await shop.fault("maintenance", "order.create_and_process", times=None)
        await shop.fault("maintenance", "transaction.create", "loyale")
        await shop.fault(
            "refuse", "transaction.create", "loyale", code=400, message="no", times=None
        )
        assert (await checkout.pay(due))["attention"] == []

        queue = SqlAttentionBook(shop.wiring.database)
        async with asyncio.timeout(20):
            while not (cases := await queue.open_cases()):
                pass

        assert [(c.checkout_id, c.case.code) for c in cases] == [(checkout.id, "earning_failed")]
        await shop.mend()
        reply = await resolve(checkout, "retry")
        assert codes(reply.checkout) == []
        await checkout.ended()


# --- the till, and trouble ------------------------------------------------------------------------


async def test_a_word_of_support_is_no_sign_of_life_of_the_till(shop: Shop) -> None:
    checkout = await shop.open()
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    await shop.env.sleep(16 * 60)
    await checkout.until(lambda seen: seen["attention"])

    reply = await checkout.say(
        "resolve_attention",
        m.ResolveAttention(item="att_1", action="settled_by_hand", actor="kim", reason="voided"),
    )
    await shop.env.sleep(60 * 60)

    assert (reply.refusal, codes(await checkout.seen())) == (None, [])
    assert (await checkout.pay(due))["status"] == "completed"


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False, policy="answer_budget: 500ms") as opened:
        yield opened


async def part_failed(shop: Shop) -> Checkout:
    checkout, _ = await refund_failed(shop)
    return checkout


async def whole_failed(shop: Shop) -> Checkout:
    """A refund's reversal of a whole charge was refused."""
    checkout = await shop.open()
    await checkout.giftcard(world.CARD_20, 2_00)
    await pay(checkout)
    await shop.fault("refuse", REVERSE, code=5006)
    await tell(checkout, "refund", m.RefundSale(refund_id="r-1", reason="returned"))
    await checkout.ended()
    return checkout


HALF_WAY: dict[Any, dict[str, int]] = {
    undo_failed: {},
    delivery_failed: {world.CARD_NEW: 15_00},
    part_failed: {world.CARD_20: -3_50},
    whole_failed: {},
}


@pytest.mark.parametrize("failing", HALF_WAY, ids=lambda failing: failing.__name__)
@pytest.mark.parametrize("trouble", ["maintenance", "drop_after"])
async def test_a_retry_that_dies_half_way_is_carried_on_by_repair(
    real_shop: Shop, failing: Any, trouble: str
) -> None:
    before = await real_shop.books()
    checkout = await failing(real_shop)
    await real_shop.mend()
    for call in (REVERSE, "giftcard_transaction.create"):
        await real_shop.fault(trouble, call, times=None if trouble == "maintenance" else 1)
    if trouble == "drop_after":
        await real_shop.fault("maintenance", "giftcard_transaction.list", times=None)
    reply = await resolve(checkout, "retry", "att_1")
    assert (reply.status, codes(reply.checkout)) == (202, [])
    await checkout.handle.terminate("by mistake")
    await real_shop.mend()

    await real_shop.client.execute_workflow(
        RepairWorkflow.run,
        real_shop.start_for(checkout.id),
        id=f"repair-{checkout.id}",
        task_queue=real_shop.queue,
        execution_timeout=timedelta(seconds=60),
    )

    state = await archived(real_shop, checkout.id)
    assert (state.attention, [s.retrying for s in state.settled]) == ([], [False])
    assert {refund.status for refund in state.refunds} <= {"completed"}
    assert moved(before, await real_shop.books()) == HALF_WAY[failing]


async def test_support_resolves_in_the_temporal_ui(real_shop: Shop) -> None:
    before = await real_shop.books()
    checkout = await undo_failed(real_shop)
    await real_shop.mend()

    async def said(number: int, **word: str) -> Any:
        return await real_shop.client.execute_workflow(
            "ResolveAttention",
            {"item": "att_1", "actor": "kim", "reason": "asked"} | word,
            id=f"by-hand-{number}",
            task_queue=real_shop.queue,
            result_type=dict,
        )

    wrong = await said(1, checkout_id=checkout.id, action="forget")
    unknown = await said(2, checkout_id="chk_none", action="retry")
    told = await said(3, checkout_id=checkout.id, action="retry")
    await real_shop.client.get_workflow_handle(checkout.id).result()
    other = await said(4, checkout_id=checkout.id, action="accept_loss")

    assert (wrong["code"], unknown["code"]) == ("invalid_request", "checkout_not_found")
    assert told["code"] in ("settled", "goes_on")
    assert told["attention"] == []
    assert other["code"] == "attention_settled"
    assert moved(before, await real_shop.books()) == {}


async def test_a_voucher_that_was_lost_is_used_up_by_a_retry(shop: Shop) -> None:
    checkout = await offer_lost(shop)
    [lost] = [o for o in (await checkout.seen())["offers"] if o["status"] == "lost"]

    reply = await resolve(checkout, "retry")

    [offer] = [o for o in reply.checkout["offers"] if o["id"] == lost["id"]]
    assert (offer["status"], offer["saving_amount"]) == ("redeemed", lost["saving_amount"])
    assert voucher(await shop.books(), world.VOUCHER_COFFEE)["times_redeemed"] == 1


async def test_a_late_payment_that_overtakes_the_taking_back_loses_the_tender(
    real_shop: Shop,
) -> None:
    """The vendor is down while a person has it try again; the customer pays all the same."""
    before = await real_shop.books()
    checkout = await undo_failed(real_shop)
    await real_shop.mend()
    await real_shop.fault("maintenance", REVERSE, times=None)
    assert (await resolve(checkout, "retry")).status == 202
    seen = await checkout.pay(9_50)
    assert (seen["status"], tenders(seen)) == ("completed", [("charged", 2_00)])

    await real_shop.mend()
    assert await checkout.ended() == "completed"

    state = await archived(real_shop, checkout.id)
    assert [case.code for case in state.attention] == ["tender_lost"]
    assert moved(before, await real_shop.books()) == {}
    await resolve(checkout, "retry")
    await checkout.ended()
    assert moved(before, await real_shop.books()) == {world.CARD_20: -2_00}
