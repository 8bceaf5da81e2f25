"""Single scenes of the connector against the sandbox, over real HTTP."""

import pytest

from tests.connectors.leat_asks import (
    ann,
    charge_card,
    load_physical,
    lock,
    now,
    order,
    quote,
    redeem,
)
from tests.connectors.leat_cases import card, points, voucher
from tests.connectors.sandbox_server import Control
from tests.connectors.test_leat_orders import line, sale, sold
from tillsaga.connectors.leat import Leat
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Offer
from tillsaga.errors import AnswerLost, InDoubt, Refused, Unanswerable
from tillsaga.sandbox import world

# --- locks ----------------------------------------------------------------------------------------


async def test_a_lock_is_released(at_sandbox: Leat, box: Control) -> None:
    asked = await lock(at_sandbox)
    locking = at_sandbox.operator("lock_voucher")
    done = await locking.do(asked)
    held = voucher(world.VOUCHER_COFFEE, "locked")

    assert held(box.books()) is True
    assert await locking.find_undo(asked, done, now()) is None
    box.fault("voucher.release", "drop_after")
    with pytest.raises(AnswerLost):
        await locking.undo(asked, done)
    assert await locking.find_undo(asked, done, now()) is not None
    assert await locking.undo(asked, done)
    assert held(box.books()) is False


async def test_a_lost_lock_is_in_doubt_for_its_hour(at_sandbox: Leat, box: Control) -> None:
    asked = await lock(at_sandbox)
    locking = at_sandbox.operator("lock_voucher")
    box.fault("voucher.lock", "drop_after")
    with pytest.raises(AnswerLost):
        await locking.do(asked)

    with pytest.raises(InDoubt):
        await locking.find(asked, now())
    with pytest.raises(Refused) as refused:
        await locking.do(asked)
    assert refused.value.code == "offer_held"
    box.advance(3601)
    assert await locking.find(asked, now()) is None


async def test_a_voucher_is_locked_by_one_checkout_only(at_sandbox: Leat, box: Control) -> None:
    await at_sandbox.operator("lock_voucher").do(await lock(at_sandbox))

    assert (await offer_of(at_sandbox, world.VOUCHER_COFFEE)).refusal is not None


async def offer_of(at_sandbox: Leat, code: str) -> Offer:
    return next(offer for offer in (await quote(at_sandbox)).offers if offer.code == code)


# --- cards, members, mails ------------------------------------------------------------------------


async def test_a_card_used_since_still_gets_its_money_back(at_sandbox: Leat, box: Control) -> None:
    charging = at_sandbox.operator("charge_giftcard")
    first = await charge_card(at_sandbox)
    done = await charging.do(first)
    second = first.model_copy(update={"checkout_id": "chk_2", "amount": 1_00})
    await charging.do(second)

    await charging.undo(first, done)
    await charging.undo(first, done)

    assert card(world.CARD_20)(box.books()) == 19_00


async def test_a_sold_card_that_was_spent_is_for_a_person(at_sandbox: Leat, box: Control) -> None:
    loaded = await load_physical(at_sandbox)
    done = await at_sandbox.operator("load_giftcard").do(loaded)
    found = await at_sandbox.find_tender("giftcard", world.CARD_NEW, None)
    assert found is not None
    await at_sandbox.operator("charge_giftcard").do(order(found.step, 5_00))

    with pytest.raises(Refused) as refused:
        await at_sandbox.operator("load_giftcard").undo(loaded, done)

    assert refused.value.code == "insufficient_balance"


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (world.CARD_20, "card_already_sold"),
        (world.CARD_INACTIVE, "card_refused"),
        (world.CARD_EXPIRED, "card_refused"),
        (world.CARD_DIGITAL_NEW, "card_refused"),
        ("NO-SUCH-CARD", "card_not_found"),
    ],
)
async def test_a_card_that_cannot_be_sold_says_why(
    at_sandbox: Leat, code: str, refusal: str
) -> None:
    sales = (await quote(at_sandbox, type="giftcard_sale", reference=code)).sales

    assert sales[0].refusal_code == refusal


@pytest.mark.parametrize(
    ("identifier", "member"),
    [
        (Identifier(type="qr", value=world.ANN_QR), world.ANN),
        (Identifier(type="email", value=world.BOB_EMAIL), world.BOB),
        (Identifier(type="member_id", value=world.ANN), world.ANN),
        (Identifier(type="card", value=world.FREE_CARD), None),
        (Identifier(type="card", value=world.INACTIVE_CARD), None),
        (Identifier(type="member_id", value="nobody"), None),
    ],
)
async def test_a_customer_is_identified(
    at_sandbox: Leat, identifier: Identifier, member: str | None
) -> None:
    found = (await at_sandbox.identify(identifier)).member

    assert (found.member_id if found else None) == member


