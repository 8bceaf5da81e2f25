"""Sheet 3.9 orders, 3.10 order returns: points computed from the parts."""

from typing import Any

import pytest

from tillsaga.sandbox import world

pytestmark = pytest.mark.asyncio
CREATE = "/orders/create-and-process"
RETURN = "/order-returns/create-and-process"


def line(name: str, quantity: int, price: int, off: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "external_identifier": name,
        "name": name.title(),
        "quantity": quantity,
        "price": price,
        "total_amount": quantity * price - off,
        "discount_amount": off,
        "product": {"external_identifier": f"SKU-{name}"},
    } | more


def order(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    total = sum(one["total_amount"] for one in lines)
    return {
        "external_identifier": "POS-1001",
        "status": "COMPLETED",
        "payment_status": "PAID",
        "total_order_amount": total,
        "contact": {"uuid": world.ANN},
        "business_profile": {"uuid": world.SHOP},
        "line_items": list(lines),
    } | more


def returned(n: int, **parts: Any) -> dict[str, Any]:
    known = {"external_identifier": "POS-1001"}
    return {"order": known, "external_identifier": f"R-{n}", "status": "COMPLETED"} | parts


async def points_of(till: Any, sent: dict[str, Any]) -> Any:
    return (await till.ok("POST", CREATE, **sent))["result"]["data"]["points"]


async def taken(till: Any, n: int, **parts: Any) -> Any:
    return (await till.ok("POST", RETURN, **returned(n, **parts)))["result"]["data"]


async def test_3_9_a_paid_order_earns_a_point_per_whole_unit(till: Any) -> None:
    made = await till.ok("POST", CREATE, **order(line("soup", 2, 599), reference="R-1001"))

    assert made["result"] == {
        "type": "POINTS_TRANSACTION",
        "data": {"points": 11, "new_balance": 131},
    }
    shown = made["order"]
    assert shown["formatted_total_order_amount"] == "€ 11.98"
    assert shown["currency"] == "EUR"
    assert shown["line_items"][0]["product"] == {"external_identifier": "SKU-soup", "name": "Soup"}
    assert "payments" not in shown
    assert await till.ok("GET", "/orders/find", external_identifier="POS-1001") == shown
    assert await till.ok("GET", f"/orders/{shown['uuid']}") == shown
    assert [one["uuid"] for one in await till.ok("GET", "/orders")] == [shown["uuid"]]


async def test_3_9_points_come_from_parts_not_from_the_total(till: Any) -> None:
    sub = line("oat milk", 1, 50)
    lines = [line("coffee", 2, 350, off=200, sub_line_items=[sub]), line("cake", 1, 400)]
    discounts = [
        {"external_identifier": "d1", "name": "On lines", "amount": 200}
        | {"applied_to": "ORDER_LINES", "line_items": [{"external_identifier": "coffee"}]},
        {"external_identifier": "d2", "name": "Basket", "amount": 300, "applied_to": "ORDER"},
    ]
    charge = {"external_identifier": "c1", "name": "Service", "total_amount": 250}
    parts = {"applied_discounts": discounts, "charges": [charge], "total_order_amount": 1}

    assert await points_of(till, order(*lines, **parts)) == (500 + 50 + 400 + 250 - 300) // 100


async def test_3_9_the_currency_decides_what_a_whole_unit_is(till: Any) -> None:
    assert await points_of(till, order(line("tea", 1, 450), currency="JPY")) == 450


@pytest.mark.parametrize("states", [("COMPLETED", "UNPAID"), ("CANCELLED", "PAID")])
async def test_3_9_unpaid_and_cancelled_orders_earn_nothing(
    till: Any, states: tuple[str, str]
) -> None:
    status, paid = states
    made = await till.ok(
        "POST", CREATE, **order(line("tea", 1, 500), status=status, payment_status=paid)
    )

    assert made["result"] is None
    assert await till.points() == 120


async def test_3_9_an_account_without_order_action_answers_a_null_result(till: Any) -> None:
    await till.switch(result_null=True)

    assert (await till.ok("POST", CREATE, **order(line("tea", 1, 500))))["result"] is None
    assert await till.points() == 120


async def test_3_9_an_order_is_processed_once_and_updated_in_its_states_only(till: Any) -> None:
    made = await till.ok("POST", "/orders", **order(line("tea", 1, 500), payment_status="UNPAID"))
    path = f"/orders/{made['uuid']}"
    paid = await till.ok("PUT", path, payment_status="PAID", reference="ignored")
    assert (paid["payment_status"], paid["reference"]) == ("PAID", None)

    assert (await till.ok("POST", f"{path}/process"))["data"]["points"] == 5
    assert await till.refused("POST", f"{path}/process") == 1003
    await till.ok("PUT", path, status="CANCELLED")
    assert await till.points() == 125
    assert await till.refused("PUT", path, status="GONE") == 1003
    assert await till.refused("POST", "/orders/nope/process") == 60013
    assert await till.refused("GET", "/orders/find", external_identifier="x") == 60013


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contact": {"uuid": "x"}}, 55031),
        ({"contact": None}, 1003),
        ({"business_profile": {"uuid": "x"}}, 1008),
        ({"line_items": []}, 1003),
        ({"line_items": [line("a", 1, 1), line("a", 1, 1)]}, 1003),
        ({"status": "DONE"}, 1003),
        ({"payments": [{"uuid": "x", "type": "CARD"}]}, 1003),
        ({"line_items": [line("a", 1, 1, result={"uuid": "x", "type": "GIFT"})]}, 1003),
        ({"total_order_amount": None}, 1003),
    ],
)
async def test_3_9_a_refused_order_leaves_nothing(
    till: Any, changes: dict[str, Any], code: int
) -> None:
    assert await till.refused("POST", CREATE, **(order(line("tea", 1, 500)) | changes)) == code
    assert (await till.books())["orders"] == {}


