"""Parts of a sale come back at Loyale: by line item, as the remainder, by a custom return."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.connectors.loyale_asks import line, sold
from tests.connectors.loyale_cases import (
    CARD_10,
    POINTS_15,
    Box,
    Trace,
    connector,
    coupon,
    now,
    paid,
    posted,
)
from tests.connectors.part_asks import goods
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.loyale import Loyale
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.sale import Sale
from tillsaga.errors import AnswerLost, NotSent, Refused, Repeatable, Unanswerable
from tillsaga.sandbox.loyale import world

LINE, FULL, CUSTOM = "return.line_item", "return.full", "return.custom"
TWO = paid(sold(line("1", 5_00, "5")), sold(line("2", 3_33, "3")), due=34_99)
"""25.00 and 9.99 earn 209 points."""

applied = pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after", "malformed"])
not_applied = pytest.mark.parametrize("kind", ["drop_before", "error_before", "maintenance"])


@pytest.fixture
def shop(box: Control) -> Iterator[Box]:
    held = Box(box)
    yield held
    held.close()


@pytest.fixture
async def loyale(shop: Box) -> AsyncIterator[Loyale]:
    held = connector(shop)
    yield held
    await held.aclose()


class Till:
    """Sells once, and asks for refunds one after another."""

    def __init__(self, loyale: Loyale, whole: EffectOrder, made: Done) -> None:
        self.loyale = loyale
        self._whole = whole
        self._made = made
        lines = whole.sale.lines if whole.sale else ()
        self._left = {each.line.line_id: each.line.quantity for each in lines}
        self._earlier: list[Done] = []

    def asked(self, back: dict[str, str], **request: object) -> EffectOrder:
        """Ask for what comes back; all of it is with this from now on."""
        self._left = {i: q - type(q)(back.get(i, "0")) for i, q in self._left.items()}
        left = {line_id: f"{quantity:f}" for line_id, quantity in self._left.items()}
        return goods(
            self._whole,
            self._made,
            back,
            left,
            refund_id=f"r:{len(self._earlier) + 1}",
            earlier=tuple(self._earlier),
            **request,
        )

    async def back(self, back: dict[str, str], **request: object) -> Done:
        return await self.do(self.asked(back, **request))

    async def do(self, asked: EffectOrder) -> Done:
        foreseen = await self.loyale.foresee_return(asked)
        done = await self.loyale.operator("return_lines").do(asked)
        assert foreseen == done.points
        self.came_back(done)
        return done

    def came_back(self, done: Done) -> None:
        self._earlier.append(done)


async def sell(loyale: Loyale, sale: Sale = TWO) -> Till:
    whole = posted(sale)
    return Till(loyale, whole, await loyale.operator("post_transaction").do(whole))


async def test_lines_come_back_at_the_sales_own_figures(loyale: Loyale, shop: Box) -> None:
    till = await sell(loyale)

    done = await till.back({"1": "2", "2": "1"})

    assert (done.points, shop.points()) == (-(59 + 19), 7830 + 209 - 78)
    assert [row["kind"] for row in shop.rows("returns")] == ["Line Item", "Line Item"]


async def test_a_series_takes_back_exactly_what_was_earned(loyale: Loyale, shop: Box) -> None:
    till = await sell(loyale)

    for back in ({"1": "1"}, {"2": "2"}, {"1": "3", "2": "1"}, {"1": "1"}):
        await till.back(back)

    assert shop.trace() == Trace()


async def test_a_line_of_two_prices_comes_back_whole_or_by_a_custom_return(
    loyale: Loyale, shop: Box
) -> None:
    split = paid(sold(line("1", 20_00, "3"), 7_00), sold(line("2", 1_00)), due=54_00)
    whole = await sell(loyale, split)
    await whole.back({"1": "3"})
    await whole.back({"2": "1"})

    assert shop.trace() == Trace()
    assert [row["kind"] for row in shop.rows("returns")] == ["Line Item", "Full Transaction"]


async def test_a_part_of_weighed_goods_needs_a_custom_return(loyale: Loyale, shop: Box) -> None:
    till = await sell(loyale, paid(sold(line("1", 10_00, "0.500")), due=5_00))

    first = await till.back({"1": "0.200"})
    last = await till.back({"1": "0.300"})

    assert [row["kind"] for row in shop.rows("returns")] == ["Custom", "Custom"]
    assert ((first.points, last.points), shop.trace()) == ((-12, -18), Trace())
    assert last.concerns == ()


async def test_custom_returns_that_do_not_close_are_put_before_a_person(loyale: Loyale) -> None:
    """Trap 12: 3.34 earn 20 points, and three parts of it take 6 each."""
    till = await sell(loyale, paid(sold(line("1", 9_54, "0.350")), due=3_34))

    await till.back({"1": "0.117"})
    await till.back({"1": "0.117"})
    last = await till.back({"1": "0.116"})

    assert [(c.code, c.detail) for c in last.concerns] == [
        ("vendor_mismatch", "the returns took 2 points fewer than the sale gave")
    ]


async def test_points_that_paid_come_back_as_the_refund_asks(loyale: Loyale, shop: Box) -> None:
    """15.00 of 50.00 were paid with points; half the goods come back, and cash first."""
    sale = paid(sold(line("1", 10_00, "5")), due=35_00, tenders=(POINTS_15,))
    till = await sell(loyale, sale)
    sold_for = shop.points()

    await till.back({"1": "2"})
    assert shop.points() == sold_for - 120
    last = await till.back({"1": "3"}, tenders=[{"type": "points", "amount": 15_00}])

    assert last.data["points_readded"] == 1500
    assert shop.rows("returns")[-1]["kind"] == "Custom"
    assert (last.concerns, shop.trace()) == ((), Trace())


async def test_points_in_the_sales_proportion_come_back_by_line_item(
    loyale: Loyale, shop: Box
) -> None:
    sale = paid(sold(line("1", 10_00, "5")), due=35_00, tenders=(POINTS_15,))
    till = await sell(loyale, sale)

    await till.back({"1": "1"}, tenders=[{"type": "points", "amount": 3_00}])
    await till.back({"1": "4"}, tenders=[{"type": "points", "amount": 12_00}])

    assert shop.trace() == Trace()
    assert [row["kind"] for row in shop.rows("returns")] == ["Line Item", "Full Transaction"]


async def test_what_loyale_does_not_restore_is_put_before_a_person(loyale: Loyale) -> None:
    lines = sold(line("1", 20_00, "3"), 2_00)
    till = await sell(loyale, paid(lines, due=48_00, tenders=(CARD_10,), offers=[coupon(2_00)]))

    first = await till.back({"1": "1"}, tenders=[{"type": "giftcard", "amount": 4_00}])
    last = await till.back({"1": "2"}, tenders=[{"type": "giftcard", "amount": 6_00}])

    assert [(c.code, c.amount) for c in first.concerns] == [("goodwill", 4_00)]
    assert [(c.code, c.amount) for c in last.concerns][:2] == [
        ("goodwill", 6_00),
        ("goodwill", 2_00),
    ]


# --- lost answers ---------------------------------------------------------------------------------


@applied
async def test_what_came_back_is_found_and_not_returned_again(
    loyale: Loyale, shop: Box, kind: str
) -> None:
    till, since = await sell(loyale), now()
    asked = till.asked({"1": "2", "2": "1"})
    returning = loyale.operator("return_lines")
    shop.fault(LINE, kind, query_regex="^$", after=1)

    with pytest.raises(AnswerLost):
        await returning.do(asked)
    found = await returning.find(asked, since)
    await returning.do(asked)

    assert found is not None
    assert shop.points() == 7830 + 209 - 78


@not_applied
async def test_what_did_not_come_back_is_returned_when_it_is_sent_again(
    loyale: Loyale, shop: Box, kind: str
) -> None:
    till, since = await sell(loyale), now()
    asked = till.asked({"1": "2", "2": "1"})
    returning = loyale.operator("return_lines")
    shop.fault(LINE, kind, query_regex="^$", after=1)

    with pytest.raises(AnswerLost):
        await returning.do(asked)

    with pytest.raises(Repeatable):  # the first of two lines has come back
        await returning.find(asked, since)
    await returning.do(asked)
    assert shop.points() == 7830 + 209 - 78


@applied
async def test_a_lost_remainder_is_found(loyale: Loyale, shop: Box, kind: str) -> None:
    till = await sell(loyale)
    await till.back({"1": "5"})
    asked, since = till.asked({"2": "3"}), now()
    returning = loyale.operator("return_lines")
    shop.fault(FULL, kind)

    with pytest.raises(AnswerLost):
        await returning.do(asked)
    await returning.do(asked)

    assert await returning.find(asked, since) is not None
    assert shop.trace() == Trace()


@not_applied
async def test_a_remainder_that_did_not_come_back_is_not_found(
    loyale: Loyale, shop: Box, kind: str
) -> None:
    till = await sell(loyale)
    await till.back({"1": "5"})
    asked, since = till.asked({"2": "3"}), now()
    returning = loyale.operator("return_lines")
    shop.fault(FULL, kind)

    with pytest.raises(AnswerLost):
        await returning.do(asked)

    assert await returning.find(asked, since) is None


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_a_lost_custom_return_is_a_persons(loyale: Loyale, shop: Box, kind: str) -> None:
    till = await sell(loyale, paid(sold(line("1", 10_00, "0.500")), due=5_00))
    asked, since = till.asked({"1": "0.200"}), now()
    returning = loyale.operator("return_lines")
    shop.fault(CUSTOM, kind)

    with pytest.raises(AnswerLost):
        await returning.do(asked)

    with pytest.raises(Unanswerable):
        await returning.find(asked, since)


async def test_a_no_in_the_middle_leaves_what_is_left_to_a_person(
    loyale: Loyale, shop: Box
) -> None:
    till = await sell(loyale)
    asked = till.asked({"1": "2", "2": "1"})
    shop.fault(LINE, "refuse", query_regex="^$", after=1, code=400)

    done = await loyale.operator("return_lines").do(asked)

    assert (done.points, shop.points()) == (-59, 7830 + 209 - 59)
    assert [concern.code for concern in done.concerns] == ["vendor_mismatch"]
    till.came_back(done)
    await till.back({"1": "3", "2": "2"})
    assert shop.trace() == Trace()


async def test_a_no_to_the_first_of_several_is_a_no(loyale: Loyale, shop: Box) -> None:
    till = await sell(loyale)
    shop.fault(LINE, "refuse", query_regex="^$", code=400)

    with pytest.raises(Refused):
        await loyale.operator("return_lines").do(till.asked({"1": "2", "2": "1"}))

    assert shop.points() == 7830 + 209


async def test_a_return_that_is_throttled_in_the_middle_goes_on_where_it_was(
    loyale: Loyale, shop: Box
) -> None:
    """It is half done, so it did not do nothing; and given up, it did not all happen."""
    till, since = await sell(loyale), now()
    asked = till.asked({"1": "2", "2": "1"})
    returning = loyale.operator("return_lines")
    shop.fault(LINE, "rate_limited", query_regex="^$", after=1)

    with pytest.raises(AnswerLost):
        await returning.do(asked)
    with pytest.raises(Repeatable):
        await returning.find(asked, since)
    await returning.do(asked)

    assert shop.points() == 7830 + 209 - 78


async def test_a_throttled_return_did_nothing(loyale: Loyale, shop: Box) -> None:
    till = await sell(loyale)
    shop.fault(LINE, "rate_limited", query_regex="^$")

    with pytest.raises(NotSent):
        await loyale.operator("return_lines").do(till.asked({"1": "2"}))

    assert shop.points() == 7830 + 209


async def test_books_that_differ_from_the_refunds_before_are_not_touched(
    loyale: Loyale, shop: Box
) -> None:
    """A return that never happened leaves more units than a later one could tell apart."""
    till = await sell(loyale)
    till.asked({"1": "2"})

    with pytest.raises(Refused):
        await loyale.operator("return_lines").do(till.asked({"1": "1"}))

    assert shop.points() == 7830 + 209


# --- points that are spent already ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "points", "concerns"),
    [("negative", 40 - 59, []), ("floor", 40, []), ("review", 40, ["points_spent"])],
)
async def test_spent_points_follow_the_stores_policy(
    loyale: Loyale, shop: Box, policy: str, points: int, concerns: list[str]
) -> None:
    till = await sell(loyale)
    shop.give(world.ANN, 40 - shop.points())

    done = await till.back({"1": "2"}, spent_points=policy)

    assert shop.points() == points
    assert [concern.code for concern in done.concerns] == concerns


async def test_what_was_left_to_the_customer_goes_back_with_the_remainder(
    loyale: Loyale, shop: Box
) -> None:
    till = await sell(loyale)
    shop.give(world.ANN, 40 - shop.points())
    await till.back({"1": "2"}, spent_points="floor")
    shop.give(world.ANN, 1000)

    await till.back({"1": "1"}, spent_points="floor")
    assert shop.points() == 1040 - 29
    await till.back({"1": "2", "2": "3"}, spent_points="floor")

    assert shop.points() == 1040 - 209


async def test_points_that_paid_come_back_whatever_is_spent(loyale: Loyale, shop: Box) -> None:
    sale = paid(sold(line("1", 10_00, "5")), due=35_00, tenders=(POINTS_15,))
    till = await sell(loyale, sale)
    shop.give(world.ANN, -shop.points())

    given = [{"type": "points", "amount": 3_00}]
    done = await till.back({"1": "1"}, tenders=given, spent_points="floor")

    assert (done.points, shop.points()) == (300 - 42, 300 - 42)
