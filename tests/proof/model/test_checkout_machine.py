"""Any till, any vendors' behaviour, any crash: hypothesis plays, and the vendors' books judge.

`TILLSAGA_EXPLORE=200` looks for longer than the same few checkouts that every run tries.
"""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.proof.model.judge import judge_end, judge_step
from tests.proof.model.play import FAULTS, GOODS, Play
from tests.proof.model.streets import MIXES, open_street
from tests.proof.tally import Proof
from tests.support.exploring import examples
from tests.support.street import Street

NUMBERS = st.integers(0, 9)
GOODS_OF_A_BASKET = st.lists(st.sampled_from(sorted(GOODS)), min_size=1, max_size=3).map(" ".join)
CARDS = ("leat", "wll", "loyale", "koupon")
ACTIONS = ("retry", "retry", "accept_loss", "settled_by_hand")
STATUSES = ("authorized", "captured", "declined", "failed", "voided")


@pytest.fixture(scope="module", params=MIXES)
def street(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Street]:
    with open_street(tmp_path_factory.mktemp("street"), request.param) as opened:
        yield opened


@pytest.mark.timeout(1800)
def test_whatever_happens_every_checkout_ends_as_its_books_say(
    street: Street, proof: Proof
) -> None:
    class Checkout(CheckoutMachine):
        at = street
        counting = proof

    run_state_machine_as_test(Checkout, settings=examples(proof.of(4, 100), proof.of(12, 16)))


class CheckoutMachine(RuleBasedStateMachine):
    """Draws the steps of a play; the play does them."""

    at: Street
    counting: Proof

    @initialize(skus=GOODS_OF_A_BASKET, shown=st.sets(st.sampled_from(CARDS)))
    def open(self, skus: str, shown: set[str]) -> None:
        # What was said so far decides what is said next, and no answer, which may come late.
        self.phase = "open"
        self.play = Play(self.at)
        self.play.open(skus, " ".join(sorted(shown & {*self.at.kinds})))

    @property
    def is_open(self) -> bool:
        return self.phase == "open"

    @property
    def in_dialogue(self) -> bool:
        return self.phase != "over"

    @property
    def resets(self) -> bool:
        return not self.at.shop.env.supports_time_skipping

    # --- the till -------------------------------------------------------------------------------

    @precondition(lambda self: self.in_dialogue)
    @rule(skus=GOODS_OF_A_BASKET)
    def change_lines(self, skus: str) -> None:
        self.play.change_lines(skus)

    @precondition(lambda self: self.in_dialogue)
    @rule(number=NUMBERS)
    def identify(self, number: int) -> None:
        kinds = [kind for kind in CARDS if kind in self.at.kinds]
        self.play.identify(kinds[number % len(kinds)])

    @precondition(lambda self: self.is_open)
    @rule(number=NUMBERS)
    def apply(self, number: int) -> None:
        self.play.apply(number)

    @precondition(lambda self: self.is_open)
    @rule(number=NUMBERS)
    def scan(self, number: int) -> None:
        self.play.scan(number)

    @precondition(lambda self: self.in_dialogue)
    @rule(number=NUMBERS)
    def remove_offer(self, number: int) -> None:
        self.play.remove_offer(number)

    @precondition(lambda self: self.is_open)
    @rule(number=NUMBERS, quarters=st.integers(1, 4))
    def tender(self, number: int, quarters: int) -> None:
        self.play.tender(number, quarters)

    @precondition(lambda self: self.in_dialogue)
    @rule(number=NUMBERS)
    def remove_tender(self, number: int) -> None:
        self.play.remove_tender(number)

    @precondition(lambda self: self.is_open)
    @rule(flow=st.sampled_from(["two_step", "two_step", "one_step"]))
    def ready(self, flow: str) -> None:
        self.phase = "ready"
        self.play.ready(flow)

    @precondition(lambda self: self.phase == "ready")
    @rule()
    def reopen(self) -> None:
        self.phase = "open"
        self.play.reopen()

    @precondition(lambda self: self.phase == "ready")
    @rule(status=st.sampled_from(["authorized", "authorized", "captured", "captured"]))
    def pay(self, status: str) -> None:
        self.phase = "over" if status == "captured" else "ready"
        self.play.pay(status)

    @rule(
        status=st.sampled_from(STATUSES),
        reference=st.sampled_from(["c-1", "c-2"]),
        off=st.sampled_from([0, 0, 0, -100, 100]),
        final=st.sampled_from([None, None, False, True]),
    )
    def report_anything(self, status: str, reference: str, off: int, final: bool | None) -> None:
        self.play.pay(status, reference, off, final)

    @rule(number=NUMBERS, status=st.sampled_from(STATUSES), off=st.sampled_from([0, -50, 50]))
    def correct(self, number: int, status: str, off: int) -> None:
        self.play.correct(number, status, off)

    @rule()
    def cancel(self) -> None:
        self.phase = "over"
        self.play.cancel()

    @rule(number=NUMBERS, same_id=st.booleans())
    def repeat(self, number: int, same_id: bool) -> None:
        self.play.repeat(number, same_id)

    # --- bad luck -------------------------------------------------------------------------------

    @rule(
        kind=st.sampled_from([*sorted(FAULTS), "refuse"]),
        vendor=NUMBERS,
        operation=st.integers(0, 20),
        times=st.integers(1, 4),
    )
    def fault(self, kind: str, vendor: int, operation: int, times: int) -> None:
        self.play.fault(kind, self.at.kinds[vendor % len(self.at.kinds)], operation, times)

    @rule(vendor=NUMBERS)
    def down(self, vendor: int) -> None:
        self.play.down(self.at.kinds[vendor % len(self.at.kinds)])

    @rule()
    def mend(self) -> None:
        self.play.mend()

    @rule(minutes=st.sampled_from([1, 16, 61]))
    def wait(self, minutes: int) -> None:
        self.play.wait(minutes)

    @rule(during=st.sampled_from(["", "before", "after", "after"]))
    def crash(self, during: str) -> None:
        self.play.crash(during)

    @rule(swept=st.booleans())
    def terminate(self, swept: bool) -> None:
        self.play.terminate()
        if swept:
            self.play.repair()

    @precondition(lambda self: self.resets)
    @rule(number=st.integers(0, 40))
    def reset(self, number: int) -> None:
        self.play.reset(number)

    @precondition(lambda self: self.resets)
    @rule()
    def forget(self) -> None:
        self.play.forget()

    @rule(number=NUMBERS, action=st.sampled_from(ACTIONS))
    def support(self, number: int, action: str) -> None:
        self.play.support(number, action)

    # --- the judge ------------------------------------------------------------------------------

    @invariant()
    def holds_at_every_moment(self) -> None:
        if hasattr(self, "play"):
            judge_step(self.play)

    def teardown(self) -> None:
        if not hasattr(self, "play"):
            return
        broken, steps = sys.exc_info()[1], self.play.steps
        try:
            with self.counting.case("Model check", " ".join(steps)):
                if broken is not None:
                    raise broken
                self.play.end()
                judge_end(self.play)
        except BaseException:
            sys.stdout.write("\n".join(["played:", *steps, ""]))
            raise
