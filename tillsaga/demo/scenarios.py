"""The scenarios: what a till, a customer and bad luck do to a checkout."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tillsaga.demo.agreement import Net
from tillsaga.demo.stage import Played, Stage
from tillsaga.demo.till import Till
from tillsaga.demo.vendor import REWARD, Customer
from tillsaga.dev.stack import WORKER
from tillsaga.dev.stores_template import QUICK_TERMINAL
from tillsaga.sandbox import world

Json = dict[str, Any]
GIFTCARD, PREPAID, REWARD_POINTS = 5_00, 4_00, 50
LINES: list[Json] = [
    {"line_id": "1", "type": "product", "sku": world.COFFEE, "title": "Flat white",
     "quantity": "2", "unit_amount": 3_50, "categories": ["drinks"]},
    {"line_id": "2", "type": "product", "sku": "CAKE-1", "title": "Apple cake",
     "quantity": "1", "unit_amount": 4_50, "categories": ["bakery"]},
    {"line_id": "3", "type": "product", "sku": "BEANS-1", "title": "Coffee beans, 1 kg",
     "quantity": "1", "unit_amount": 12_00, "categories": ["groceries"]},
]  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """A story, and how it has to end."""

    title: str
    play: Callable[[Stage], Played]
    ends_as: str

    def expected(self, checkout: Json) -> Net:
        """What the vendor's books must come to: the whole sale, or nothing."""
        if self.ends_as != "completed":
            return Net()
        earned = sum(each["points"] or 0 for each in checkout["earned"])
        return Net(
            voucher_uses=1,
            collections=1,
            giftcard=-GIFTCARD,
            prepaid=-PREPAID,
            points=earned - REWARD_POINTS,
            orders=1,
        )


def gather(stage: Stage, till: Till, customer: Customer) -> Json:
    """Build a checkout with one of everything."""
    with stage.step("open the checkout, identify Ann by her card"):
        checkout = till.open(LINES, customer.card)
    with stage.step("lock her voucher: a free coffee"):
        checkout = till.offer(checkout, code=customer.voucher_code)
    reward = next(offer["id"] for offer in checkout["offers"] if REWARD in offer["id"])
    with stage.step("pre-redeem her reward: another coffee for 50 points"):
        checkout = till.offer(checkout, offer_id=reward)
    with stage.step("charge 5.00 to her gift card"):
        checkout = till.tender(checkout, "giftcard", GIFTCARD, customer.giftcard_code)
    with stage.step("charge 4.00 to her prepaid credit"):
        return till.tender(checkout, "prepaid", PREPAID)


def authorise(stage: Stage, till: Till, checkout: Json) -> Json:
    """Go as far as the card terminal's yes."""
    with stage.step("freeze the basket"):
        checkout = till.ready(checkout)
    with stage.step(f"card authorised: {checkout['totals']['due_amount'] / 100:.2f} EUR"):
        return till.pay(checkout, "authorized")


def paid(stage: Stage) -> Played:
    """Everything goes well."""
    customer = stage.vendor.new_customer()
    with stage.till() as till:
        checkout = authorise(stage, till, gather(stage, till, customer))
        with stage.step("card captured: redeem, collect, post the order"):
            checkout = till.wait_for_end(till.pay(checkout, "captured"))
        with stage.step("print the receipt"):
            till.receipt(checkout)
    return Played(customer, checkout)


def declined(stage: Stage) -> Played:
    """The card is declined for good."""
    customer = stage.vendor.new_customer()
    with stage.till() as till:
        checkout = gather(stage, till, customer)
        with stage.step("freeze the basket"):
            checkout = till.ready(checkout)
        with stage.step("card declined: give everything back"):
            checkout = till.wait_for_end(till.pay(checkout, "declined", final=True))
    return Played(customer, checkout)


def abandoned(stage: Stage) -> Played:
    """The customer walks away and the till falls silent."""
    customer = stage.vendor.new_customer()
    with stage.till(QUICK_TERMINAL) as till:
        checkout = gather(stage, till, customer)
        with stage.step("silence: after 3 s everything is given back"):
            checkout = till.wait_for_end(checkout)
    return Played(customer, checkout)


def answer_lost(stage: Stage) -> Played:
    """The vendor charges the gift card, and its answer never arrives."""
    customer = stage.vendor.new_customer()
    stage.vendor.go_wrong("drop_after", "giftcard_transaction.create")
    with stage.till() as till:
        checkout = authorise(stage, till, gather(stage, till, customer))
        with stage.step("card captured"):
            checkout = till.wait_for_end(till.pay(checkout, "captured"))
    return Played(customer, checkout)


def worker_killed(stage: Stage) -> Played:
    """The worker dies while the vendor redeems the voucher."""
    customer, vendor = stage.vendor.new_customer(), stage.vendor
    with stage.till() as till, ThreadPoolExecutor(1) as aside:
        checkout = authorise(stage, till, gather(stage, till, customer))
        before = vendor.times_applied("voucher.redeem")
        vendor.go_wrong("delay", "voucher.redeem", delay_ms=4000)
        with stage.step("card captured; kill -9 the worker during the redemption"):
            captured = aside.submit(till.pay, checkout, "captured")
            stage.wait_for(lambda: vendor.times_applied("voucher.redeem") > before, "redeeming")
            stage.stack.kill(WORKER)
        with stage.step("start another worker"):
            stage.stack.start(WORKER)
        with stage.step("it goes on where the first one stopped"):
            checkout = till.wait_for_end(captured.result())
    return Played(customer, checkout)


def cancelled(stage: Stage) -> Played:
    """Somebody cancels the workflow in the Temporal UI."""
    customer = stage.vendor.new_customer()
    with stage.till() as till:
        checkout = gather(stage, till, customer)
        with stage.step("cancelled in Temporal: give everything back"):
            stage.cancel_in_temporal(checkout)
            checkout = till.wait_for_end(till.read(checkout))
    return Played(customer, checkout)


SCENARIOS = {
    "paid": Scenario("Paid with everything at once", paid, "completed"),
    "declined": Scenario("The card is declined", declined, "cancelled"),
    "abandoned": Scenario("The customer walks away", abandoned, "expired"),
    "answer-lost": Scenario("An answer is lost after the charge", answer_lost, "completed"),
    "worker-killed": Scenario("The worker is killed while it redeems", worker_killed, "completed"),
    "cancelled": Scenario("Somebody cancels it in Temporal", cancelled, "cancelled"),
}
