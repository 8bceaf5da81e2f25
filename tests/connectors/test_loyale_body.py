import pytest
from pydantic import JsonValue

from tests.connectors.loyale_asks import (
    CUSTOMER,
    L25,
    L50,
    coupon,
    line,
    posting,
    sale,
    sold,
)
from tillsaga.connectors.loyale.returns import sku_of
from tillsaga.connectors.loyale.sale_body import SaleBody
from tillsaga.connectors.loyale.settings import LoyaleSettings
from tillsaga.domain.model import Json
from tillsaga.domain.sale import Sale


def written(sale: Sale, *non_earning: str, generation: int = 1) -> SaleBody:
    settings = LoyaleSettings.model_validate(
        {"outlet_id": CUSTOMER, "non_earning_payment_types": non_earning}
    )
    return SaleBody(posting(sale, generation), sale, settings)


def body(sale: Sale, *non_earning: str, generation: int = 1) -> Json:
    return written(sale, *non_earning, generation=generation).body(CUSTOMER)


def items(body: Json, *fields: str) -> list[tuple[JsonValue, ...]]:
    lines = body["lineItems"]
    assert isinstance(lines, list)
    return [tuple(item.get(f) for f in fields) for item in lines if isinstance(item, dict)]


def prices(sale: Sale) -> list[tuple[JsonValue, ...]]:
    return items(body(sale), "quantity", "unitSalePrice")


def paid(sale: Sale, *non_earning: str) -> JsonValue:
    return body(sale, *non_earning)["paymentMethods"]


# --- items ----------------------------------------------------------------------------------------


def test_a_sale_tells_where_when_and_for_whom() -> None:
    told = body(L25)

    assert told["customerId"] == CUSTOMER
    assert (told["uniqueId"], told["receiptNumber"]) == ("chk_1", "R-1")
    assert told["date"] == "2026-03-01T10:00:00.601Z"
    assert told["pos"] == {"id": "till-1", "type": "Tillsaga"}
    assert "coupons" not in told


def test_a_checkout_taken_again_is_another_transaction() -> None:
    assert body(L25, generation=2)["uniqueId"] == "chk_1-g2"


def test_trap_2_the_sale_price_is_always_sent() -> None:
    assert items(body(L50), "unitPrice", "unitSalePrice") == [(12.0, 10.0)]


def test_a_price_before_a_promotion_is_the_original_one() -> None:
    promoted = line("1", 4_00, "2", regular_unit_amount=5_00)

    assert items(body(sale(sold(promoted))), "unitPrice", "unitSalePrice") == [(5.0, 4.0)]


def test_trap_20a_a_spread_discount_splits_the_line_into_two_prices() -> None:
    assert prices(sale(sold(line("1", 20_00, "3"), 7_00))) == [(2, 17.67), (1, 17.66)]


def test_trap_20a_what_was_weighed_is_one_item_at_its_price() -> None:
    told = body(sale(sold(line("1", 10_01, "0.350"))))

    fields = ("quantity", "unitSalePrice", "description")
    assert items(told, *fields) == [(1, 3.5, "Line 1 (0.350)")]


def test_goods_taken_back_have_a_negative_quantity() -> None:
    exchanged = sale(sold(line("1", 12_00)), sold(line("2", 2_50, "-2")))

    assert prices(exchanged) == [(1, 12.0), (-2, 2.5)]


def test_a_line_tells_what_overrides_may_match() -> None:
    coffee = line("1", 5_00, categories=["Coffee"], vendor="Beans Ltd.")
    told = body(sale(sold(coffee, 2_00), offers=[coupon({"1": 2_00})]))

    fields = ("categories", "vendor", "promotions")
    assert items(told, *fields) == [(["Coffee"], "Beans Ltd.", ["2.00 off"])]


def test_the_vendors_own_product_id_wins_over_the_sku() -> None:
    own = line("1", 5_00, provider_ids={"loyalty": "P-9"})

    assert items(body(sale(sold(own))), "sku") == [("P-9",)]


def test_modifiers_are_part_of_their_lines_price() -> None:
    milk = line("m", 50).model_dump()

    assert prices(sale(sold(line("1", 3_00, "2", modifiers=[milk])))) == [(2, 3.5)]


def test_charges_tax_and_fees_are_items_of_their_own() -> None:
    charged = sale(
        sold(line("1", 5_00)),
        charges=[{"type": "service", "amount": 1_00}],
        tax_amount=50,
        due_amount=6_80,
    )

    assert items(body(charged), "sku", "unitSalePrice") == [
        ("SKU-1", 5.0),
        ("charge-service", 1.0),
        ("tax", 0.5),
        ("fees", 0.3),
    ]


def test_the_tills_own_vouchers_lower_what_they_are_for() -> None:
    vouchers = [
        {"id": "v-1", "title": "One off", "amount": 1_00, "sku": "SKU-2"},
        {"id": "v-2", "title": "Two off", "amount": 2_00},
    ]
    given = sale(
        sold(line("1", 5_00)), sold(line("2", 6_00)), external_vouchers=vouchers, due_amount=8_00
    )

    assert prices(given) == [(1, 4.0), (1, 4.0)]


def test_coupons_are_told_by_their_barcodes() -> None:
    assert body(sale(sold(line("1", 5_00), 2_00), offers=[coupon({"1": 2_00})]))["coupons"] == [
        "7652874580312"
    ]


# --- what returns need ----------------------------------------------------------------------------


def kept(sale: Sale) -> list[Json]:
    return [item.kept() for item in written(sale).items]


def test_a_line_of_one_price_is_returned_by_its_sku() -> None:
    assert sku_of(kept(L50), "1") == "SKU-1"


@pytest.mark.parametrize(
    "told",
    [
        sale(sold(line("1", 20_00, "3"), 7_00)),
        sale(sold(line("1", 5_00)), sold(line("2", 4_00, sku="SKU-1"))),
        sale(sold(line("1", 10_01, "0.350"))),
        sale(sold(line("1", 5_00, "-1")), sold(line("2", 9_00))),
        sale(sold(line("2", 9_00))),
    ],
    ids=["split", "one sku twice", "weighed", "taken back", "not sold"],
)
def test_trap_11_a_line_that_its_sku_does_not_name_needs_a_custom_return(told: Sale) -> None:
    assert sku_of(kept(told), "1") is None