async def test_3_9_an_external_identifier_is_used_once(till: Any) -> None:
    sent = order(line("tea", 1, 500))
    await till.ok("POST", CREATE, **sent)

    assert await till.refused("POST", CREATE, **sent) == 1003
    assert await till.points() == 125


async def test_3_9_offers_and_payments_are_recorded_only(till: Any) -> None:
    links = {"payments": [{"uuid": "gt-1", "type": "GIFTCARD_TRANSACTION"}]}
    uuid = (await till.ok("POST", CREATE, **order(line("tea", 1, 500), **links)))["order"]["uuid"]

    books = (await till.books())["orders"][uuid]
    assert books["sent"]["payments"] == links["payments"]
    assert (books["points_awarded"], books["points_corrected"]) == (5, 0)


async def test_3_9_simulate_keeps_nothing_and_wants_no_ids(till: Any) -> None:
    bare = {"line_items": [{"name": "Tea", "quantity": 1, "price": 700, "total_amount": 700}]}

    assert await till.ok("POST", "/orders/simulate", **bare) == {
        "type": "points_transaction",
        "data": {"points": 7},
    }
    assert (await till.books())["orders"] == {}


async def test_3_10_a_return_takes_the_points_of_its_parts(till: Any) -> None:
    made = (await till.ok("POST", CREATE, **order(line("soup", 2, 500))))["order"]
    part = {"external_identifier": "soup", "quantity": 1, "total_amount": 500}
    back = await till.ok("POST", RETURN, **returned(1, line_items=[part]))

    assert back["result"]["data"] == {"points": 5, "new_balance": 125}
    assert back["return"]["order"] == {"uuid": made["uuid"]}
    assert back["return"]["line_item_returns"][0]["line_item"] == {
        "uuid": made["line_items"][0]["uuid"]
    }
    left = (await till.ok("GET", f"/orders/{made['uuid']}"))["line_items"][0]
    assert (left["quantity"], left["total_amount"]) == (1, 500)


async def test_3_10_naming_no_part_returns_everything_left(till: Any) -> None:
    charge = {"external_identifier": "c1", "name": "Service", "total_amount": 155}
    off = {"external_identifier": "d", "name": "Off", "amount": 100, "applied_to": "ORDER"}
    more = {"charges": [charge], "applied_discounts": [off]}
    assert await points_of(till, order(line("soup", 1, 999), **more)) == 10

    assert await taken(till, 1) == {"points": 10, "new_balance": 120}
    assert await till.refused("POST", RETURN, **returned(2)) == 1003


