"""Payments as a table: what a till says in which order, and what then stands everywhere."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.facts import FINAL, nothing_is_unheard, tell, verdicts
from tests.support.finding import moved
from tests.support.ledger import held
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.domain import messages as m
from tillsaga.sandbox import world

CHARGED = {world.CARD_20: -3_00}
SOLD = {world.CARD_20: -3_00, world.VOUCHER_TEN_PERCENT: 1, f"points:{world.ANN}": 10}
UNTOUCHED: dict[str, int] = {}
DUE = 11_50 - 1_15 - 3_00


class End(NamedTuple):
    """What must stand at the end."""

    status: str
    instruction: str | None = None
    books: dict[str, int] = SOLD
    give_back: tuple[int, ...] = ()
    attention: tuple[tuple[str, int | None], ...] = ()
    refused: str | None = None
    due: int = 0


READY = End("ready", books=CHARGED, due=DUE)
CAPTURE = READY._replace(instruction="capture")
DONE = End("completed")
GONE = End("cancelled", books=UNTOUCHED, due=11_50)
"""The card's 3.00 are back and the voucher is free, so the bill is whole again."""
PAID_IN_PART = GONE._replace(instruction="refund", give_back=(5_00,), due=6_50)
A, C, D, F, V, X = "authorized", "captured", "declined", "failed", "voided", "cancel"
PART, REST = "captured~ 500 on cash", "captured 235"


def corrected(amount: int) -> tuple[tuple[str, int | None], ...]:
    return (("payment_corrected", amount),)


TABLE: dict[str, tuple[list[str], End]] = {
    # two steps, one payment
    "authorised": ([A], CAPTURE),
    "authorised and captured": ([A, C], DONE),
    "authorised, voided before it closes": ([A, V], READY),
    "authorised, voided, paid otherwise": ([A, V, "captured on cash"], DONE),
    "authorised, declined": ([A, D], READY),
    "authorised, failed": ([A, F], READY),
    "authorised, declined for good": ([A, D + "!"], GONE),
    "authorised, failed for good": ([A, F + "!"], GONE),
    "authorised, voided for good": ([A, V + "!"], GONE),
    "authorised, cancelled": ([A, X], GONE._replace(instruction="void")),
    "authorised, cancelled, voided": ([A, X, V], GONE),
    "captured without authorisation": ([C], DONE),
    "captured twice": ([C, C], DONE),
    "authorised after captured": ([C, A], DONE),
    "declined after captured": ([C, D + "!"], DONE._replace(refused="payment_mismatch")),
    "voided after captured": ([C, V], DONE._replace(refused="payment_mismatch")),
    "cancelled after captured": ([C, X], DONE._replace(refused="already_committed")),
    "another payment after captured": (
        [C, "captured on card-2"],
        DONE._replace(refused="payment_mismatch", attention=(("payment_unmatched", DUE),)),
    ),
    # split
    "a part": ([PART], READY._replace(due=DUE - 5_00)),
    "both parts": ([PART, REST], DONE),
    "the rest is authorised": ([PART, "authorized 235"], CAPTURE._replace(due=DUE - 5_00)),
    "the rest is declined": ([PART, "declined 235"], READY._replace(due=DUE - 5_00)),
    "the rest is declined for good": ([PART, "declined! 235"], PAID_IN_PART),
    "the rest is voided for good": ([PART, "authorized 235", "voided! 235"], PAID_IN_PART),
    "a part is captured, then cancelled": ([PART, X], PAID_IN_PART),
    "a part is authorised, then cancelled": (
        ["authorized~ 500", X],
        GONE._replace(instruction="void"),
    ),
    # does not fit
    "too much": (
        ["captured +1"],
        READY._replace(refused="payment_mismatch", attention=(("payment_unmatched", DUE + 1),)),
    ),
    "too much, voided": (["captured +1", "voided +1"], READY),
    "too much, then right": (["captured +1", C], DONE),
    "too little and final": (
        ["captured -1"],
        READY._replace(refused="payment_mismatch", attention=(("payment_unmatched", DUE - 1),)),
    ),
    "too little, authorised and final": (
        ["authorized -1"],
        READY._replace(refused="payment_mismatch"),
    ),
    "a part, then the same payment with too much": (
        [PART, "captured 900 on cash"],
        READY._replace(
            due=DUE - 5_00, refused="payment_mismatch", attention=(("payment_unmatched", 9_00),)
        ),
    ),
    # late
    "declined for good, then captured": ([D + "!", C], DONE),
    "cancelled, then captured": ([X, C], DONE),
    "authorised, declined for good, then captured": ([A, D + "!", C], DONE),
    "authorised, cancelled, then captured": ([A, X, C], DONE),
    "the rest was declined for good, then captured": ([PART, "declined! 235", REST], DONE),
    "cancelled, then captured with another amount": (
        [X, "captured +100"],
        DONE._replace(attention=(("payment_unmatched", DUE + 100),), due=DUE),
    ),
    "cancelled, then captured with another amount, told again": (
        [X, "captured +100", "captured +100"],
        DONE._replace(attention=(("payment_unmatched", DUE + 100),), due=DUE),
    ),
    "cancelled, then captured with another amount, which never was": (
        [X, "captured +100", "correct pay_1 declined"],
        DONE._replace(instruction="collect", attention=corrected(DUE), due=DUE),
    ),
    "cancelled, then captured with another amount, which was wrong": (
        [X, "captured +100", "correct pay_1 captured"],
        DONE,
    ),
    "cancelled, then authorised": ([X, A], GONE._replace(refused="state_conflict")),
    "cancelled twice": ([X, X], GONE),
    "terminated, then captured": (["terminate", C], DONE),
    "authorised, terminated, then captured": ([A, "terminate", C], DONE),
    "a part is captured, terminated, the rest captured": ([PART, "terminate", REST], DONE),
    "terminated, then declined for good": (["terminate", D + "!"], GONE),
    "authorised, then silence": (
        [A, "silence"],
        CAPTURE._replace(attention=(("payment_unknown", None),)),
    ),
    "a part is captured, then silence": (
        [PART, "silence"],
        READY._replace(due=DUE - 5_00, attention=(("payment_unknown", None),)),
    ),
    # corrections before the sale
    "authorised was declined": ([A, "correct pay_1 declined"], READY),
    "authorised was captured": ([A, "correct pay_1 captured"], DONE),
    "authorised was declined for good": ([A, "correct pay_1 declined!"], GONE),
    "a part was declined": ([PART, "correct pay_1 declined 500 on cash"], READY),
    "a part was all of it": ([PART, "correct pay_1 captured on cash"], DONE),
    "a part was too much": (
        [PART, "correct pay_1 captured 900 on cash"],
        READY._replace(
            due=DUE - 5_00, refused="payment_mismatch", attention=(("payment_unmatched", 9_00),)
        ),
    ),
    "too much was right": (["captured +1", "correct pay_1 captured"], DONE),
    "too much was voided": (["captured +1", "correct pay_1 voided"], READY),
    "declined was captured": ([D, "correct pay_1 captured"], DONE),
    "an unknown payment": (
        [C, "correct pay_9 declined"],
        DONE._replace(refused="payment_not_found"),
    ),
    # corrections after the sale
    "captured was declined": (
        [C, "correct pay_1 declined"],
        DONE._replace(instruction="collect", due=DUE, attention=corrected(DUE)),
    ),
    "captured was declined, paid after all": (
        [C, "correct pay_1 declined", "captured on cash"],
        DONE,
    ),
    "captured was declined, was captured": (
        [C, "correct pay_1 declined", "correct pay_1 captured"],
        DONE,
    ),
    "captured was less": (
        [C, "correct pay_1 captured -100"],
        DONE._replace(instruction="collect", due=1_00, attention=corrected(1_00)),
    ),
    "captured was less, the rest follows": (
        [C, "correct pay_1 captured -100", "captured 100 on cash"],
        DONE,
    ),
    "captured was more": (
        [C, "correct pay_1 captured +100"],
        DONE._replace(attention=corrected(1_00)),
    ),
    "captured was cash": ([C, "correct pay_1 captured by cash"], DONE),
    "captured under another reference": ([C, "correct pay_1 captured on card-9"], DONE),
    "captured under another reference, told again": (
        [C, "correct pay_1 captured on card-9", C],
        DONE,
    ),
    "the reference of another payment": (
        [PART, REST, "correct pay_1 captured 500 on card-1"],
        DONE._replace(refused="payment_mismatch"),
    ),
    "another payment too much was voided": (
        [C, "captured on card-2", "correct pay_2 voided on card-2"],
        DONE,
    ),
    # corrections after everything was given back
    "declined for good was captured": ([D + "!", "correct pay_1 captured"], DONE),
    "authorised, cancelled, was captured": ([A, X, "correct pay_1 captured"], DONE),
    "what was to be given back was declined": (
        [PART, "declined! 235", "correct pay_1 declined 500 on cash"],
        GONE._replace(attention=corrected(5_00)),
    ),
    "what was to be given back was less": (
        [PART, "declined! 235", "correct pay_1 captured 400 on cash"],
        PAID_IN_PART._replace(give_back=(4_00,), due=7_50, attention=corrected(1_00)),
    ),
}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


