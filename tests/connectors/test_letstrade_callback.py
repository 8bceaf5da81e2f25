import json
from decimal import Decimal

import pytest

from tests.connectors.letstrade_asks import basket, connector
from tillsaga.connectors.letstrade import callback
from tillsaga.connectors.letstrade.callback import OpenBill
from tillsaga.connectors.letstrade.kept import line_objects_in
from tillsaga.connectors.letstrade.picked import refit
from tillsaga.connectors.letstrade.slip import slip_payload
from tillsaga.connectors.letstrade.wire import Money
from tillsaga.domain.discounts import Discount
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Offer
from tillsaga.errors import Refusal

BILL = OpenBill("loyalty", "S-014", basket(), 100_00, terminal_id="T2")
VOUCHER: Json = {"_id": "v-1", "title": "R10 off", "apply_to": "BASKET", "discount": 10}
BODY: Json = {
    "uid": "basket-0001",
    "reference": "R10 OFF / V-1",
    "store_id": "S-014",
    "terminal_id": "T2",
    "transaction_id": "basket-0001",
    "original_amount": "100.00",
    "discount_amount": "10.00",
    "remaining_amount": "90.00",
    "vouchers": [VOUCHER],
}


def refusal(body: Json, bill: OpenBill = BILL) -> str:
    with pytest.raises(Refusal) as refused:
        callback.check(callback.parse(body), bill)
    return refused.value.code


def test_a_selection_becomes_offers_and_an_answer() -> None:
    asked = callback.parse({**BODY, "new_field": 1})
    callback.check(asked, BILL)

    offer = callback.offers(asked, BILL)[0]

    assert (offer.id, offer.subject) == ("loyalty:voucher:v-1", "v-1@basket-0001")
    assert offer.discount is not None
    assert (offer.discount.amount, offer.sealed_by_sale) == (10_00, True)
    assert offer.data["vouchers"] == [VOUCHER]
    assert (offer.data["appended"], offer.reference) == ("basket-0001", "R10 OFF / V-1")
    assert callback.reply(asked, "ZAR") == {
        "success": True,
        "message": "Vouchers applied",
        "content": {
            "uid": "basket-0001",
            "transaction_id": "basket-0001",
            "status": "APPLIED",
            "original_amount": "100.00",
            "discount_amount": "10.00",
            "remaining_amount": "90.00",
            "reprint_required": True,
        },
    }


def test_a_voucher_for_a_product_stands_at_its_line() -> None:
    voucher: Json = {**VOUCHER, "apply_to": "PRODUCT", "sku": "MUF-01", "reference": "Muffin!"}
    asked = callback.parse({**BODY, "vouchers": [voucher]})

    offer = callback.offers(asked, BILL)[0]

    assert offer.discount is not None
    assert offer.discount.line_amounts == {"2": 10_00}
    assert offer.data["line_vouchers"] == {"2": [voucher]}
    assert offer.reference == "Muffin!"


def test_amounts_may_be_numbers_and_vouchers_absent() -> None:
    amounts: Json = {"original_amount": 100, "discount_amount": 10.0, "remaining_amount": "90"}
    asked = callback.parse({**BODY, **amounts, "vouchers": None, "terminal_id": None})
    callback.check(asked, BILL)

    offer = callback.offers(asked, BILL)[0]

    assert offer.discount is not None
    assert (offer.title, offer.discount.amount) == ("R10 OFF / V-1", 10_00)


def test_an_empty_selection_takes_everything_back() -> None:
    body: Json = {**BODY, "discount_amount": "0", "remaining_amount": "100", "vouchers": []}
    asked = callback.parse(body)
    callback.check(asked, BILL)

    assert callback.offers(asked, BILL) == ()


@pytest.mark.parametrize(
    "field", [name for name in BODY if name not in ("vouchers", "terminal_id")]
)
def test_what_is_missing_is_named(field: str) -> None:
    body = {name: value for name, value in BODY.items() if name != field}

    with pytest.raises(Refusal) as refused:
        callback.parse(body)

    assert refused.value.code == "malformed_request"
    assert field in refused.value.detail


@pytest.mark.parametrize("amount", ["ten", True, None, "-1", "NaN", {}])
def test_what_is_no_amount_is_malformed_and_not_repeated(amount: object) -> None:
    body = json.loads(json.dumps({**BODY, "discount_amount": amount}))

    with pytest.raises(Refusal) as refused:
        callback.parse(body)

    assert refused.value.code == "malformed_request"
    assert "ten" not in refused.value.detail


@pytest.mark.parametrize("body", [None, [], "x", 1])
def test_what_is_no_object_is_malformed(body: list[str] | str | int | None) -> None:
    with pytest.raises(Refusal) as refused:
        callback.parse(body)  # type: ignore[arg-type]

    assert refused.value.code == "malformed_request"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"uid": "other"}, "state_conflict"),
        ({"transaction_id": "other"}, "state_conflict"),
        ({"store_id": "S-015"}, "state_conflict"),
        ({"terminal_id": "T3"}, "state_conflict"),
        ({"remaining_amount": "91.00"}, "basket_mismatch"),
        ({"original_amount": "101.00", "remaining_amount": "91.00"}, "basket_mismatch"),
        ({"discount_amount": "9.00", "remaining_amount": "91.00"}, "basket_mismatch"),
        ({"discount_amount": "110.00", "remaining_amount": "0"}, "basket_mismatch"),
        ({"vouchers": [{"_id": "v-1"}]}, "basket_mismatch"),
    ],
)
def test_a_selection_that_does_not_fit_the_bill_is_refused(wrong: Json, code: str) -> None:
    assert refusal({**BODY, **wrong}) == code


