"""Many tills want the same thing at the same moment, or one till wants two things at once.

Who loses is told so by a typed refusal; the vendors' books say what there was to give.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.proof.disorder.judging import end_of
from tests.proof.disorder.places import Place, open_place
from tests.proof.disorder.tills import Sale
from tests.proof.disorder.traces import Message
from tests.proof.tally import Proof
from tests.support.shop import flat_whites
from tillsaga.demo.agreement import bill_of
from tillsaga.demo.vendors.koupon import COUPON_CODE
from tillsaga.sandbox import world as leat
from tillsaga.sandbox.letstrade import world as letstrade

Json = dict[str, Any]
KIND = "Races"
VALUE = 35_00
"""What each bill comes to: ten flat whites."""
OFF = {"type": "absolute", "amount": 1_00, "title": "1.00 off"}
CANCEL = Message("cancel", {"reason": "left"})
READY = Message("ready", {"payment_flow": "two_step"})
AT_READY = Message("ready", {"payment_flow": "one_step"})
VOUCHER = Message("apply_offer", {"code": "<ann_voucher>"})
CARD = Message("add_tender", {"type": "giftcard", "reference": "<ann_giftcard>", "amount": 5_00})


def opening(*kinds: str, quantity: int = 10) -> Message:
    """A bill of flat whites, with Ann's cards for these vendors."""
    basket = {"id": "<bill>", "currency": "<currency>", "lines": [flat_whites(quantity)]}
    cards = [{"type": "card", "value": f"<ann_{kind}_card>", "provider": kind} for kind in kinds]
    return Message("open", {"basket": basket, "identifiers": cards})


def paid(amount: int, status: str = "captured", **more: Any) -> Message:
    """The till's own payment."""
    body = {"status": status, "type": "card", "amount": amount, "reference": "card-1"}
    return Message("payment", body | more)


def tender(type_: str, amount: int, reference: str | None = None) -> Message:
    """A part of the bill by a stored value."""
    named = {"reference": reference} if reference else {}
    return Message("add_tender", {"type": type_, "amount": amount} | named)


class Scarce(NamedTuple):
    """Something of which there is less than is wanted: `there` pieces, each `worth` in a book."""

    mix: str
    wanted: Message
    there: int
    book: str
    worth: int = 1
    cards: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ("offer_held",)


SCARCE = {
    "a voucher of Leat's": Scarce("leat", VOUCHER, 1, "leat voucher", cards=("leat",)),
    "a reward of Leat's for 50 of 120 points": Scarce(
        "leat",
        Message("apply_offer", {"offer_id": f"leat:reward:{leat.REWARD_COFFEE}"}),
        2,
        "leat reward",
        cards=("leat",),
        refusals=("offer_refused",),
    ),
    "20.00 on a gift card of Leat's": Scarce(
        "leat",
        tender("giftcard", 1_00, "<ann_giftcard>"),
        20,
        "leat gift card",
        -1_00,
        refusals=("insufficient_balance",),
    ),
    "25.00 of prepaid credit at Leat": Scarce(
        "leat",
        tender("prepaid", 1_00),
        25,
        "leat prepaid",
        -1_00,
        ("leat",),
        ("insufficient_balance",),
    ),
    "a barcode of Koupon's": Scarce(
        "dollars",
        Message("apply_offer", {"code": "<ann_barcode>", "discount": OFF}),
        1,
        "koupon coupon",
    ),
    "a clipped coupon of Koupon's": Scarce(
        "dollars",
        Message("apply_offer", {"code": COUPON_CODE}),
        1,
        "koupon coupon",
        cards=("koupon",),
    ),
    "a code of the Let'sTrade app for a voucher": Scarce(
        "euros", Message("apply_offer", {"code": "<ann_redeem>"}), 1, "letstrade voucher"
    ),
    "a code of the Let'sTrade app that pays": Scarce(
        "euros", tender("wallet", 1_00, "<ann_pay>"), 1, "letstrade wallet", -1_00
    ),
    "a voucher of White Label's": Scarce(
        "euros",
        Message("apply_offer", {"offer_id": "wll:voucher:<ann_benefit>"}),
        1,
        "wll voucher",
        cards=("wll",),
    ),
}