async def gathered(shop: Shop) -> Checkout:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_TEN_PERCENT)
    await checkout.giftcard(world.CARD_20, 3_00)
    return checkout


def stands(view: dict[str, Any], refused: str | None, books: dict[str, int]) -> End:
    return End(
        status=view["status"],
        instruction=view["instruction"],
        books=books,
        give_back=tuple(g["amount"] for g in view["give_back"]),
        attention=tuple((a["code"], a["amount"]) for a in view["attention"]),
        refused=refused,
        due=view["totals"]["due_amount"],
    )


ONE_STEP = (
    "authorised, voided before it closes",
    "authorised, cancelled",
    "captured without authorisation",
    "the rest is declined for good",
    "too much, then right",
    "cancelled, then captured",
    "a part is captured, terminated, the rest captured",
    "a part was all of it",
    "captured was declined, paid after all",
    "declined for good was captured",
)
CASES = [*((case, "two_step") for case in TABLE), *((case, "one_step") for case in ONE_STEP)]


@pytest.mark.parametrize(("case", "flow"), CASES)
async def test_what_a_till_says_of_its_payments_is_true_everywhere(
    shop: Shop, case: str, flow: Any
) -> None:
    said, end = TABLE[case]
    before = await shop.books()
    checkout = await gathered(shop)
    seen = await checkout.ok("ready", m.MakeReady(payment_flow=flow))
    assert seen["totals"]["due_amount"] == DUE

    refused = None
    for each in said:
        refused = await tell(checkout, each, DUE)

    after = await shop.books()
    assert stands(checkout.view, refused, moved(before, after)) == end
    if checkout.view["status"] not in FINAL:
        return
    assert held(after) == held(before)
    assert await nothing_is_unheard(shop, checkout)
    standing = {p["reference"] for p in checkout.view["payments"]}
    told = await verdicts(shop, checkout.id)
    gone = {verdict for (reference, _), verdict in told.items() if reference not in standing}
    assert gone <= {"corrected", "refused"}
