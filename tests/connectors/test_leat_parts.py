"""Parts of what Leat did come back: goods of an order, money of a charge."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from tests.connectors.leat_asks import charge_card, charge_prepaid, now, post_order
from tests.connectors.leat_cases import by, card, points, prepaid
from tests.connectors.part_asks import goods, part
from tests.connectors.sandbox_server import Control
from tests.connectors.test_leat_orders import line, sale, sold
from tillsaga.connectors.leat import Leat
from tillsaga.domain.basket import Charge
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.sale import Sale
from tillsaga.errors import AnswerLost, NotSent, Refused
from tillsaga.sandbox import world

Asked = tuple[EffectOrder, Done]
applied = pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after", "malformed"])
not_applied = pytest.mark.parametrize("kind", ["drop_before", "error_before", "maintenance"])


async def done(leat: Leat, asked: EffectOrder) -> Asked:
    return asked, await leat.operator(asked.operation).do(asked)


async def one_coffee(leat: Leat) -> EffectOrder:
    """Of 2 x 5.00 less 1.00 and a 3.00: 12 points, of which 7 are earned by the rest."""
    return goods(*await done(leat, await post_order(leat)), {"1": "1"}, {"1": "1", "2": "1"})


async def five_to_the_card(leat: Leat) -> EffectOrder:
    return part(*await done(leat, await charge_card(leat)), "refund_giftcard", amount=5_00)


async def three_to_the_credit(leat: Leat) -> EffectOrder:
    return part(*await done(leat, await charge_prepaid(leat)), "refund_prepaid", amount=3_00)


@dataclass(frozen=True)
class Case:
    ask: Callable[[Leat], Awaitable[EffectOrder]]
    call: str
    trace: Callable[[Json], object]
    before: object
    after: object


CASES = {
    "return_lines": Case(one_coffee, "order_return.create_and_process", points, 132, 127),
    "refund_giftcard": Case(
        five_to_the_card, "giftcard_transaction.create", card(world.CARD_20), 8_00, 13_00
    ),
    "refund_prepaid": Case(
        three_to_the_credit, "prepaid_transaction.create", prepaid(world.ANN), 15_00, 18_00
    ),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_case
async def test_a_part_comes_back(at_sandbox: Leat, box: Control, case: Case) -> None:
    asked = await case.ask(at_sandbox)
    assert case.trace(box.books()) == case.before

    await at_sandbox.operator(asked.operation).do(asked)

    assert case.trace(box.books()) == case.after


@every_case
@applied
async def test_what_was_given_back_is_found(
    at_sandbox: Leat, box: Control, case: Case, kind: str
) -> None:
    asked = await case.ask(at_sandbox)
    operator, since = at_sandbox.operator(asked.operation), now()
    box.fault(case.call, kind)

    with pytest.raises(AnswerLost):
        await operator.do(asked)
    found = await operator.find(asked, since)

    assert found is not None
    assert case.trace(box.books()) == case.after


@every_case
@not_applied
async def test_what_was_not_given_back_is_not_found(
    at_sandbox: Leat, box: Control, case: Case, kind: str
) -> None:
    asked = await case.ask(at_sandbox)
    operator, since = at_sandbox.operator(asked.operation), now()
    box.fault(case.call, kind)

    with pytest.raises(AnswerLost):
        await operator.do(asked)

    assert await operator.find(asked, since) is None
    await operator.do(asked)
    assert case.trace(box.books()) == case.after


@every_case
async def test_a_throttled_call_gave_nothing_back(
    at_sandbox: Leat, box: Control, case: Case
) -> None:
    asked = await case.ask(at_sandbox)
    box.fault(case.call, "rate_limited")

    with pytest.raises(NotSent):
        await at_sandbox.operator(asked.operation).do(asked)

    assert case.trace(box.books()) == case.before


async def test_a_card_that_takes_nothing_more_is_refused(at_sandbox: Leat, box: Control) -> None:
    asked = await five_to_the_card(at_sandbox)
    box.refuse("giftcard_transaction.create", 5006)

    with pytest.raises(Refused):
        await at_sandbox.operator("refund_giftcard").do(asked)


def fault(box: Control, operation: str, code: int) -> None:
    box._post("/faults", {"vendor": "leat", "operation": operation, "kind": "refuse", "code": code})


# --- goods of an order ----------------------------------------------------------------------------


async def ordered(leat: Leat, sold_goods: Sale) -> Asked:
    asked = await post_order(leat)
    return await done(leat, asked.model_copy(update={"sale": sold_goods}))


def left(box: Control) -> dict[str, tuple[object, object]]:
    document = by(box.books(), "orders", "external_identifier", "chk_1")["left"]
    assert isinstance(document, dict)
    lines = document["line_items"]
    assert isinstance(lines, list)
    rows = [row for row in lines if isinstance(row, dict)]
    rows += [s for r in rows for s in _dicts(r["sub_line_items"])]
    return {str(r["external_identifier"]): (r["quantity"], r["total_amount"]) for r in rows}


def _dicts(value: object) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


async def test_a_part_is_asked_for_with_its_amount(at_sandbox: Leat, box: Control) -> None:
    """Trap 18: without amounts discounts may be forgotten."""
    asked = await one_coffee(at_sandbox)

    done = await at_sandbox.operator("return_lines").do(asked)

    assert left(box) == {"chk_1-1": (1, 4_50), "chk_1-2": (1, 3_00)}
    assert (done.points, done.points_after) == (-5, 127)


async def test_modifiers_and_add_ons_come_back_with_their_line(
    at_sandbox: Leat, box: Control
) -> None:
    milk = {"line_id": "m", "sku": "OAT", "title": "Oat milk", "unit_amount": 50}
    coffee = line("1", 3_00, "3", add_ons=[milk])
    whole, made = await ordered(at_sandbox, sale(sold(coffee, 1_00)))

    asked = goods(whole, made, {"1": "1"}, {"1": "2"})
    await at_sandbox.operator("return_lines").do(asked)

    lines = left(box)
    assert [quantity for quantity, _ in lines.values()] == [2, 2]
    assert sum(int(str(total)) for _, total in lines.values()) in (6_33, 6_34)


async def test_weighed_goods_come_back_by_their_amount(at_sandbox: Leat, box: Control) -> None:
    """Quantities are whole there: a part of an item is an amount, and the last part the item."""
    whole, made = await ordered(at_sandbox, sale(sold(line("1", 10_01, "0.350"))))
    returning = at_sandbox.operator("return_lines")

    await returning.do(goods(whole, made, {"1": "0.100"}, {"1": "0.250"}))
    assert left(box) == {"chk_1-1": (1, 2_50)}
    await returning.do(goods(whole, made, {"1": "0.250"}, {"1": "0.000"}, refund_id="r-2"))

    assert left(box) == {"chk_1-1": (0, 0)}
    assert points(box.books()) == 120


@pytest.mark.parametrize("first", ["1", "2"])
async def test_parts_add_up_to_the_whole(at_sandbox: Leat, box: Control, first: str) -> None:
    sold_goods = sale(
        sold(line("1", 3_33, "3"), 1_00),
        sold(line("2", 4_99)),
        charges=[Charge(type="service", amount=1_00)],
    )
    whole, made = await ordered(at_sandbox, sold_goods)
    other = "2" if first == "1" else "1"
    all_of = {"1": "3", "2": "1"}
    returning = at_sandbox.operator("return_lines")

    one = await returning.do(
        goods(whole, made, {first: all_of[first]}, {first: "0", other: all_of[other]})
    )
    asked = goods(
        whole,
        made,
        {other: all_of[other]},
        {"1": "0", "2": "0"},
        refund_id="r-2",
        earlier=(one,),
    )
    assert await foresee(at_sandbox, asked) == (await returning.do(asked)).points

    assert points(box.books()) == 120
    assert set(left(box).values()) == {(0, 0)}


async def foresee(leat: Leat, asked: EffectOrder) -> int | None:
    return await leat.foresee_return(asked)


async def test_what_will_be_taken_is_foreseen(at_sandbox: Leat, box: Control) -> None:
    asked = await one_coffee(at_sandbox)
    before = box.books()

    foreseen = await foresee(at_sandbox, asked)

    assert box.books() == before
    assert foreseen == (await at_sandbox.operator("return_lines").do(asked)).points == -5


async def test_what_was_taken_is_worked_out_where_the_answer_was_lost(
    at_sandbox: Leat, box: Control
) -> None:
    asked = await one_coffee(at_sandbox)
    box.fault("order_return.create_and_process", "drop_after")
    with pytest.raises(AnswerLost):
        await at_sandbox.operator("return_lines").do(asked)

    found = await at_sandbox.operator("return_lines").find(asked, now())

    assert found is not None
    assert (found.points, found.data["points"]) == (-5, 5)


async def test_returned_twice_takes_the_points_once(at_sandbox: Leat, box: Control) -> None:
    asked = await one_coffee(at_sandbox)
    returning = at_sandbox.operator("return_lines")

    await returning.do(asked)
    await returning.do(asked)

    assert points(box.books()) == 127


async def test_goods_that_earned_nothing_take_nothing_back(at_sandbox: Leat, box: Control) -> None:
    gift = line("2", 9_00, earns_points=False)
    whole, made = await ordered(at_sandbox, sale(sold(line("1", 5_00)), sold(gift)))

    asked = goods(whole, made, {"2": "1"}, {"1": "1", "2": "0"})
    done = await at_sandbox.operator("return_lines").do(asked)

    assert (done.points, points(box.books())) == (0, 125)


# --- points that are spent already ----------------------------------------------------------------


async def spent(leat: Leat, box: Control, policy: str) -> EffectOrder:
    """Ann has 132 points after the sale, and spends all but 2 of them."""
    asked = await one_coffee(leat)
    await take(leat, 130)
    return asked.model_copy(update={"request": asked.request | {"spent_points": policy}})


async def take(leat: Leat, credits: int) -> None:
    await leat._parts.client.act(
        "credit-receptions",
        body={"shop_uuid": world.SHOP, "contact_uuid": world.ANN, "credits": -credits},
    )


@pytest.mark.parametrize(
    ("policy", "balance", "concerns"),
    [("negative", -3, []), ("floor", 2, []), ("review", 2, ["points_spent"])],
)
async def test_spent_points_follow_the_stores_policy(
    at_sandbox: Leat, box: Control, policy: str, balance: int, concerns: list[str]
) -> None:
    asked = await spent(at_sandbox, box, policy)

    foreseen = await foresee(at_sandbox, asked)
    done = await at_sandbox.operator("return_lines").do(asked)

    assert points(box.books()) == balance
    assert [concern.code for concern in done.concerns] == concerns
    assert foreseen == done.points == (-5 if policy == "negative" else 0)


@pytest.mark.parametrize("policy", ["floor", "review"])
async def test_points_that_are_there_are_taken_under_any_policy(
    at_sandbox: Leat, box: Control, policy: str
) -> None:
    asked = await one_coffee(at_sandbox)
    asked = asked.model_copy(update={"request": asked.request | {"spent_points": policy}})

    done = await at_sandbox.operator("return_lines").do(asked)

    assert (done.points, done.concerns, points(box.books())) == (-5, (), 127)
