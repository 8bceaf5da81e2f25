"""Sheet 1 and 7: authorization, bodies, and what is malformed."""

from typing import Any

import pytest

from tests.sandbox.letstrade_till import (
    FINALISE,
    MUFFIN,
    OFFERINGS,
    REFUND,
    LetsTradeTill,
    basket_b,
    refusal,
    shop,
)
from tillsaga.sandbox.letstrade import world

__all__ = ["shop"]
pytestmark = pytest.mark.asyncio


def line(**more: Any) -> dict[str, Any]:
    return {"product_list": [MUFFIN | more]}


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"uuid": None}, '"basket.uuid" is required'),
    ({"uuid": ""}, '"basket.uuid" is not allowed to be empty'),
    ({"uuid": 5}, '"basket.uuid" must be a string'),
    ({"total": None}, '"basket.total" is required'),
    ({"total": 100}, '"basket.total" must be a string'),
    ({"total": True}, '"basket.total" must be a string'),
    ({"total": "ten"}, '"basket.total" must be a decimal number'),
    ({"total": "-1"}, '"basket.total" must be a decimal number'),
    ({"total": "NaN"}, '"basket.total" must be a decimal number'),
    ({"vat": "x"}, '"basket.vat" must be a decimal number'),
    ({"service_fee": 2}, '"basket.service_fee" must be a string'),
    ({"product_list": None}, '"basket.product_list" is required'),
    ({"product_list": {}}, '"basket.product_list" must be an array'),
    ({"product_list": [1]}, '"basket.product_list[0]" must be an object'),
    (line(sku=None), '"basket.product_list[0].sku" is required'),
    (line(pid=None), '"basket.product_list[0].pid" is required'),
    (line(price=None), '"basket.product_list[0].price" is required'),
    (line(quantity=2), '"basket.product_list[0].quantity" must be a string'),
    (line(on_promotion="true"), '"basket.product_list[0].on_promotion" must be a boolean'),
    (line(condiments=[{}]), '"basket.product_list[0].condiments[0].pid" is required'),
    (line(add_ons=[{"sku": "A"}]), '"basket.product_list[0].add_ons[0].pid" is required'),
    ({"user": "me"}, '"basket.user" must be an object'),
    ({"user": {"email": "me"}}, '"basket.user.email" must be a valid email'),
    ({"user": {"cell_number": 8}}, '"basket.user.cell_number" must be a string'),
]
OUTER: list[tuple[dict[str, Any], int, str]] = [
    ({"store_id": None}, 400, '"store_id" is required'),
    ({"terminal_id": None}, 400, '"terminal_id" is required'),
    ({"basket": None}, 400, '"basket" is required'),
    ({"code": "R1"}, 400, '"code" must be an array'),
    ({"code": [1]}, 400, '"code[0]" must be a string'),
    ({"code": ["X1"]}, 400, '"code[0]" must start with P, R or E'),
    ({"code": [""]}, 400, '"code[0]" must start with P, R or E'),
    ({"store_id": "S-9"}, 404, "Store not found"),
    ({"terminal_id": "T9"}, 404, "Terminal not found"),
    ({"store_id": world.OTHER_STORE}, 404, "Terminal not found"),
]
BOTH = pytest.mark.parametrize("path", [OFFERINGS, FINALISE])


@BOTH
async def test_7_a_malformed_basket_is_400_naming_the_field(shop: LetsTradeTill, path: str) -> None:
    for wrong, message in MALFORMED:
        assert await shop.refused(path, **wrong) == (400, message)


@BOTH
async def test_7_shape_comes_before_store_and_terminal(shop: LetsTradeTill, path: str) -> None:
    body: dict[str, Any] = {"store_id": world.STORE, "terminal_id": world.TERMINAL}
    body["basket"] = basket_b(outstanding="100.00")
    for wrong, status, message in OUTER:
        assert refusal(await shop.post(path, body | wrong)) == (status, message)


@pytest.mark.parametrize(
    ("voucher", "field"), [({"value": "1"}, "id"), ({"id": "x"}, "value"), ({}, "id")]
)
async def test_7_an_external_voucher_needs_id_and_value(
    shop: LetsTradeTill, voucher: Any, field: str
) -> None:
    refused = await shop.refused(OFFERINGS, external_vouchers=[voucher])

    assert refused == (400, f'"basket.external_vouchers[0].{field}" is required')


async def test_7_passed_back_objects_are_objects(shop: LetsTradeTill) -> None:
    for name in ("vouchers", "deals"):
        assert (await shop.refused(FINALISE, **{name: ["v-1"]}))[0] == 400
    assert (await shop.refused(FINALISE, **line(deal="d-1")))[0] == 400


async def test_1_the_body_is_a_json_object(shop: LetsTradeTill) -> None:
    bearer = {"Authorization": f"Bearer {world.TOKEN}", "Content-Type": "application/json"}
    for content in (b"{", b"[]", b""):
        answer = await shop.http.post(OFFERINGS, content=content, headers=bearer)
        assert refusal(answer)[0] == 400
    form = bearer | {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await shop.http.post(OFFERINGS, content=b"a=b", headers=form)

    assert refusal(answer)[0] == 400


@pytest.mark.parametrize("path", [OFFERINGS, FINALISE, REFUND])
async def test_1_every_call_needs_the_bearer_before_anything_else(
    shop: LetsTradeTill, path: str
) -> None:
    assert refusal(await shop.post(path, {}, token=None)) == (401, "Unauthorized")


async def test_1_elsewhere_nothing_answers(shop: LetsTradeTill) -> None:
    assert refusal(await shop.post("/letstrade/v1/nope", {}))[0] == 404
    assert refusal(await shop.http.get(OFFERINGS))[0] == 405


async def test_3_codes_may_be_omitted_and_an_empty_quote_is_a_quote(shop: LetsTradeTill) -> None:
    body = {"store_id": world.STORE, "terminal_id": world.TERMINAL}
    sent = body | {"basket": basket_b(outstanding="0", product_list=[])}

    assert (await shop.post(OFFERINGS, sent)).json()["basket"]["outstanding_amount"] == "0.00"
