import pytest
from pydantic import JsonValue

from tests.connectors.fake_vendor import NOW, Vendor, data, no, order
from tillsaga.connectors.leat import Leat
from tillsaga.connectors.leat.order_body import OrderBody
from tillsaga.domain.basket import Charge, Line
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.sale import Sale, SoldLine, SoldOffer, UsedTender
from tillsaga.errors import Refused


def line(line_id: str, amount: int, quantity: str = "1", **more: object) -> Line:
    return Line.model_validate(
        {
            "line_id": line_id,
            "sku": f"SKU-{line_id}",
            "title": f"Line {line_id}",
            "quantity": quantity,
            "unit_amount": amount,
            **more,
        }
    )


def sold(line: Line, discount: int = 0, by: str | None = None, as_: str | None = None) -> SoldLine:
    return SoldLine(
        line=line,
        discount_amount=discount,
        total_amount=line.amount - discount,
        sold_operation=by,
        sold_reference=as_,
    )


def sale(*lines: SoldLine, **more: object) -> Sale:
    facts = {
        "checkout_id": "chk_1",
        "store_id": "ams-1",
        "terminal_id": "till-1",
        "receipt_number": "R-1",
        "currency": "EUR",
        "basket_id": "basket-1",
        "lines": lines,
        "charges": (),
        "offers": (),
        "tenders": (),
        "members": {"loyalty": "c-1"},
        "basket_amount": 0,
        "discount_amount": 0,
        "tax_amount": 0,
        "total_amount": 0,
        "paid_at": NOW,
    }
    return Sale.model_validate(facts | more)


def posting(sale: Sale, generation: int = 1) -> EffectOrder:
    posted = order("post_order", "basket-1", {"contact_uuid": "c-1"}, generation=generation)
    return posted.model_copy(update={"sale": sale})


def body(sale: Sale, generation: int = 1) -> Json:
    return OrderBody(posting(sale, generation), sale, "c-1", "s-1").body()


def parts(body: Json, name: str) -> list[Json]:
    items = body[name]
    assert isinstance(items, list)
    return [item for item in items if isinstance(item, dict)]


def lines_of(body: Json, *fields: str) -> list[tuple[JsonValue, ...]]:
    return [tuple(item[f] for f in fields) for item in parts(body, "line_items")]


SOUP = sale(sold(line("1", 5_00, "2"), 1_00))


def test_an_order_adds_up() -> None:
    written = body(SOUP)

    assert lines_of(written, "external_identifier", "quantity", "price", "total_amount") == [
        ("chk_1-1", 2, 5_00, 9_00)
    ]
    sums = ("order_amount", "total_discount_amount", "total_order_amount")
    assert [written[name] for name in sums] == [10_00, 1_00, 9_00]
    assert written["external_identifier"] == "chk_1"
    assert written["business_profile"] == {"uuid": "s-1"}
    assert written["paid_at"] == "2026-03-01T10:00:00+00:00"


def test_a_checkout_taken_again_is_another_order() -> None:
    assert body(SOUP, generation=2)["external_identifier"] == "chk_1-g2"


def test_the_vendors_own_product_id_wins_over_the_sku() -> None:
    own = line("1", 5_00, provider_ids={"loyalty": "P-9"})

    assert lines_of(body(sale(sold(own))), "product") == [({"external_identifier": "P-9"},)]


def test_what_was_weighed_is_one_item() -> None:
    weighed = sale(sold(line("1", 10_01, "0.350")))

    assert lines_of(body(weighed), "quantity", "price", "total_amount") == [(1, 3_50, 3_50)]


def test_modifiers_are_sub_lines_that_share_the_discount() -> None:
    milk = line("m", 1_00, "1")
    coffee = sold(line("1", 3_00, "2", modifiers=[milk.model_dump()]), discount=4_00)
    (item,) = parts(body(sale(coffee)), "line_items")
    (sub,) = parts(item, "sub_line_items")

    assert item["total_amount"] == 3_00
    assert (sub["quantity"], sub["price"]) == (2, 1_00)
    assert (sub["discount_amount"], sub["total_amount"]) == (1_00, 1_00)


def test_what_must_not_earn_is_not_told_at_its_price() -> None:
    card = line("2", 25_00, type="giftcard_sale", sku=None)
    tobacco = line("3", 8_00, earns_points=False)
    loaded = sold(card, by="load_giftcard", as_="gt-88")
    written = body(sale(sold(line("1", 5_00)), loaded, sold(tobacco)))

    totals = lines_of(written, "external_identifier", "total_amount")
    assert totals == [("chk_1-1", 5_00), ("chk_1-2", 0)]
    assert written["total_order_amount"] == 5_00
    result = {"uuid": "gt-88", "type": "GIFTCARD_TRANSACTION"}
    assert parts(written, "line_items")[1]["result"] == result


def test_goods_taken_back_lower_the_other_lines() -> None:
    written = body(sale(sold(line("1", 6_00)), sold(line("2", 4_00)), sold(line("3", 5_00, "-1"))))

    assert lines_of(written, "discount_amount", "total_amount") == [(3_00, 3_00), (2_00, 2_00)]
    assert written["total_order_amount"] == 5_00


def test_discounts_name_their_lines_and_our_redemptions() -> None:
    offers = (
        {"offer_id": "a", "provider": "loyalty", "kind": "voucher", "title": "A"}
        | {"line_amounts": {"1": 1_00}, "redemption_reference": "vr-5"}
        | {"redemption_operation": "redeem_voucher"},
        {"offer_id": "b", "provider": "other", "kind": "coupon", "title": "B"}
        | {"line_amounts": {"1": 50, "9": 50}, "redemption_reference": "x-1"},
    )
    told = tuple(SoldOffer.model_validate(offer) for offer in offers)
    written = body(sale(sold(line("1", 5_00), 1_50), offers=told))
    first, second = parts(written, "applied_discounts")

    assert first["offer"] == {"uuid": "vr-5", "type": "VOUCHER_REDEMPTION"}
    assert first["line_items"] == [{"external_identifier": "chk_1-1"}]
    assert "offer" not in second
    assert second["amount"] == 50


