"""Returns without a sale, from the door to the vendors' books."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.till import Till
from tests.support.door import forget, open_door
from tests.support.finding import moved
from tests.support.shop import Shop, open_shop
from tillsaga.sandbox import world
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.letstrade import world as letstrade
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll
from worker.wiring import Forsaken

LIMITS = "returns_without_sale: {per_return: 50_00, per_store_day: 100_00, per_cashier_day: 60_00}"
POLICY = LIMITS.replace("_00", "00")


@asynccontextmanager
async def opened(
    folder: Path, kinds: tuple[str, ...] = ("leat",), policy: str = POLICY, **more: Any
) -> AsyncIterator[tuple[Shop, Till]]:
    async with (
        open_shop(folder, kinds=kinds, policy=policy, **more) as shop,
        open_door(shop) as till,
    ):
        yield shop, till


def goods(refund_id: str = "ret-1", *cards: str, **more: Any) -> dict[str, Any]:
    """Two flat whites and a cake come back: 11.50."""
    coffee = {"line_id": "1", "sku": "FW", "title": "Flat white", "unit_amount": 3_50}
    cake = {"line_id": "2", "sku": "CAKE", "title": "Cheesecake", "unit_amount": 4_50}
    return {
        "refund_id": refund_id,
        "store_id": "ams-1",
        "terminal_id": "till-1",
        "cashier_id": "c-1",
        "currency": "EUR",
        "lines": [coffee | {"quantity": "2"}, cake],
        "identifiers": [{"type": "card", "value": card} for card in cards],
        "reason": "no receipt",
        "approved_by": "m-3",
        "payment_type": "cash",
    } | more


async def settled(till: Till, refund_id: str = "ret-1") -> dict[str, Any]:
    """Read the refund until it is not pending any more."""
    async with asyncio.timeout(30):
        while True:
            seen = (await till.get(f"/v1/refunds/{refund_id}")).json()
            if seen["status"] != "pending":
                return dict(seen)


def codes(refund: dict[str, Any]) -> list[str]:
    return [case["code"] for case in refund["attention"]]


async def points(shop: Shop, kind: str) -> int:
    books = await shop.books(kind)
    if kind == "loyale":
        return int(books["customers"][loyale.ANN]["points"])
    if kind == "wll":
        return int(books["points"][wll.MEMBER]["balance"])
    return int(books["points"][world.ANN]["balance"])


CARDS = {"leat": world.ANN_CARD, "loyale": loyale.ANN_BARCODE, "wll": wll.MEMBER_ACCOUNT}
DOWN = {"kind": "maintenance", "times": None}
WORTH = {"leat": 11, "loyale": 69, "wll": 11}
"""What 11.50 earns there."""


@pytest.mark.parametrize("kind", CARDS)
async def test_the_points_of_the_goods_are_taken_back(tmp_path: Path, kind: str) -> None:
    async with opened(tmp_path, (kind,)) as (shop, till):
        before = await points(shop, kind)

        answer = await till.post("/v1/refunds", goods("ret-1", CARDS[kind]))

        refund = answer.json()
        assert answer.status_code == 201, refund
        assert (refund["status"], refund["amount"], codes(refund)) == ("completed", 11_50, [])
        assert refund["give_back"] == [{"type": "cash", "amount": 11_50}]
        assert [r["points"] for r in refund["reversals"]] == [-WORTH[kind]]
        assert await points(shop, kind) == before - WORTH[kind]


async def test_without_a_customer_no_vendor_is_asked(tmp_path: Path) -> None:
    kinds = ("leat", "loyale", "wll", "letstrade")
    async with opened(tmp_path, kinds) as (shop, till):
        answer = await till.post("/v1/refunds", goods())

        assert (answer.status_code, answer.json()["status"]) == (201, "completed")
        assert [await shop.asked(kind) for kind in kinds] == [[], [], [], []]


async def test_a_customer_of_three_vendors_loses_the_points_at_each(tmp_path: Path) -> None:
    kinds = ("leat", "loyale", "wll")
    async with opened(tmp_path, kinds) as (shop, till):
        before = [await points(shop, kind) for kind in kinds]

        refund = (await till.post("/v1/refunds", goods("ret-1", *CARDS.values()))).json()

        now = [await points(shop, kind) for kind in kinds]
        assert [b - n for b, n in zip(before, now, strict=True)] == [WORTH[kind] for kind in kinds]
        assert refund["status"] == "completed"


async def test_a_customer_whom_nobody_knows_is_a_persons(tmp_path: Path) -> None:
    async with opened(tmp_path) as (shop, till):
        before = await shop.books()

        refund = (await till.post("/v1/refunds", goods("ret-1", "NOBODY-9"))).json()

        assert (refund["status"], codes(refund)) == ("attention", ["member_not_found"])
        assert moved(before, await shop.books()) == {}


async def test_points_at_a_vendor_without_a_way_back_are_a_persons(tmp_path: Path) -> None:
    async with opened(tmp_path, ("letstrade",)) as (_, till):
        named = [{"type": "member_id", "value": letstrade.THANDI, "provider": "letstrade"}]

        refund = (await till.post("/v1/refunds", goods(identifiers=named))).json()

        assert (refund["status"], codes(refund)) == ("attention", ["points_not_taken_back"])


async def test_nothing_goes_back_at_a_vendor_without_points(tmp_path: Path) -> None:
    async with opened(tmp_path, ("koupon",)) as (shop, till):
        named = [{"type": "card", "value": koupon.LOYALTY, "provider": "koupon"}]
        before = await shop.books("koupon")

        asked = goods(identifiers=named, currency="USD")
        refund = (await till.post("/v1/refunds", asked)).json()

        assert (refund["status"], refund["reversals"]) == ("completed", [])
        assert await shop.books("koupon") == before


# --- lost answers, outages, deaths ----------------------------------------------------------------

CALLS = {"leat": "credit_reception.create", "wll": "event.report", "loyale": "return.custom"}


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
@pytest.mark.parametrize("kind", ["leat", "wll"])
async def test_points_whose_answer_was_lost_are_taken_once(
    tmp_path: Path, kind: str, fault: str
) -> None:
    async with opened(tmp_path, (kind,)) as (shop, till):
        before = await points(shop, kind)
        await shop.fault(fault, CALLS[kind], kind)

        await till.post("/v1/refunds", goods("ret-1", CARDS[kind]))

        assert (await settled(till))["status"] == "completed"
        assert await points(shop, kind) == before - WORTH[kind]


@pytest.mark.parametrize(("fault", "taken"), [("drop_after", 69), ("drop_before", 0)])
async def test_a_return_that_loyale_cannot_be_asked_about_is_a_persons(
    tmp_path: Path, fault: str, taken: int
) -> None:
    async with opened(tmp_path, ("loyale",)) as (shop, till):
        before = await points(shop, "loyale")
        await shop.fault(fault, CALLS["loyale"], "loyale", query_regex="^$")

        await till.post("/v1/refunds", goods("ret-1", loyale.ANN_BARCODE))

        refund = await settled(till)
        assert (refund["status"], codes(refund)) == ("attention", ["refund_failed"])
        assert await points(shop, "loyale") == before - taken


@pytest.mark.parametrize("kind", CARDS)
async def test_a_vendor_that_is_down_is_told_when_it_is_back(tmp_path: Path, kind: str) -> None:
    async with opened(tmp_path, (kind,), f"{POLICY}, answer_budget: 4s") as (shop, till):
        before = await points(shop, kind)
        await shop.control("POST", "/faults", DOWN | {"vendor": kind})

        first = await till.post("/v1/refunds", goods("ret-1", CARDS[kind]))
        seen = (await till.get("/v1/refunds/ret-1")).json()
        receipt = await till.get("/v1/refunds/ret-1/receipt", accept="text/plain")
        await shop.mend()

        assert (first.status_code in (201, 202), seen["status"]) == (True, "pending")
        assert seen["give_back"] == [{"type": "cash", "amount": 11_50}]
        assert "Not finished" in receipt.text
        assert (await settled(till))["status"] == "completed"
        assert await points(shop, kind) == before - WORTH[kind]


async def test_a_run_that_dies_half_way_is_gone_on_with(tmp_path: Path, cached: int) -> None:
    more: dict[str, Any] = {"max_cached_workflows": cached, "skips_time": False}
    async with opened(tmp_path, policy=f"{POLICY}, answer_budget: 4s", **more) as (shop, till):
        before = await points(shop, "leat")
        await shop.fault("maintenance", "credit_reception.create", times=None)
        await till.post("/v1/refunds", goods("ret-1", world.ANN_CARD))
        first = (await till.get("/v1/refunds/ret-1")).json()
        await shop.client.get_workflow_handle(first["checkout_id"]).terminate("killed")
        await shop.mend()

        again = await till.post("/v1/refunds", goods("ret-1", world.ANN_CARD))

        assert (first["status"], again.is_success) == ("pending", True)
        assert (await settled(till))["status"] == "completed"
        assert await points(shop, "leat") == before - 11


async def test_the_sweep_goes_on_with_a_return_that_nobody_asks_for(
    tmp_path: Path, cached: int
) -> None:
    more: dict[str, Any] = {"max_cached_workflows": cached, "skips_time": False}
    async with opened(tmp_path, policy=f"{POLICY}, answer_budget: 4s", **more) as (shop, till):
        before = await points(shop, "leat")
        await shop.fault("maintenance", "contact_identifier.find", times=None)
        await till.post("/v1/refunds", goods("ret-1", world.ANN_CARD))
        carried = (await till.get("/v1/refunds/ret-1")).json()["checkout_id"]
        await shop.client.get_workflow_handle(carried).terminate("killed")
        await shop.mend()

        [start] = await Forsaken(shop.wiring)(timedelta(0))
        ended = await shop.client.execute_workflow(
            "Checkout", start, id=start.checkout_id, task_queue=shop.queue, result_type=str
        )

        assert (start.checkout_id, ended) == (carried, "completed")
        assert (await till.get("/v1/refunds/ret-1")).json()["status"] == "completed"
        assert await points(shop, "leat") == before - 11


async def test_a_tenant_whose_sales_are_events_is_asked_about_such_an_event(
    tmp_path: Path,
) -> None:
    by_event = {"wll": {"sale_event": wll.SALE_TYPE}}
    async with opened(tmp_path, ("wll",), settings=by_event) as (shop, till):
        before = await points(shop, "wll")

        await till.post("/v1/refunds", goods("ret-1", wll.MEMBER_ACCOUNT))

        assert await points(shop, "wll") == before - 11


async def test_nobody_guesses_points_where_no_event_takes_them(tmp_path: Path) -> None:
    without = {"wll": {"redeem_event": None}}
    async with opened(tmp_path, ("wll",), settings=without) as (shop, till):
        before = await points(shop, "wll")

        refund = (await till.post("/v1/refunds", goods("ret-1", wll.MEMBER_ACCOUNT))).json()

        assert (refund["status"], codes(refund)) == ("attention", ["points_not_taken_back"])
        assert await points(shop, "wll") == before


@pytest.mark.parametrize(
    ("policy", "taken", "case"),
    [("negative", 11, []), ("floor", 4, []), ("review", 0, ["points_spent"])],
)
@pytest.mark.parametrize("kind", ["leat", "wll"])
async def test_points_that_are_spent_follow_the_stores_policy(
    tmp_path: Path, kind: str, policy: str, taken: int, case: list[str]
) -> None:
    rules = f"{POLICY.replace('5000,', '99999900,').replace('10000,', '99999900,')}"
    rules = rules.replace("6000}", "99999900}") + f", spent_points_on_refund: {policy}"
    async with opened(tmp_path, (kind,), rules) as (shop, till):
        # A first return takes all the points but four.
        before = await points(shop, kind)
        spent = [{"line_id": "1", "sku": "X", "title": "X", "unit_amount": (before - 4) * 1_00}]
        await till.post("/v1/refunds", goods("ret-0", CARDS[kind], lines=spent))
        assert await points(shop, kind) == 4

        refund = (await till.post("/v1/refunds", goods("ret-1", CARDS[kind]))).json()

        assert await points(shop, kind) == 4 - taken
        assert codes(refund) == case


# --- the door -------------------------------------------------------------------------------------


async def test_a_refund_id_stands_for_one_return(tmp_path: Path) -> None:
    async with opened(tmp_path, skips_time=False) as (shop, till):
        before = await points(shop, "leat")
        first = await till.post("/v1/refunds", goods("ret-1", world.ANN_CARD), key="same")
        checkout_id = first.json()["checkout_id"]
        await shop.client.get_workflow_handle(checkout_id).result()
        await forget(shop, checkout_id)

        again = await till.post("/v1/refunds", goods("ret-1", world.ANN_CARD), key="same")
        anew = await till.post("/v1/refunds", goods("ret-1", world.ANN_CARD))
        other = await till.post("/v1/refunds", goods("ret-1", world.ANN_CARD, reason="broken"))

        assert [r.json() for r in (again, anew)] == [first.json()] * 2
        assert again.headers["Idempotency-Replayed"] == "true"
        assert (other.status_code, other.json()["code"]) == (409, "refund_exists")
        assert (await till.get("/v1/refunds/ret-1")).json() == first.json()
        assert await points(shop, "leat") == before - 11


async def test_ten_times_at_once_is_one_return(tmp_path: Path) -> None:
    async with opened(tmp_path) as (shop, till):
        before = await points(shop, "leat")

        asked = (till.post("/v1/refunds", goods("ret-1", world.ANN_CARD)) for _ in range(8))
        answers = await asyncio.gather(*asked)

        assert {a.status_code for a in answers} <= {201, 409}
        assert {a.json()["refund_id"] for a in answers if a.status_code == 201} == {"ret-1"}
        assert (await settled(till))["status"] == "completed"
        assert await points(shop, "leat") == before - 11


async def test_a_dry_run_changes_nothing_and_takes_no_room(tmp_path: Path) -> None:
    async with opened(tmp_path) as (shop, till):
        before = await shop.books()
        asked = goods("ret-1", world.ANN_CARD, dry_run=True)

        foreseen = [await till.post("/v1/refunds", asked) for _ in range(6)]
        refund = await till.post("/v1/refunds", asked | {"dry_run": False})

        assert {f.status_code for f in foreseen} == {200}
        assert [r["points"] for r in foreseen[-1].json()["reversals"]] == [-11]
        assert refund.status_code == 201
        assert moved(before, await shop.books()) == {f"points:{world.ANN}": -11}


async def test_a_store_without_limits_takes_nothing_back(tmp_path: Path) -> None:
    async with opened(tmp_path, policy="") as (_, till):
        answer = await till.post("/v1/refunds", goods())

        assert (answer.status_code, answer.json()["code"]) == (403, "return_not_allowed")


async def test_twenty_at_once_stay_within_the_limits(tmp_path: Path) -> None:
    """A cashier may take 60.00 back in a day: five times 11.50."""
    async with opened(tmp_path) as (_, till):
        asked = (till.post("/v1/refunds", goods(f"ret-{n}")) for n in range(20))
        answers = await asyncio.gather(*asked)
        another = await till.post("/v1/refunds", goods("ret-x", cashier_id="c-2"))

        told = [a.status_code for a in answers]
        assert (told.count(201), told.count(409)) == (5, 15)
        refused = next(a.json() for a in answers if a.status_code == 409)
        assert refused["code"] == "return_limit_exceeded"
        assert "per_cashier_day is 6000, of which 250 is left" in refused["detail"]
        assert another.status_code == 201


async def test_what_comes_back_must_be_goods_in_the_stores_money(tmp_path: Path) -> None:
    async with opened(tmp_path) as (_, till):
        card = {"line_id": "1", "type": "giftcard_sale", "title": "Card", "unit_amount": 25_00}
        named = [{"type": "card", "value": "X", "provider": "acme"}]
        wrong = {
            "currency_mismatch": goods(currency="USD"),
            "provider_unknown": goods(identifiers=named),
        }
        shapes = [goods(lines=[card]), goods(lines=[]), goods(approved_by=""), goods(unknown=1)]
        shapes.append(goods(lines=[{**goods()["lines"][0], "quantity": "-1"}]))
        for code, asked in wrong.items():
            assert (await till.post("/v1/refunds", asked)).json()["code"] == code
        for asked in shapes:
            assert (await till.post("/v1/refunds", asked)).json()["code"] == "invalid_request"
        assert (await till.get("/v1/refunds/ret-1")).status_code == 404


async def test_a_return_is_no_sale(tmp_path: Path) -> None:
    async with opened(tmp_path) as (_, till):
        carried = (await till.post("/v1/refunds", goods())).json()["checkout_id"]
        address = f"/v1/checkouts/{carried}"

        back = await till.post(f"{address}/refunds", {"refund_id": "r", "reason": "x"})
        claim = await till.post(f"{address}/claims", {"type": "card", "value": world.ANN_CARD})
        seen = (await till.get(address)).json()

        assert (back.status_code, claim.status_code) == (409, 409)
        assert (seen["status"], seen["instruction"]) == ("completed", "refund")
        assert seen["totals"]["basket_amount"] == -11_50
        assert seen["give_back"] == [{"type": "cash", "amount": 11_50}]


async def test_an_auditor_reads_who_allowed_what(tmp_path: Path) -> None:
    async with opened(tmp_path) as (shop, till):
        carried = (await till.post("/v1/refunds", goods("ret-1", world.ANN_CARD))).json()
        await settled(till)
        await shop.client.get_workflow_handle(carried["checkout_id"]).result()

        state = (await shop.wiring.checkouts.facts(carried["checkout_id"])).state

        assert state is not None
        returned: Any = state["returned"]
        assert (returned["approved_by"], returned["requested_by"]) == ("m-3", "till")
        assert (state["cashier_id"], carried["reason"]) == ("c-1", "no receipt")
        assert world.ANN_CARD not in str(state)


async def test_the_receipt_is_printed_from_the_records(tmp_path: Path) -> None:
    async with opened(tmp_path, skips_time=False) as (shop, till):
        carried = (await till.post("/v1/refunds", goods("ret-1", world.ANN_CARD))).json()
        await shop.client.get_workflow_handle(carried["checkout_id"]).result()
        await forget(shop, carried["checkout_id"])

        told = (await till.get("/v1/refunds/ret-1/receipt")).json()
        paper = (await till.get("/v1/refunds/ret-1/receipt", accept="text/plain")).text

        left = await points(shop, "leat")
        assert told["points"] == [
            {"provider": "leat", "points": -11, "balance_after": left, "status": "reversed"}
        ]
        assert [line["title"] for line in told["lines"]] == ["Flat white", "Cheesecake"]
        assert told["give_back"][0]["amount"] == 11_50
        for words in ("2 x Flat white", "Approved by", "By the till (cash)", "11.50"):
            assert words in paper
        assert max(map(len, paper.splitlines())) <= 40
