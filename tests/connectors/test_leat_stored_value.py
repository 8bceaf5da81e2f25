from functools import partial

import httpx
import pytest

from tests.connectors.fake_vendor import NOW, Vendor, at, data, no, order
from tests.connectors.test_leat_members import ANN, CONTACT
from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.leat import Leat
from tillsaga.domain.basket import Basket
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member
from tillsaga.domain.ports import SaleStep
from tillsaga.errors import NotSent, Refused, Unanswerable

CARD: Json = {
    "uuid": "gc-1",
    "type": "PHYSICAL",
    "hash": "HT123ABC",
    "amount_in_cents": 0,
    "upgradeable": True,
    "active": True,
    "expiration_date": at(60),
    "giftcard_program": {"uuid": "gp-1", "max_amount_in_cents": 500_00},
}


async def step(leat: Leat, *, member: Member | None = None, **line: object) -> SaleStep:
    facts = {"line_id": "7", "type": "giftcard_sale", "title": "Card", "unit_amount": 25_00}
    basket = {"id": "basket-1", "currency": "EUR", "lines": [facts | line]}
    (prepared,) = await leat._sale_steps(Basket.model_validate(basket), member)
    return prepared


async def test_a_physical_card_is_loaded(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET giftcards/find-one-by", data(CARD))

    prepared = await step(leat, reference="HT123ABC")

    assert prepared.refusal_code is None
    assert prepared.subject == "gc-1"
    assert [each.operation for each in prepared.steps] == ["load_giftcard"]
    assert "HT123ABC" not in prepared.model_dump_json()


UNSELLABLE = {
    "loaded": ({"amount_in_cents": 1}, "card_already_sold"),
    "digital": ({"type": "DIGITAL"}, "card_refused"),
    "inactive": ({"active": False}, "card_refused"),
    "expired": ({"expiration_date": at(-1)}, "card_refused"),
    "full": ({"upgradeable": False}, "card_refused"),
    "small": ({"giftcard_program": {"max_amount_in_cents": 24_99}}, "card_refused"),
}


@pytest.mark.parametrize(("differs", "code"), UNSELLABLE.values(), ids=UNSELLABLE)
async def test_a_card_that_cannot_be_sold_says_why(
    leat: Leat, vendor: Vendor, differs: Json, code: str
) -> None:
    vendor.on("GET giftcards/find-one-by", data({**CARD, **differs}))

    prepared = await step(leat, reference="HT123ABC")

    assert prepared.refusal_code == code
    assert prepared.steps  # a card that we loaded ourselves is cleared of the refusal later


async def test_an_unknown_card_cannot_be_sold(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET giftcards/find-one-by", no(5001))

    assert (await step(leat, reference="HT123ABC")).refusal_code == "card_not_found"


@pytest.mark.parametrize("consent", [True, False])
async def test_a_digital_card_is_created_loaded_and_mailed_with_consent(
    leat: Leat, consent: bool
) -> None:
    recipient = {"email": "bob@example.test", "consent": consent}

    prepared = await step(leat, recipient=recipient)

    assert [each.operation for each in prepared.steps] == ["create_giftcard", "load_giftcard"]
    assert [each.operation for each in prepared.later] == ["send_giftcard"] * consent


async def test_a_store_without_a_program_sells_no_digital_cards(config: ConnectorConfig) -> None:
    bare = Leat(config.model_copy(update={"settings": {"shop_uuid": "s-1"}}))

    assert (await step(bare)).refusal_code == "line_not_sellable"


async def test_a_top_up_is_the_members_or_whose_the_reference_is(
    leat: Leat, vendor: Vendor
) -> None:
    vendor.on("GET contact-identifiers/find", no(60003))
    vendor.on("GET contacts/c-1", data(CONTACT))
    vendor.on("GET contacts/c-9", no(55031))
    top_up = partial(step, leat, type="prepaid_topup")

    assert (await top_up(member=ANN)).steps[0].request == {"contact_uuid": "c-1"}
    assert (await top_up(reference="c-1")).steps[0].subject == "7"
    assert (await top_up(reference="c-9")).refusal_code == "member_not_found"
    assert (await top_up()).refusal_code == "member_required"


CREATED: dict[str, Json] = {"create_giftcard": {"giftcard_uuid": "gc-1"}}
SEND = order("send_giftcard", "7", {"email": "bob@example.test"}, prior=CREATED)


async def test_a_digital_card_is_created_without_its_code_on_record(
    leat: Leat, vendor: Vendor
) -> None:
    create = vendor.on("POST giftcards", data(CARD))
    creating = leat.operator("create_giftcard")

    done = await creating.do(order("create_giftcard", "7"))

    assert vendor.sent(create) == {"type": 1, "giftcard_program_uuid": "gp-1"}
    assert done.data == {"giftcard_uuid": "gc-1"}
    # An empty card more is worth nothing, so a lost one is simply made again.
    assert await creating.find(order("create_giftcard", "7"), NOW) is None


@pytest.mark.parametrize("answer", ["Email successfully sent", {"message": "success"}])
async def test_a_card_is_mailed_to_its_recipient(
    leat: Leat, vendor: Vendor, answer: str | Json
) -> None:
    vendor.on("GET contacts/find-or-create", data({"uuid": "c-8"}))
    send = vendor.on("POST giftcards/gc-1/send-by-email", data(answer))

    await leat.operator("send_giftcard").do(SEND)

    assert vendor.sent(send) == {"contact_uuid": "c-8"}


async def test_a_lost_recipient_is_no_lost_mail(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET contacts/find-or-create", httpx.ReadTimeout("late"))

    with pytest.raises(NotSent):
        await leat.operator("send_giftcard").do(SEND)


async def test_a_lost_mail_is_never_sent_twice(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET giftcards/gc-1", data({**CARD, "giftcard_recipients": [{"id": 1}]}), data(CARD))
    send = leat.operator("send_giftcard")

    assert await send.find(SEND, NOW) is not None
    with pytest.raises(Unanswerable):
        await send.find(SEND, NOW)


async def test_a_card_can_pay_what_it_holds(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET giftcards/find-one-by", data({**CARD, "amount_in_cents": 8_00}))

    found = await leat.find_tender("giftcard", "HT123ABC", None)

    assert found is not None
    assert (found.subject, found.available_amount) == ("gc-1", 8_00)
    assert "HT123ABC" not in found.model_dump_json()


REFUSED = {
    "unknown": (no(5001), "card_not_found"),
    "inactive": (data({**CARD, "active": False}), "tender_refused"),
    "not valid": (no(7010), "tender_refused"),
    "expired": (data({**CARD, "expiration_date": at(0)}), "tender_refused"),
}


@pytest.mark.parametrize(("answer", "code"), REFUSED.values(), ids=REFUSED)
async def test_a_card_that_cannot_pay_says_why(
    leat: Leat, vendor: Vendor, answer: httpx.Response, code: str
) -> None:
    vendor.on("GET giftcards/find-one-by", answer)

    with pytest.raises(Refused) as refused:
        await leat.find_tender("giftcard", "HT123ABC", None)

    assert refused.value.code == code


async def test_prepaid_credit_is_the_members(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET contacts/c-1/prepaid-balance", data({"balance_in_cents": -1}))

    found = await leat.find_tender("prepaid", None, ANN)

    assert found is not None
    assert (found.subject, found.available_amount) == ("c-1", 0)
    with pytest.raises(Refused) as refused:
        await leat.find_tender("prepaid", None, None)
    assert refused.value.code == "member_required"


async def test_leat_has_no_other_tenders(leat: Leat) -> None:
    assert await leat.find_tender("points", None, ANN) is None
    assert await leat.find_tender("wallet", "x", None) is None


async def test_a_card_is_looked_up(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET giftcards/find-one-by", data(CARD), no(5001))

    found = await leat.look_up_card("HT123ABC")

    assert found is not None
    assert (found.masked, found.balance_amount, found.sellable) == ("****3ABC", 0, True)
    assert await leat.look_up_card("HT123ABC") is None


async def test_a_sold_digital_cards_code_can_be_read_for_the_receipt(
    leat: Leat, vendor: Vendor
) -> None:
    vendor.on("GET giftcards/gc-1", data(CARD))

    assert await leat.card_code("gc-1") == "HT123ABC"