def test_charges_tax_and_our_payments_are_told() -> None:
    charges = (Charge(type="delivery", amount=2_00),)
    tenders = (
        UsedTender(type="giftcard", provider="loyalty", amount=1, transaction_id="gt-1"),
        UsedTender(type="giftcard", provider="other", amount=1, transaction_id="x-1"),
    )
    written = body(sale(sold(line("1", 5_00)), charges=charges, tenders=tenders, tax_amount=70))

    defined = [charge["charge_definition"] for charge in parts(written, "charges")]
    assert defined == [{"external_identifier": name} for name in ("SHIPPING", "TAX")]
    assert written["total_order_amount"] == 7_70
    assert written["payments"] == [{"uuid": "gt-1", "type": "GIFTCARD_TRANSACTION"}]


ITEMS: JsonValue = [
    {"external_identifier": "chk_1-1", "quantity": 2, "total_amount": 9_00, "sub_line_items": []}
]
POSTED: Json = {"uuid": "o-1", "external_identifier": "chk_1", "line_items": ITEMS, "charges": []}
RESULT: Json = {"type": "POINTS_TRANSACTION", "data": {"points": 9, "new_balance": 142}}
DONE = Done(data={"posted": True, "external_identifier": "chk_1"})


@pytest.mark.parametrize("kind", ["POINTS_TRANSACTION", "points_transaction"])
async def test_an_order_says_what_it_earned(leat: Leat, vendor: Vendor, kind: str) -> None:
    answer: Json = {"order": POSTED, "result": {**RESULT, "type": kind}}
    vendor.on("POST orders/create-and-process", data(answer))

    done = await leat.operator("post_order").do(posting(SOUP))

    assert (done.transaction_id, done.points, done.points_after) == ("o-1", 9, 142)


@pytest.mark.parametrize("result", [None, {"type": "STAMPS", "data": {"points": 1}}])
async def test_without_points_the_balance_is_read(
    leat: Leat, vendor: Vendor, result: JsonValue
) -> None:
    vendor.on("POST orders/create-and-process", data({"order": POSTED, "result": result}))
    vendor.on("GET contacts/c-1/credit-balance", data({"balance": 133}))

    done = await leat.operator("post_order").do(posting(SOUP))

    assert (done.points, done.points_after) == (None, 133)


async def test_a_sale_with_nothing_to_tell_is_not_posted(leat: Leat, vendor: Vendor) -> None:
    nothing = posting(sale(sold(line("1", 8_00, earns_points=False))))
    post_order = leat.operator("post_order")

    done = await post_order.do(nothing)

    assert (done.points, done.transaction_id) == (0, None)
    assert await post_order.undo(nothing, done) == Done()
    assert await post_order.find_undo(nothing, done, NOW) == Done()


async def test_an_order_that_is_there_already_is_ours(leat: Leat, vendor: Vendor) -> None:
    vendor.on("POST orders/create-and-process", no(1003))
    vendor.on("GET orders/find", data(POSTED), no(60013))
    vendor.on("GET contacts/c-1/credit-balance", data({"balance": 133}))
    post_order = leat.operator("post_order")

    assert (await post_order.do(posting(SOUP))).transaction_id == "o-1"
    with pytest.raises(Refused):
        await post_order.do(posting(SOUP))


async def test_a_lost_order_is_found_without_the_sale(leat: Leat, vendor: Vendor) -> None:
    find = vendor.on("GET orders/find", data(POSTED), no(60013))
    vendor.on("GET contacts/c-1/credit-balance", data({"balance": 133}))
    asked = order("post_order", "basket-1", {"contact_uuid": "c-1"}, generation=2)
    post_order = leat.operator("post_order")

    found = await post_order.find(asked, NOW)

    assert found is not None
    assert (found.points, found.points_after) == (None, 133)
    assert find.calls.last.request.url.params["external_identifier"] == "chk_1-g2"
    assert await post_order.find(asked, NOW) is None


async def test_a_return_names_what_is_left_with_its_totals(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET orders/find", data(POSTED))
    answer: Json = {"return": {"uuid": "or-1"}, "result": RESULT}
    returning = vendor.on("POST order-returns/create-and-process", data(answer))

    undone = await leat.operator("post_order").undo(posting(SOUP), DONE)

    assert vendor.sent(returning) == {
        "order": {"external_identifier": "chk_1"},
        "external_identifier": "chk_1-return",
        "status": "COMPLETED",
        "line_items": [{"external_identifier": "chk_1-1", "quantity": 2, "total_amount": 9_00}],
        "sub_line_items": [],
        "charges": [],
    }
    assert (undone.transaction_id, undone.points, undone.points_after) == ("or-1", -9, 142)


async def test_an_order_that_is_back_is_not_returned_again(leat: Leat, vendor: Vendor) -> None:
    empty: JsonValue = [{"external_identifier": "chk_1-1", "quantity": "0", "total_amount": 0}]
    vendor.on("GET orders/find", data(POSTED), *[data({**POSTED, "line_items": empty})] * 2)
    post_order = leat.operator("post_order")

    assert await post_order.find_undo(posting(SOUP), DONE, NOW) is None
    assert await post_order.find_undo(posting(SOUP), DONE, NOW) is not None
    assert (await post_order.undo(posting(SOUP), DONE)).reference == "o-1"
