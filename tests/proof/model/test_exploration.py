"""The workflow's own code on the crank: everything that can happen, in every order, to a depth.

The explored alphabet is every till message about money, every way in which a vendor's call may
end (a yes, a no, an answer lost before or after the effect, not sent at all, unknown for good),
answers that come late, the end of a patience or of a silence, a terminate and a cancel from
outside. At each step: what was accepted was allowed, no status leads where it must not, nothing
is spent for good before money is certain and all that can be undone stands, undos run newest
first, nothing happens twice. Each state is driven to its end and judged there by the vendors'
truth.
"""

from collections.abc import Iterator
from itertools import combinations

import pytest

from tests.proof.model.bills import CARD, ITEMS, OFFERS, Bill
from tests.proof.model.crank import by_hand
from tests.proof.model.explore import Explored, Path, explore, in_trouble, replayed
from tests.proof.model.sale import Sale
from tests.proof.tally import Proof
from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.model import Json
from tillsaga.domain.plan import plan

KIND = "Exhaustive exploration"
BUILDING = ("ready", "cancel", "terminate")
PAYING = ("authorize", "capture", "void", "decline", "cancel", "reopen", "terminate", "leave")


@pytest.fixture(autouse=True)
def hand_cranked() -> Iterator[None]:
    with by_hand():
        yield


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("flow", "in_doubt", "depth"),
    [("two_step", "honour", 4), ("one_step", "honour", 3), ("two_step", "refuse", 3)],
)
@pytest.mark.parametrize("item", ITEMS)
def test_one_thing_is_spent_or_sold_in_every_order(
    item: str, flow: str, in_doubt: str, depth: int, proof: Proof
) -> None:
    bill = Bill((item,), flow, in_doubt)
    name, depth = f"paying: {item}, {flow}, {in_doubt}", depth - proof.of(3, 0)
    seen = counted(proof, name, bill, (*gathered(bill), ("say", "ready")), PAYING, depth)
    assert seen.interleavings >= depth


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("item", [item for item in ITEMS if item != CARD])
def test_one_thing_comes_and_goes_in_every_order_while_the_basket_is_built(
    item: str, proof: Proof
) -> None:
    bill = Bill((item,))
    come, go = ("apply", "remove") if item in OFFERS else ("tender", "untender")
    said = (f"{come} {item}", f"{go} {item}", *BUILDING)
    seen = counted(proof, f"building: {item}", bill, (), said, proof.of(2, 4))
    assert seen.interleavings > 2


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", ITEMS)
def test_every_mix_is_sold_through_every_trouble(first: str, proof: Proof) -> None:
    for mix in mixes(first, most=proof.of(1, 3)):
        for flow in ("two_step", "one_step"):
            bill = Bill(mix, flow)
            troubles = 2 if len(mix) <= proof.of(0, 2) else 1
            with proof.case(KIND, f"plan: {', '.join(mix)}, {flow}, {troubles} troubles"):
                sales = in_trouble(bill, gathered(bill), troubles)
            proof.cases(KIND, f"plan: {', '.join(mix)}, {flow}: {sales} sales", sales - 1)
            assert sales > troubles


@pytest.mark.timeout(1800)
def test_every_mix_is_planned_in_the_order_that_can_be_undone(proof: Proof) -> None:
    planned = [mix for first in ITEMS for mix in mixes(first, most=proof.of(2, len(ITEMS)))]
    for mix in planned:
        in_order(plan(gathered_sale(Bill(mix)).checkout))
    proof.cases(KIND, f"the plans of {len(planned)} mixes", len(planned))


def in_order(steps: list[Json]) -> None:
    """What can be undone, what cannot by its rank, the payment, and what is carried forward."""
    stages = [str(step["stage"]) for step in steps]
    order = ["apply", "seal", "pivot", "commit", "earn"]
    assert stages == sorted(stages, key=order.index)
    assert stages.count("pivot") == 1
    ranks = [OPERATIONS[str(step["operation"])].rank for step in steps if step["stage"] == "seal"]
    assert ranks == sorted(ranks)
    pivot = stages.index("pivot")
    for step in steps[:pivot]:
        assert step["stage"] == "seal" or step["reversibility"] != "irreversible", step
    for step in steps[pivot + 1 :]:
        whole = step["operation"] in ("finalise", "send_giftcard")  # always told, and nothing spent
        assert whole or step["reversibility"] != "irreversible", step


def mixes(first: str, most: int) -> Iterator[tuple[str, ...]]:
    """Every mix of things on one bill that begins with this one."""
    rest = ITEMS[ITEMS.index(first) + 1 :]
    for number in range(most):
        for others in combinations(rest, number):
            yield (first, *others)


def counted(
    proof: Proof, name: str, bill: Bill, prefix: Path, said: tuple[str, ...], depth: int
) -> Explored:
    """Explore, and count every state that was judged."""
    with proof.case(KIND, f"{name}, depth {depth}"):
        seen = explore(bill, prefix, said, depth)
    words = f"{name}, depth {depth}: {seen.states} states, {seen.interleavings} orders of events"
    proof.cases(KIND, words, seen.states - 1)
    return seen


def gathered_sale(bill: Bill) -> Sale:
    """Everything applied without trouble."""
    return replayed(bill, gathered(bill))


def gathered(bill: Bill) -> Path:
    """How everything is applied without trouble."""
    sale = Sale(bill)
    path = list(sale.let_all_answer())
    for item in (item for item in bill.items if item != CARD):
        path.append(("say", f"{'apply' if item in OFFERS else 'tender'} {item}"))
        sale.happen(path[-1])
        path += sale.let_all_answer()
    return tuple(path)
