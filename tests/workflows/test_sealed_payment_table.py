"""Payments around the seal as a table: a charge, a held voucher, and what is spent for good."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from temporalio.client import WorkflowUpdateStage

from tests.support.dollars import DUE, KINDS, NOTHING, REDEEMED, SOLD, SPENT, books, cases, loaded
from tests.support.facts import FINAL, nothing_is_unheard, tell
from tests.support.shop import Shop, open_shop, payment
from tillsaga.domain import messages as m
from tillsaga.domain.messages import Context
from tillsaga.sandbox.loyale import world as loyale

COLA, SNACK_OFF = ("goodwill", 1_50), ("goodwill", 50)
GOODWILL = (SNACK_OFF, ("goodwill", 1_00), COLA, ("goodwill", 2_00))
AT_READY = NOTHING | {"koupon": REDEEMED}
SEALED = AT_READY | {"loyale": SPENT}
ALL = SOLD | {"koupon": REDEEMED}
LEFT = AT_READY | {"loyale": {name: n for name, n in SPENT.items() if name != loyale.ANN}}
"""What no vendor takes back: the coupons, and the card at Loyale."""
A, C, D, V, X = "authorized", "captured", "declined", "voided", "cancel"


class End(NamedTuple):
    """What must stand at the end."""

    status: str
    instruction: str | None
    books: dict[str, dict[str, int]]
    cases: Sequence[tuple[str, int | None]] = ()


DONE = End("completed", None, ALL)
TWO_STEPS: dict[str, tuple[list[str], End]] = {
    "authorised": ([A], End("ready", "capture", SEALED)),
    "authorised, voided": ([A, V], End("ready", None, SEALED)),
    "authorised, voided, paid otherwise": ([A, V, "captured on cash"], DONE),
    "authorised, declined": ([A, D], End("ready", None, SEALED)),
    "authorised, declined for good": ([A, D + "!"], End("cancelled", None, LEFT, GOODWILL)),
    "authorised, cancelled": ([A, X], End("cancelled", "void", LEFT, GOODWILL)),
    "authorised, cancelled, voided": ([A, X, V], End("cancelled", None, LEFT, GOODWILL)),
    "authorised was declined for good": (
        [A, "correct pay_1 declined!"],
        End("cancelled", None, LEFT, GOODWILL),
    ),
    "a part is authorised, then cancelled": (
        ["authorized~ 100", X],
        End("cancelled", "void", NOTHING),
    ),
    "captured, was declined": (
        [C, "correct pay_1 declined"],
        End("completed", "collect", ALL, (("payment_corrected", DUE),)),
    ),
    "authorised, silence": (
        [A, "silence"],
        End("ready", "capture", SEALED, (("payment_unknown", None),)),
    ),
    "authorised, terminated, captured": ([A, "terminate", C], DONE),
}
ONE_STEP: dict[str, tuple[list[str], End]] = {
    "ready": ([], End("ready", None, AT_READY)),
    "captured": ([C], DONE),
    "declined": ([D], End("ready", None, AT_READY)),
    "declined for good": ([D + "!"], End("cancelled", None, AT_READY, (SNACK_OFF, COLA))),
    "cancelled": ([X], End("cancelled", None, AT_READY, (SNACK_OFF, COLA))),
    "authorised, voided": ([A, V], End("ready", None, SEALED)),
    "cancelled, captured": ([X, C], DONE),
    "declined for good, was captured": ([D + "!", "correct pay_1 captured"], DONE),
    "terminated, captured": (["terminate", C], DONE),
}
CASES = [
    *(pytest.param("two_step", *row, id=f"two steps: {name}") for name, row in TWO_STEPS.items()),
    *(pytest.param("one_step", *row, id=f"one step: {name}") for name, row in ONE_STEP.items()),
]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=KINDS) as opened:
        yield opened


@pytest.mark.parametrize(("flow", "said", "end"), CASES)
async def test_what_a_till_says_around_the_seal_is_true_everywhere(
    shop: Shop, flow: Any, said: list[str], end: End
) -> None:
    before = await books(shop)
    checkout = await loaded(shop)
    seen = await checkout.ok("ready", m.MakeReady(payment_flow=flow))
    assert seen["totals"]["due_amount"] == DUE

    for each in said:
        assert await tell(checkout, each, DUE) is None

    view, moved = checkout.view, await before.moved()
    assert End(view["status"], view["instruction"], moved, tuple(cases(view))) == end
    assert view["status"] not in FINAL or await nothing_is_unheard(shop, checkout)


async def test_a_void_that_overtakes_the_seal_waits_for_it(shop: Shop) -> None:
    """While the vendor thinks, nobody knows what a void would leave spent."""
    before = await books(shop)
    checkout = await loaded(shop)
    await checkout.ready()
    await shop.fault("delay", "transaction.redeem", "koupon", delay_ms=700)
    accepted = WorkflowUpdateStage.ACCEPTED
    said = [
        await checkout.handle.start_update(
            "payment", args=[payment(DUE, status), Context()], wait_for_stage=accepted
        )
        for status in ("authorized", "voided")
    ]
    replies = await asyncio.gather(*(each.result() for each in said))

    assert [reply["checkout"]["instruction"] for reply in replies] == ["capture", None]
    assert await before.moved() == SEALED
    assert (await checkout.pay(DUE, reference="cash", type="cash"))["status"] == "completed"
    assert await before.moved() == ALL