def test_the_same_selection_is_a_repeat_in_any_order_of_keys() -> None:
    shuffled = dict(reversed(BODY.items()))

    assert callback.digest(shuffled) == callback.digest(BODY)
    assert callback.digest({**BODY, "reference": "other"}) != callback.digest(BODY)


async def test_an_appended_voucher_stands_until_the_customer_chooses_anew() -> None:
    letstrade = connector()
    offer = callback.offers(callback.parse(BODY), BILL)[0]

    assert await letstrade.check_offer(offer) is None
    await letstrade.aclose()


async def test_the_slip_names_store_terminal_and_bill() -> None:
    letstrade = connector()

    assert json.loads(letstrade.slip(basket(), "till-2") or "") == {
        "store_id": "S-014",
        "terminal_id": "T2",
        "transaction_id": "basket-0001",
    }
    assert slip_payload("S 1", "T&2", "b-1", "https://app.test/b").endswith(
        "?store_id=S+1&terminal_id=T%262&transaction_id=b-1"
    )
    await letstrade.aclose()


# --- on this basket and on a later one ------------------------------------------------------------


def picked(*vouchers: Json, **more: object) -> tuple[Offer, ...]:
    amount = sum(Decimal(str(voucher["discount"])) for voucher in vouchers)
    sums = {"discount_amount": str(amount), "remaining_amount": str(100 - amount)}
    asked = callback.parse(json.loads(json.dumps({**BODY, **sums, "vouchers": vouchers, **more})))
    callback.check(asked, BILL)
    return callback.offers(asked, BILL)


def later(offer: Offer, *lines: Json, total: int = 100_00) -> Discount:
    refit(offer, basket(lines=list(lines)), Money("ZAR"), total)
    assert offer.discount is not None
    return offer.discount


COFFEE: Json = {"_id": "v-2", "title": "Coffee", "discount": 35, "sku": "FW-350", "quantity": "1"}
CUP: Json = {"line_id": "9", "sku": "FW-350", "title": "Flat white", "unit_amount": 35_00}
CAKE: Json = {"line_id": "1", "sku": "CAKE", "title": "Cake", "unit_amount": 40_00}


def test_vouchers_for_products_come_first_and_what_takes_nothing_off_is_left_out() -> None:
    nothing: Json = {"_id": "v-3", "title": "Nothing left", "discount": "0.00"}

    made = picked(VOUCHER, nothing, COFFEE)

    assert [offer.spends for offer in made] == [("v-2",), ("v-1",)]


def test_a_voucher_on_two_products_is_one_offer() -> None:
    [offer] = picked(COFFEE, {**COFFEE, "sku": "MUF-01", "discount": "5.00"})

    assert offer.discount is not None
    assert offer.discount.line_amounts == {"1": 35_00, "2": 5_00}
    assert set(line_objects_in(offer.data, "vouchers")) == {"1", "2"}


def test_a_voucher_for_a_product_that_is_not_sold_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        picked({**COFFEE, "sku": "TEA-01"})

    assert refused.value.code == "basket_mismatch"


def test_a_voucher_follows_its_product_to_another_line() -> None:
    [offer] = picked(COFFEE)

    assert later(offer, CAKE, CUP).line_amounts == {"9": 35_00}
    assert line_objects_in(offer.data, "vouchers") == {"9": [COFFEE]}


@pytest.mark.parametrize(
    "lines",
    [(CAKE,), ({**CUP, "unit_amount": 34_99},), ({**CUP, "quantity": "0.5"}, CAKE)],
)
def test_a_voucher_takes_nothing_off_without_the_goods_it_was_for(lines: tuple[Json, ...]) -> None:
    [offer] = picked(COFFEE)

    assert later(offer, *lines).amount == 0


def test_a_voucher_for_all_units_needs_all_of_them() -> None:
    [offer] = picked({name: value for name, value in COFFEE.items() if name != "quantity"})

    assert later(offer.model_copy(deep=True), {**CUP, "quantity": "2"}).line_amounts == {"9": 35_00}
    assert later(offer, CUP).amount == 0


def test_a_mere_sum_stays_only_on_a_bill_of_the_same_total() -> None:
    sums: Json = {"discount_amount": "10", "remaining_amount": "90", "vouchers": []}
    [offer] = callback.offers(callback.parse({**BODY, **sums}), BILL)

    assert later(offer, CUP, total=100_00).amount == 10_00
    assert later(offer, CUP, total=35_00).amount == 0


@pytest.mark.parametrize("amount", ["1e400", "1e16", 10**400, "9" * 50])
def test_an_amount_that_nobody_sells_for_is_malformed(amount: object) -> None:
    assert refusal({**BODY, "original_amount": json.loads(json.dumps(amount))}) == (
        "malformed_request"
    )


def test_a_selection_has_a_reasonable_size() -> None:
    assert refusal({**BODY, "vouchers": [VOUCHER] * 101}) == "malformed_request"
    assert refusal({**BODY, "vouchers": [{**VOUCHER, "_id": "v" * 101}]}) == "malformed_request"


async def test_a_bill_without_goods_has_no_slip() -> None:
    letstrade = connector()
    card: Json = {"line_id": "1", "type": "giftcard_sale", "title": "Card", "unit_amount": 25_00}

    assert letstrade.slip(basket(lines=[card]), "till-2") is None
    await letstrade.aclose()