Race = Callable[[Place, int], Awaitable[None]]
ONE_TILL: dict[str, tuple[str, Race]] = {}
"""Races on one checkout, by name: the mix of vendors, and what is tried so many times."""


def race(mix: str) -> Callable[[Race], Race]:
    """Run it as a race at a store with these vendors; its docstring is its name."""

    def register(run: Race) -> Race:
        ONE_TILL[(run.__doc__ or "").rstrip(".")] = (mix, run)
        return run

    return register


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("mix", ["leat", "dollars", "euros"])
async def test_a_race_has_one_end(tmp_path: Path, proof: Proof, mix: str) -> None:
    failures: list[Exception] = []
    crowd, times = proof.of(4, 50), proof.of(1, 10)
    async with open_place(tmp_path, mix) as place:
        for name, scarce in SCARCE.items():
            if scarce.mix == mix:
                await tried(
                    proof, f"{crowd} tills want {name}", run_short(place, scarce, crowd), failures
                )
        for name, (where, run) in ONE_TILL.items():
            if where == mix:
                await tried(proof, name, run(place, times), failures)
    if failures:
        raise ExceptionGroup("the guarantee is broken", failures)


async def tried(proof: Proof, name: str, run: Awaitable[None], failures: list[Exception]) -> None:
    """Count a race; its failure does not stop the others."""
    try:
        with proof.case(KIND, name):
            await run
    except Exception as failure:
        failure.add_note(name)
        failures.append(failure)


# --- many tills -------------------------------------------------------------------------------


