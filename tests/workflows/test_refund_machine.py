"""Any basket, any offers and tenders, any series of refunds: what was sold, and no more, is back.

Hypothesis plays a till and its customers against the real thing, and the vendors' books judge.
`TILLSAGA_EXPLORE=200` looks for longer than the same few sales that every run tries.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.books import balances
from tests.support.exploring import examples
from tests.support.shop import basket
from tests.support.street import Street
from tillsaga.demo.shopper import Shopper
from tillsaga.demo.vendors import koupon
from tillsaga.domain import messages as m
from tillsaga.domain.view import Reply
from tillsaga.sandbox import world

MIXES = {
    "euros": ("leat", "letstrade", "wll", "loyale"),
    "dollars": ("leat", "loyale", "koupon"),
}
ORDERS = ("reverse", "pro_rata", "chosen")
EXCEEDS = "refund_exceeds_sale"
GOODS = {world.COFFEE: 3_50, "CAKE": 4_49, "BEANS": 11_99, "MUG": 7_03}
Json = dict[str, Any]


@pytest.fixture(scope="module", params=MIXES)
def street(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("street")
    refunding = {"letstrade": {"refund_enabled": True}}
    with Street(folder, MIXES[request.param], settings=refunding) as opened:
        opened.run(opened.shop.switch("letstrade", refund_enabled=True))
        yield opened


@pytest.mark.timeout(600)
def test_a_series_of_refunds_gives_back_what_was_sold(street: Street) -> None:
    class Sale(SaleMachine):
        at = street

    run_state_machine_as_test(Sale, settings=examples(12, steps=9))


@st.composite
def goods(draw: st.DrawFn) -> list[Json]:
    """One to four lines; coffee comes in categories that vouchers look at."""
    skus = draw(st.lists(st.sampled_from(sorted(GOODS)), min_size=1, max_size=4))
    return [
        {
            "line_id": str(number),
            "sku": sku,
            "title": sku.capitalize(),
            "quantity": str(draw(st.integers(1, 3))),
            "unit_amount": GOODS[sku],
            "categories": ["drinks"] if sku == world.COFFEE else ["food"],
        }
        for number, sku in enumerate(skus, 1)
    ]


class SaleMachine(RuleBasedStateMachine):
    """A sale that is built, paid or given up, and comes back in parts."""

    at: Street

    # --- building -------------------------------------------------------------------------------

    @initialize(lines=goods(), shown=st.sets(st.sampled_from(["leat", "wll", "loyale", "koupon"])))
    def open(self, lines: list[Json], shown: set[str]) -> None:
        self.shopper = self.at.shopper()
        self.before = self.at.books()
        self.refunds: list[Json] = []
        self.left = {line["line_id"]: int(line["quantity"]) for line in lines}
        currency = self.at.shop.store.currency
        cards = [
            getattr(self.shopper, kind).identifier for kind in sorted(shown & {*self.at.kinds})
        ]
        sold = basket(*lines, currency=currency)
        self.checkout = self.at.run(self.at.shop.open(sold, identifiers=cards))
        self.paid = False

    @property
    def is_open(self) -> bool:
        return not self.paid and self.checkout.view["status"] == "open"

    @precondition(lambda self: self.is_open)
    @rule(number=st.integers(0, 9))
    def take_what_is_offered(self, number: int) -> None:
        ready = [
            offer["id"]
            for offer in self.checkout.view["offers"]
            if offer["status"] == "available" and not offer["missing_points"]
        ]
        if ready:
            self.say("apply_offer", m.ApplyOffer(offer_id=ready[number % len(ready)]))

    @precondition(lambda self: self.is_open)
    @rule(number=st.integers(0, 9))
    def scan(self, number: int) -> None:
        codes = codes_of(self.shopper, self.at.kinds)
        self.say("apply_offer", m.ApplyOffer(code=codes[number % len(codes)]))

    @precondition(lambda self: self.is_open)
    @rule(number=st.integers(0, 9), share=st.integers(1, 4))
    def pay_a_part(self, number: int, share: int) -> None:
        stored = stored_values(self.shopper, self.at.kinds)
        kind, reference = stored[number % len(stored)]
        amount = self.checkout.view["totals"]["due_amount"] * share // 4
        if amount:
            tender = m.AddTender.model_validate(
                {"type": kind, "reference": reference, "amount": amount}
            )
            self.say("add_tender", tender)

    # --- the end of the sale --------------------------------------------------------------------

    @precondition(lambda self: self.is_open)
    @rule()
    def pay(self) -> None:
        """Pay what is due; where an offer or tender is lost meanwhile, pay what is due then."""
        for attempt in range(1, 4):
            if self.say("ready", m.MakeReady()).refusal is not None:
                continue
            due = self.checkout.view["totals"]["due_amount"]
            self.report("authorized", due, attempt)
            if self.checkout.view["instruction"] == "void":
                self.report("voided", due, attempt)
                continue
            self.report("captured", due, attempt)
            assert self.at.run(self.checkout.ended()) == "completed"
            self.checkout.view = self.at.run(self.checkout.seen())
            self.sources = sources(self.checkout.view)
            self.paid = True
            return

    def report(self, status: str, amount: int, attempt: int) -> None:
        fields = {"status": status, "type": "card", "amount": amount, "reference": f"c-{attempt}"}
        reply = self.say("payment", m.PaymentReport.model_validate(fields))
        assert reply.refusal is None, reply.refusal

    # --- refunds --------------------------------------------------------------------------------

    @precondition(lambda self: self.paid)
    @rule(number=st.integers(0, 9), most=st.integers(1, 3), order=st.sampled_from(ORDERS))
    def give_back(self, number: int, most: int, order: str) -> None:
        sold = sorted(line_id for line_id, left in self.left.items() if left)
        if not sold:
            assert self.refused({"refund_id": "more", "reason": "returned"}) == EXCEEDS
            return
        line_id = sold[number % len(sold)]
        quantity = min(most, self.left[line_id])
        self.refund([{"line_id": line_id, "quantity": str(quantity)}], order)
        self.left[line_id] -= quantity

    @precondition(lambda self: self.paid)
    @rule(number=st.integers(0, 9))
    def give_back_too_much(self, number: int) -> None:
        line_id, left = sorted(self.left.items())[number % len(self.left)]
        lines = [{"line_id": line_id, "quantity": str(left + 1)}]
        asked = {"refund_id": "more", "reason": "returned", "lines": lines}
        assert self.refused(asked) == EXCEEDS

    def refund(self, lines: list[Json] | None, order: str) -> None:
        asked: Json = {"refund_id": f"r-{len(self.refunds) + 1}", "reason": "returned"}
        asked |= {"lines": lines} if lines else {}
        asked |= {"tender_order": order}
        if order == "chosen":
            asked |= self.chosen(asked)
        foreseen, done = self.ask(asked | {"dry_run": True}), self.ask(asked)
        assert done["status"] in ("completed", "attention")
        assert foreseeable(foreseen) == foreseeable(done)
        self.refunds.append(done)

    def chosen(self, asked: Json) -> Json:
        """Choose as a till would: the first to pay is the first to be paid back."""
        foreseen = self.ask(asked | {"tender_order": "reverse", "dry_run": True})
        amount, shares = foreseen["amount"], []
        for name, source in self.sources:
            part = min(amount, source["amount"] - self.given(source["id"]))
            amount -= part
            shares += [{name: source["id"], "amount": part}] if part else []
        return {"tenders": shares} if shares else {"tender_order": "reverse"}

    def given(self, source: str) -> int:
        """How much of what a tender or payment paid has gone back."""
        state: Any = self.at.run(self.at.shop.wiring.checkouts.facts(self.checkout.id)).state
        shares = [share for refund in state["refunds"] for share in refund["shares"]]
        return sum(s["amount"] for s in shares if source in (s["tender_id"], s["payment_id"]))

    def ask(self, asked: Json) -> Json:
        reply = self.reply_to(asked)
        assert reply.answer is not None, reply.refusal
        return dict(reply.answer)

    def refused(self, asked: Json) -> str:
        reply = self.reply_to(asked)
        assert reply.refusal is not None, reply.answer
        return reply.refusal.code

    def reply_to(self, asked: Json) -> Reply:
        start = self.at.shop.start_for(self.checkout.id, resumed=True)
        message = m.RefundSale.model_validate(asked)
        _, reply = self.at.run(self.at.shop.with_start(start, "refund", message))
        self.checkout.view = reply.checkout
        return reply

    # --- the judge ------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "checkout"):
            return
        if self.paid:
            self.return_the_rest()
        else:
            self.say("cancel", m.Cancel(reason="given up"))
            assert self.at.run(self.checkout.ended()) == "cancelled"
            self.checkout.view = self.at.run(self.checkout.seen())
        self.judge()

    def return_the_rest(self) -> None:
        if any(self.left.values()):
            self.refund(None, "reverse")
        view = self.checkout.view
        sold = view["totals"]["basket_amount"] - view["totals"]["discount_amount"]
        assert sum(refund["amount"] for refund in self.refunds) == sold
        for _, source in self.sources:
            assert self.given(source["id"]) == source["amount"]

    def judge(self) -> None:
        moved = balances.moved(self.before, self.at.books())
        listed = {item["effect_id"].split(":")[1] for item in self.checkout.view["attention"]}
        unexplained = {vendor: moves for vendor, moves in moved.items() if vendor not in listed}
        assert unexplained == {}, self.checkout.view["effects"]

    def say(self, name: str, message: Any) -> Reply:
        return self.at.run(self.checkout.say(name, message))


def codes_of(shopper: Shopper, kinds: tuple[str, ...]) -> list[str]:
    codes = {
        "leat": shopper.leat.voucher_code,
        "letstrade": shopper.letstrade.voucher_code,
        "koupon": koupon.COUPON_CODE,
    }
    return [code for kind, code in codes.items() if kind in kinds]


def stored_values(shopper: Shopper, kinds: tuple[str, ...]) -> list[tuple[str, str | None]]:
    values: dict[str, list[tuple[str, str | None]]] = {
        "leat": [("giftcard", shopper.leat.giftcard_code), ("prepaid", None)],
        "letstrade": [("wallet", shopper.letstrade.payment_code)],
        "loyale": [("giftcard", shopper.loyale.giftcard), ("points", None)],
    }
    return [value for kind, found in values.items() if kind in kinds for value in found]


def sources(view: Json) -> list[tuple[str, Json]]:
    """All that paid, in the order in which it did."""
    tenders = [("tender_id", t) for t in view["tenders"] if t["status"] == "charged"]
    payments = [("payment_id", p) for p in view["payments"] if p["status"] == "captured"]
    return [*tenders, *payments]


def foreseeable(refund: Json) -> Json:
    """What a dry run can know: all but how it ended."""
    reversals = [reversal | {"status": None} for reversal in refund["reversals"]]
    return refund | {"reversals": reversals, "status": "", "created_at": "", "attention": []}
