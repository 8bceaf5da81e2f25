"""Everything together, over HTTP only: what the vendors' books show is what was recorded."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tillsaga.demo.scenarios import SCENARIOS
from tillsaga.demo.shopper import Shopper, new_shopper
from tillsaga.demo.stage import Json, Played, Stage
from tillsaga.demo.stories.building import GIFTCARD, LINES, PREPAID, authorise, reward_of
from tillsaga.demo.stories.mixes import POINTS_WORTH
from tillsaga.demo.till import Till
from tillsaga.demo.tour import compare, play
from tillsaga.dev.stack import API, TEMPORAL, WORKER
from tillsaga.dev.stores_template import UTRECHT

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("stack")]

COMPLETED = SCENARIOS["paid"]
SPENDING: dict[str, tuple[str, Json, Callable[[Json], int]]] = {
    "letstrade": (
        "letstrade",
        {"operation": "offerings.finalise"},
        lambda books: len(books["orders"]),
    ),
    "white-label": (
        "wll",
        {"operation": "voucher.validate"},
        lambda books: sum(one["burned_at"] is not None for one in books["vouchers"].values()),
    ),
    "loyale": (
        "loyale",
        {"operation": "transaction.create", "query_regex": "^$"},
        lambda books: len(books["transactions"]),
    ),
}
"""By scenario: the vendor, the call that spends for good, and how often the books have it."""


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_ends_as_it_should_and_all_books_agree(stage: Stage, name: str) -> None:
    assert play(stage, name).problems == []


@pytest.mark.parametrize("process", [WORKER, API, TEMPORAL])
def test_a_process_killed_during_a_charge_changes_nothing(stage: Stage, process: str) -> None:
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        checkout = till.offer(
            till.open(LINES, shopper.leat.identifier), code=shopper.leat.voucher_code
        )
        checkout = charge_while_killing(stage, till, checkout, shopper, process)
        checkout = finish(stage, till, checkout)

    agreed = compare(stage, Played(shopper, checkout))

    assert agreed.differences == ()
    assert checkout["status"] == "completed"
    assert agreed.net == COMPLETED.expected(checkout)


@pytest.mark.parametrize("process", [WORKER, API, TEMPORAL])
def test_a_process_killed_while_giving_back_leaves_nothing(stage: Stage, process: str) -> None:
    shopper = new_shopper(stage.sandbox)
    stage.sandbox.go_wrong("leat", "delay", "giftcard_transaction.reverse", delay_ms=1500)
    before = stage.sandbox.times_applied("leat", "giftcard_transaction.reverse")
    with stage.till() as till, ThreadPoolExecutor(1) as aside:
        checkout = till.tender(
            till.open(LINES, shopper.leat.identifier),
            "giftcard",
            GIFTCARD,
            shopper.leat.giftcard_code,
        )
        checkout = till.ready(checkout)
        declined = aside.submit(till.pay, checkout, "declined", final=True)
        kill_once(stage, process, "giftcard_transaction.reverse", before)
        checkout = till.wait_for_end(declined.result())

    agreed = compare(stage, Played(shopper, checkout))

    assert agreed.differences == ()
    assert checkout["status"] == "cancelled"
    assert agreed.net == SCENARIOS["declined"].expected(checkout)


@pytest.mark.parametrize("name", SPENDING)
def test_a_worker_killed_while_a_vendor_spends_for_good_changes_nothing(
    stage: Stage, name: str
) -> None:
    vendor, rule, spent = SPENDING[name]
    before = spent(stage.sandbox.books()[vendor])
    stage.sandbox.go_wrong(vendor, "delay", times=None, delay_ms=1000, **rule)
    with ThreadPoolExecutor(1) as aside:
        played = aside.submit(play, stage, name)
        stage.wait_for(
            lambda: played.done() or spent(stage.sandbox.books()[vendor]) > before, "spending"
        )
        stage.stack.kill(WORKER)
        stage.sandbox.mend()
        stage.stack.start(WORKER)

        assert played.result().problems == []


def test_a_till_asks_anew_for_what_a_vendor_was_too_slow_to_answer(stage: Stage) -> None:
    shopper = new_shopper(stage.sandbox)
    with stage.till(UTRECHT) as till:
        checkout = till.open(LINES, shopper.loyale.identifier)
        stage.sandbox.go_wrong("loyale", "delay", "transaction.create", delay_ms=3000)
        checkout = till.tender(checkout, "points", POINTS_WORTH)

    assert [tender["status"] for tender in checkout["tenders"]] == ["planned"]


def charge_while_killing(
    stage: Stage, till: Till, checkout: Json, shopper: Shopper, process: str
) -> Json:
    """The vendor has charged the card and its answer is under way when the process dies."""
    stage.sandbox.go_wrong("leat", "delay", "giftcard_transaction.create", delay_ms=1500)
    before = stage.sandbox.times_applied("leat", "giftcard_transaction.create")
    with ThreadPoolExecutor(1) as aside:
        code = shopper.leat.giftcard_code
        charged = aside.submit(till.tender, checkout, "giftcard", GIFTCARD, code)
        kill_once(stage, process, "giftcard_transaction.create", before)
        return charged.result()


def kill_once(stage: Stage, process: str, operation: str, before: int) -> None:
    """Kill a process as soon as the vendor has carried an operation out, and start another."""
    stage.wait_for(lambda: stage.sandbox.times_applied("leat", operation) > before, operation)
    stage.stack.kill(process)
    stage.stack.start(process)


def finish(stage: Stage, till: Till, checkout: Json) -> Json:
    checkout = till.offer(checkout, offer_id=reward_of(checkout))
    checkout = till.tender(checkout, "prepaid", PREPAID)
    checkout = till.pay(authorise(stage, till, checkout), "captured")
    return till.wait_for_end(checkout)
