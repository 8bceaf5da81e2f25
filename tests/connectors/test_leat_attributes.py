from decimal import Decimal

import pytest
from pydantic import JsonValue

from tillsaga.connectors.leat.attributes import Discounts
from tillsaga.connectors.leat.shapes import Reward, Voucher
from tillsaga.domain.discounts import Discount
from tillsaga.domain.model import Json

RULE = Discount(type="absolute", amount=1_00)
DISCOUNTS = Discounts("p_", "EUR", {"RULE-1": RULE})


def of_reward(**attributes: JsonValue) -> Discount | None:
    prefixed = {f"p_{name}": value for name, value in attributes.items()}
    return DISCOUNTS.of_reward(Reward.model_validate({"uuid": "rw-1", **prefixed}))[0]


READ: dict[str, tuple[Json, Discount | None]] = {
    "rule": ({"discount_rule_id": "RULE-1", "discount_type": "free_item"}, RULE),
    "unknown rule": ({"discount_rule_id": "RULE-9"}, None),
    "per cent": (
        {"discount_type": "percentage_discount", "discount_value": "12.5"},
        Discount(type="percentage", percent=Decimal("12.5")),
    ),
    "too many per cent": ({"discount_type": "percentage_discount", "discount_value": 101}, None),
    "major units": (
        {"discount_type": "absolute_discount", "discount_value": 5.1, "category": "drinks"},
        Discount(type="absolute", amount=5_10, categories=("drinks",)),
    ),
    "products": (
        {"discount_type": "free_item", "discount_value": 100, "product_code": "A, B,"},
        Discount(type="free_item", skus=("A", "B")),
    ),
    "a free item of all": ({"discount_type": "free_item", "product_code": ""}, None),
    "minimum": (
        {"discount_type": "absolute_discount", "discount_value": "5", "minimum_spend": "20"},
        Discount(type="absolute", amount=5_00, min_spend_amount=20_00),
    ),
    "unreadable minimum": (
        {"discount_type": "absolute_discount", "discount_value": "5", "minimum_spend": "much"},
        None,
    ),
    "unset": ({"discount_type": None, "discount_rule_id": "", "discount_value": ""}, None),
    "no value": ({"discount_type": "absolute_discount", "discount_value": "five"}, None),
    "boolean": ({"discount_type": "absolute_discount", "discount_value": True}, None),
    "unknown type": ({"discount_type": "magic", "discount_value": 5}, None),
    "select in a list": (
        {"discount_type": ["absolute_discount"], "discount_value": 5},
        Discount(type="absolute", amount=5_00),
    ),
}


@pytest.mark.parametrize(("attributes", "discount"), READ.values(), ids=READ)
def test_attributes_become_a_discount(attributes: Json, discount: Discount | None) -> None:
    assert of_reward(**attributes) == discount


def test_a_vouchers_attributes_stand_in_two_places() -> None:
    promotion = {"uuid": "p-1", "name": "Xmas", "p_discount_type": "absolute_discount"}
    voucher = {"uuid": "v-1", "code": "X", "status": "ACTIVE", "promotion": promotion}
    own = {**voucher, "attributes": {"p_discount_value": "5", "p_discount_type": ""}}

    assert DISCOUNTS.of_voucher(Voucher.model_validate(own))[0] == Discount(
        type="absolute", amount=5_00
    )
    assert DISCOUNTS.of_voucher(Voucher.model_validate({**voucher, "attributes": []}))[0] is None


def test_other_integrations_attributes_are_not_ours() -> None:
    reward = Reward.model_validate({"uuid": "rw-1", "discount_rule_id": "RULE-1"})

    assert DISCOUNTS.of_reward(reward) == (None, None)