@pytest.mark.parametrize(
    ("identifier", "operation"),
    [
        (
            Identifier(type="email", value="new@example.test", consent=True),
            "contact.find_or_create",
        ),
        (
            Identifier(type="card", value=world.FREE_CARD, consent=True),
            "contact.create_anonymous",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_a_lost_new_member_is_found(
    at_sandbox: Leat, box: Control, identifier: Identifier, operation: str, kind: str
) -> None:
    asked = order((await at_sandbox.identify(identifier)).create)
    creating = at_sandbox.operator("create_member")
    box.fault(operation, kind)
    with pytest.raises(AnswerLost):
        await creating.do(asked)

    found = await creating.find(asked, now())

    assert (found is not None) is (kind == "drop_after")
    assert (await at_sandbox.identify(identifier)).member or await creating.do(asked)


async def test_a_digital_card_is_sold_and_mailed(at_sandbox: Leat, box: Control) -> None:
    recipient = {"email": "carol@example.test", "consent": True}
    sold_card = (await quote(at_sandbox, type="giftcard_sale", recipient=recipient)).sales[0]
    created = await at_sandbox.operator("create_giftcard").do(order(sold_card.steps[0]))
    load = order(sold_card.steps[1], 25_00, create_giftcard=created.data)
    loaded = await at_sandbox.operator("load_giftcard").do(load)

    mail = order(sold_card.later[0], create_giftcard=created.data)
    await at_sandbox.operator("send_giftcard").do(mail)

    assert loaded.balance_after_amount == 25_00
    assert len(str(await at_sandbox.card_code(str(created.reference)))) > 3
    mails = box.books()["emails"]
    assert isinstance(mails, list)
    assert len(mails) == 1


async def test_a_lost_mail_is_not_sent_twice(at_sandbox: Leat, box: Control) -> None:
    recipient = {"email": world.BOB_EMAIL, "consent": True}
    sold_card = (await quote(at_sandbox, type="giftcard_sale", recipient=recipient)).sales[0]
    created = await at_sandbox.operator("create_giftcard").do(order(sold_card.steps[0]))
    asked = order(sold_card.later[0], create_giftcard=created.data)
    sending = at_sandbox.operator("send_giftcard")
    box.fault("giftcard.send_by_email", "drop_after")
    with pytest.raises(AnswerLost):
        await sending.do(asked)

    # The sheet does not say that a card's recipients show it, and the sandbox does not fill them.
    with pytest.raises(Unanswerable):
        await sending.find(asked, now())


# --- the whole sale -------------------------------------------------------------------------------


async def test_an_order_links_what_was_redeemed_and_paid(at_sandbox: Leat, box: Control) -> None:
    redeemed = await _done(at_sandbox, await redeem(at_sandbox))
    paid = await _done(at_sandbox, await charge_card(at_sandbox))
    told = sale(
        sold(line("1", 5_00, "2"), 1_00),
        offers=(_redeemed(redeemed),),
        tenders=(
            {"type": "giftcard", "provider": "leat", "amount": 12_00}
            | {"transaction_id": paid.transaction_id},
        ),
        charges=({"type": "gratuity", "amount": 50},),
    )
    asked = order((await quote(at_sandbox)).earn).model_copy(update={"sale": told})

    done = await _done(at_sandbox, asked)

    assert done.points is not None
    assert done.points_after == points(box.books())


async def _done(at_sandbox: Leat, asked: EffectOrder) -> Done:
    return await at_sandbox.operator(asked.operation).do(asked)


def _redeemed(done: Done) -> Json:
    return {
        "offer_id": "leat:voucher:v-1",
        "provider": "leat",
        "kind": "voucher",
        "title": "Free coffee",
        "line_amounts": {"1": 1_00},
        "redemption_operation": "redeem_voucher",
        "redemption_reference": done.transaction_id,
    }


async def test_a_portal_session_opens(at_sandbox: Leat) -> None:
    assert str(await at_sandbox.portal_session(await ann(at_sandbox))).startswith("http")


async def test_discounts_come_out_of_the_vendors_attributes(at_sandbox: Leat) -> None:
    found = {offer.code: offer.discount for offer in (await quote(at_sandbox)).offers if offer.code}

    coffee, tenth = found[world.VOUCHER_COFFEE], found[world.VOUCHER_TEN_PERCENT]
    assert coffee is not None
    assert (coffee.type, coffee.skus) == ("free_item", (world.COFFEE,))
    assert tenth is not None
    assert tenth.type == "percentage"