async def test_3_10_parts_of_a_full_return_add_up_to_the_award(till: Any) -> None:
    assert await points_of(till, order(line("a", 3, 333), line("b", 1, 150))) == 11
    one = {"external_identifier": "a", "quantity": 1, "total_amount": 333}
    last = {"external_identifier": "b", "quantity": 1, "total_amount": 150}
    got = [(await taken(till, n, line_items=[one]))["points"] for n in range(3)]
    got.append((await taken(till, 9, line_items=[last]))["points"])

    assert sum(got) == 11
    assert await till.points() == 120


async def test_3_10_without_an_amount_the_discount_is_forgotten(till: Any) -> None:
    await points_of(till, order(line("a", 2, 500, off=400)))

    part = {"external_identifier": "a", "quantity": 1}
    assert (await taken(till, 1, line_items=[part]))["points"] == 5


async def test_3_10_sub_lines_charges_and_discounts_come_back_by_name(till: Any) -> None:
    charge = {"external_identifier": "c1", "name": "Service", "total_amount": 200}
    off = {"external_identifier": "d", "name": "Off", "amount": 100, "applied_to": "ORDER"}
    sent = order(line("a", 1, 500, sub_line_items=[line("s", 1, 300)]))
    sent |= {"charges": [charge], "applied_discounts": [off]}
    assert await points_of(till, sent) == 9

    sub = {"external_identifier": "s", "quantity": 1, "total_amount": 300}
    fee = {"external_identifier": "c1", "total_amount": 200}
    granted = {"external_identifier": "d", "amount": 100}
    parts = {"sub_line_items": [sub], "charges": [fee], "applied_discounts": [granted]}
    assert (await taken(till, 1, **parts))["points"] == 4


async def test_3_10_goodwill_is_an_amount_without_quantity(till: Any) -> None:
    await points_of(till, order(line("a", 1, 1000)))

    part = {"external_identifier": "a", "quantity": 0, "total_amount": 200}
    assert (await taken(till, 1, line_items=[part]))["points"] == 2


@pytest.mark.parametrize(
    "part",
    [
        {"external_identifier": "a", "quantity": 3, "total_amount": 1},
        {"external_identifier": "a", "quantity": 1, "total_amount": 1001},
        {"external_identifier": "b", "quantity": 1, "total_amount": 1},
    ],
)
async def test_3_10_over_returns_and_unknown_lines_are_refused(
    till: Any, part: dict[str, Any]
) -> None:
    await points_of(till, order(line("a", 2, 500)))

    assert await till.refused("POST", RETURN, **returned(1, line_items=[part])) == 1003
    assert await till.points() == 130


async def test_3_10_a_returns_identifier_is_used_once_and_its_order_must_exist(till: Any) -> None:
    await points_of(till, order(line("a", 2, 500)))
    part = {"external_identifier": "a", "quantity": 1, "total_amount": 500}
    await taken(till, 1, line_items=[part])

    assert await till.refused("POST", RETURN, **returned(1, line_items=[part])) == 1003
    other = returned(2) | {"order": {"uuid": "nope"}}
    assert await till.refused("POST", RETURN, **other) == 60013


async def test_3_10_the_balance_may_go_below_zero(till: Any) -> None:
    await points_of(till, order(line("a", 1, 10_000), contact={"uuid": world.BOB}))
    spend = {"contact_uuid": world.BOB, "shop_uuid": world.SHOP, "credits": -140}
    await till.ok("POST", "/credit-receptions", **spend)

    assert await taken(till, 1) == {"points": 100, "new_balance": -100}


async def test_3_10_create_then_process_and_nothing_for_an_unprocessed_order(till: Any) -> None:
    await till.ok("POST", "/orders", **order(line("a", 1, 500)))
    made = await till.ok("POST", "/order-returns", **returned(1, status="PENDING"))
    path = f"/order-returns/{made['uuid']}/process"

    assert made["status"] == "PENDING"
    assert await till.ok("POST", path) is None
    assert await till.refused("POST", path) == 1003
    assert await till.points() == 120
