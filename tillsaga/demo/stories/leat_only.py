"""Stories in the store that works with Leat alone."""

from concurrent.futures import ThreadPoolExecutor

from tillsaga.demo.shopper import new_shopper
from tillsaga.demo.stage import Played, Stage
from tillsaga.demo.stories.building import authorise, capture, freeze, gather
from tillsaga.dev.stack import WORKER
from tillsaga.dev.stores_template import QUICK_TERMINAL


def paid(stage: Stage) -> Played:
    """Everything goes well."""
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        checkout = authorise(stage, till, gather(stage, till, shopper))
        checkout = capture(stage, till, checkout, ": redeem, collect, post the order")
        with stage.step("print the receipt"):
            till.receipt(checkout)
    return Played(shopper, checkout)


def declined(stage: Stage) -> Played:
    """The card is declined for good."""
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        checkout = freeze(stage, till, gather(stage, till, shopper))
        with stage.step("card declined: give everything back"):
            checkout = till.wait_for_end(till.pay(checkout, "declined", final=True))
    return Played(shopper, checkout)


def abandoned(stage: Stage) -> Played:
    """The customer walks away and the till falls silent."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(terminal=QUICK_TERMINAL) as till:
        checkout = gather(stage, till, shopper)
        with stage.step("silence: after 3 s everything is given back"):
            checkout = till.wait_for_end(checkout)
    return Played(shopper, checkout)


def answer_lost(stage: Stage) -> Played:
    """The vendor charges the gift card, and its answer never arrives."""
    shopper = new_shopper(stage.sandbox)
    stage.sandbox.go_wrong("leat", "drop_after", "giftcard_transaction.create")
    with stage.till() as till:
        checkout = authorise(stage, till, gather(stage, till, shopper))
        checkout = capture(stage, till, checkout, "")
    return Played(shopper, checkout)


def worker_killed(stage: Stage) -> Played:
    """The worker dies while the vendor redeems the voucher."""
    shopper, sandbox = new_shopper(stage.sandbox), stage.sandbox
    with stage.till() as till, ThreadPoolExecutor(1) as aside:
        checkout = authorise(stage, till, gather(stage, till, shopper))
        before = sandbox.times_applied("leat", "voucher.redeem")
        sandbox.go_wrong("leat", "delay", "voucher.redeem", delay_ms=4000)

        def redeemed() -> bool:
            return sandbox.times_applied("leat", "voucher.redeem") > before

        with stage.step("card captured; kill -9 the worker as it redeems"):
            captured = aside.submit(till.pay, checkout, "captured")
            stage.wait_for(redeemed, "redeeming")
            stage.stack.kill(WORKER)
        with stage.step("start another worker"):
            stage.stack.start(WORKER)
        with stage.step("it goes on where the first one stopped"):
            checkout = till.wait_for_end(captured.result())
    return Played(shopper, checkout)


def cancelled(stage: Stage) -> Played:
    """Somebody cancels the workflow in the Temporal UI."""
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        checkout = gather(stage, till, shopper)
        with stage.step("cancelled in Temporal: give everything back"):
            stage.cancel_in_temporal(checkout)
            checkout = till.wait_for_end(till.read(checkout))
    return Played(shopper, checkout)