async def run_short(place: Place, scarce: Scarce, crowd: int) -> None:
    """All want one each at once; who has one pays, who has none gives up."""
    # With few tills a piece is so large that there are fewer pieces than tills.
    size = 1 if crowd > scarce.there else -(-scarce.there // 3)
    wanted = times(scarce.wanted, size)
    sales = await place.sales(crowd)
    await a_few_at_a_time(sale.say(opening(*scarce.cards)) for sale in sales)
    answers = await asyncio.gather(*(sale.say(wanted) for sale in sales))
    served = [sale for sale, answer in zip(sales, answers, strict=True) if answer.code is None]
    no = {answer.code for answer in answers} - {None}
    assert len(served) == scarce.there // size, Counter(answer.code for answer in answers)
    assert no == set(scarce.refusals)
    await a_few_at_a_time(sell(sale) for sale in served)
    await a_few_at_a_time(sale.end() for sale in sales)
    view = await served[0].view()
    net = served[0].world.net(await place.books(), bill_of(view))
    assert net[f"ann: {scarce.book}"] == scarce.worth * size * len(served), net


async def a_few_at_a_time(work: Iterable[Awaitable[Any]]) -> None:
    """Do what is no race itself without a crowd."""
    turn = asyncio.Semaphore(8)

    async def in_turn(one: Awaitable[Any]) -> None:
        async with turn:
            await one

    await asyncio.gather(*(in_turn(one) for one in work))


def times(wanted: Message, size: int) -> Message:
    """The same of a stored value in larger pieces."""
    body = wanted.body or {}
    return replace(wanted, body=body | {"amount": body["amount"] * size}) if size > 1 else wanted


async def sell(sale: Sale, ready: Message = READY) -> Json:
    """Have what is due paid; answers the view of the sold checkout."""
    due = (await sale.say(ready)).body["totals"]["due_amount"]
    await sale.say(paid(due))
    view = await sale.end()
    assert (view["status"], view["attention"]) == ("completed", [])
    return view


# --- one checkout -----------------------------------------------------------------------------


async def loaded(place: Place, *more: Message) -> tuple[Sale, int]:
    """A bill with a held voucher and a charged gift card; answers what is due."""
    sale = await place.sale()
    for message in (opening("leat"), VOUCHER, CARD, *more):
        assert (await sale.say(message)).code is None
    answer = await sale.say(READY)
    return sale, int(answer.body["totals"]["due_amount"])


SPENT = {"ann: leat gift card": -5_00, "ann: leat voucher": 1}


def spent(end: Json) -> Json:
    """What is gone of the voucher and the card."""
    return {name: amount for name, amount in end["books"].items() if name in SPENT}


@race("leat")
async def cancel_against_captured(place: Place, times: int) -> None:
    """Cancel against captured: who has paid has bought."""
    for number in range(times):
        sale, due = await loaded(place)
        said = [sale.say(CANCEL), sale.say(paid(due))]
        cancelled, sold = await asyncio.gather(*(said if number % 2 else reversed(said)))
        assert {cancelled.code, sold.code} <= {None, "already_committed"}
        end = await end_of(sale)
        assert (end["status"], end["attention"], end["give_back"]) == ("completed", [], [])
        assert spent(end) == SPENT


@race("leat")
async def cancel_against_the_capture_of_an_authorisation(place: Place, times: int) -> None:
    """Cancel against the capture of what was authorised: who has paid has bought."""
    for _ in range(times):
        sale, due = await loaded(place)
        assert (await sale.say(paid(due, "authorized"))).body["instruction"] == "capture"
        await asyncio.gather(sale.say(CANCEL), sale.say(paid(due)), sale.say(CANCEL))
        end = await end_of(sale)
        assert (end["status"], end["attention"], end["give_back"]) == ("completed", [], [])
        assert spent(end) == SPENT


@race("leat")
async def cancel_against_authorized(place: Place, times: int) -> None:
    """Cancel against authorized: nothing is charged, and what is authorised is to be voided."""
    for _ in range(times):
        sale, due = await loaded(place)
        authorized = paid(due, "authorized")
        held, cancelled = await asyncio.gather(sale.say(authorized), sale.say(CANCEL))
        assert cancelled.code is None
        end = await end_of(sale)
        assert (end["status"], end["books"]) == ("cancelled", {})
        assert end["instruction"] == ("void" if end["payments"] else None)
        assert held.code is None if end["payments"] else held.code == "state_conflict"


@race("leat")
async def one_bill_at_ten_tills(place: Place, times: int) -> None:
    """One bill opened at ten tills at once: one checkout."""
    for _ in range(times):
        (sale,) = await place.sales(1)
        answers = await asyncio.gather(*(sale.say(opening("leat")) for _ in range(10)))
        assert Counter(a.http.status_code for a in answers) == {201: 1, 200: 9}
        assert len({answer.body["id"] for answer in answers}) == 1
        await sell(sale)
        assert (await end_of(sale))["books"]["ann: leat order"] == 1


@race("leat")
async def ready_against_a_new_basket(place: Place, times: int) -> None:
    """Ready against a new basket: the customer pays for the basket that is frozen."""
    for number in range(times):
        sale, _ = await loaded(place, Message("remove_tender", subject="tnd_1"))
        await sale.say(Message("reopen"))
        basket = (opening(quantity=2 + number).body or {})["basket"]
        changed, _ = await asyncio.gather(
            sale.say(Message("put_basket", {"basket": basket})), sale.say(READY)
        )
        assert changed.code in (None, "basket_frozen")
        await sell(sale)
        sold = (await end_of(sale))["totals"]["basket_amount"]
        assert sold == (VALUE if changed.code else (2 + number) * 3_50)


@race("leat")
async def twenty_reports_of_one_payment(place: Place, times: int) -> None:
    """The till and its payment provider report one payment twenty times, in every state."""
    for _ in range(times):
        sale, due = await loaded(place)
        reports = [paid(due), paid(due, "authorized")] * 10
        answers = await asyncio.gather(*(sale.say(report) for report in reports))
        assert {answer.code for answer in answers} == {None}
        end = await end_of(sale)
        assert (end["status"], end["attention"]) == ("completed", [])
        assert end["payments"] == [["card-1", "captured", "card", due]]
        assert spent(end) == SPENT


@race("leat")
async def a_late_payment_at_four_tills(place: Place, times: int) -> None:
    """A payment of a cancelled bill, told four times at once: the sale stands, once."""
    for _ in range(times):
        sale, due = await loaded(place)
        await sale.say(CANCEL)
        await sale.end()
        answers = await asyncio.gather(*(sale.say(paid(due)) for _ in range(4)))
        assert {answer.code for answer in answers} == {None}
        end = await end_of(sale)
        assert (end["status"], end["attention"]) == ("completed", [])
        assert spent(end) == SPENT


@race("leat")
async def refunds_corrections_and_another_payment(place: Place, times: int) -> None:
    """Refunds against a correction and another payment: everything back once, one case."""
    for number in range(times):
        sale, due = await loaded(place)
        await sale.say(paid(due))
        cash = (paid(due, type="cash", reason="it was cash").body or {}) | {}
        said = [
            Message("refund", {"refund_id": "a-<bill>", "reason": "cold"}),
            Message("refund", {"refund_id": "b-<bill>", "reason": "cold"}),
            Message("correct_payment", cash, subject="pay_1"),
            paid(1_00, reference="card-2"),
        ]
        said = said[number % 4 :] + said[: number % 4]
        answers = await asyncio.gather(*(sale.say(message) for message in said))
        codes = Counter(answer.code for answer in answers)
        assert codes == {None: 2, "refund_exceeds_sale": 1, "payment_mismatch": 1}, codes
        end = await end_of(sale)
        assert (end["status"], end["books"]) == ("completed", {})
        assert end["attention"] == [["payment_unmatched", 1_00]]


@race("dollars")
async def twenty_identical_readys(place: Place, times: int) -> None:
    """Twenty times ready at once at a one-step till: what it spends is spent once."""
    for _ in range(times):
        sale = await place.sale()
        await sale.say(opening("leat", "koupon"))
        barcode = Message("apply_offer", {"code": "<ann_barcode>", "discount": OFF})
        assert (await sale.say(barcode)).code is None
        answers = await asyncio.gather(*(sale.say(AT_READY) for _ in range(20)))
        assert {(a.code, a.body["totals"]["due_amount"]) for a in answers} == {(None, VALUE - 1_00)}
        await sell(sale, AT_READY)
        assert (await end_of(sale))["books"]["ann: koupon coupon"] == 1


@race("euros")
async def the_vendors_callback_against_ready(place: Place, times: int) -> None:
    """The Let'sTrade app's callback against ready: the price has the voucher, or the app a no."""
    for _ in range(times):
        sale = await place.sale()
        await sale.say(opening())
        voucher, body = await pick(sale)
        took, ready = await asyncio.gather(call_back(sale, body), sale.say(READY))
        assert took.status_code in (200, 409), took.text
        due = ready.body["totals"]["due_amount"]
        off = 3_00 if took.status_code == 200 else 0
        assert due == VALUE - off
        await sell(sale)
        await end_of(sale)
        known = (await place.books())["letstrade"]["vouchers"][voucher]
        assert known["state"] == ("BURNED" if off else "AVAILABLE")


async def pick(sale: Sale) -> tuple[str, Json]:
    """Pick Ann's voucher in the app; answers its id and what the app would post."""
    books = (await sale.shop.control("GET", "/books"))["letstrade"]
    voucher = books["codes"][sale.world.actual["ann_redeem"]]["voucher_id"]
    bill = {"transaction_id": sale.world.actual["bill"], "voucher_ids": [voucher]}
    wanted = bill | {"url": "http://127.0.0.1:9/"}
    made = await sale.shop.control("POST", "/letstrade/append-vouchers", wanted)
    return voucher, dict(made["sent"])


async def call_back(sale: Sale, body: Json) -> httpx.Response:
    """Post as the vendor does."""
    secret = {"Authorization": f"Bearer {letstrade.CALLBACK_SECRET}"}
    path = "/v1/callbacks/letstrade/append-vouchers"
    return await sale.till.http.post(path, json=body, headers=secret)
