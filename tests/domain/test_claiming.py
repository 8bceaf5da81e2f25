"""Who may still earn the points of a sale, as the archived checkout says it."""

from typing import Any

import pytest

from tests.domain.samples import BASKET_ID, NOON, checkout, effect, report, rich_checkout
from tillsaga.domain.checkout import Checkout, Earned
from tillsaga.domain.claiming import (
    Earning,
    askable,
    is_refunded,
    record,
    require_claimable,
    sale_for,
    standing,
)
from tillsaga.domain.effects import Concern, Done, Effect, Outcome, Step
from tillsaga.domain.offers import Member
from tillsaga.domain.ports import Facts, PaymentFact
from tillsaga.domain.receipt import receipt
from tillsaga.errors import REFUSALS, Refusal

ANN, BOB = Member(provider="leat", member_id="c-ann"), Member(provider="leat", member_id="c-bob")
ANNS = Step(operation="post_order", subject=BASKET_ID, request={"contact_uuid": "c-ann"})
BOBS = Step(operation="post_order", subject=BASKET_ID, request={"contact_uuid": "c-bob"})
REPORT = Step(operation="report_sale", subject=BASKET_ID)


def posted(status: Any = "applied", *, to: Step | None = ANNS, generation: int = 1) -> Effect:
    """The order as it was posted for somebody, or as nobody's."""
    order = effect("post_order", BASKET_ID, status, generation=generation)
    order.request = to.request if to else {}
    if status == "refused":
        order.outcome = Outcome(status="refused", code="no")
    return order


def sold(*effects: Effect, **more: Any) -> Checkout:
    return checkout(status="completed", effects=list(effects), **more)


def known(member: Member) -> dict[str, Any]:
    return {"members": {"leat": member}}


STANDINGS: dict[str, tuple[Checkout, str, str]] = {
    "nobody has claimed": (sold(), "open", "open"),
    "ann was identified and has earned": (sold(posted(), **known(ANN)), "theirs", "taken"),
    "ann's claim died before it was saved": (sold(posted()), "theirs", "taken"),
    "ann's claim is in doubt": (sold(posted("in_doubt")), "open", "taken"),
    "ann was refused, and nobody is left": (sold(posted("refused")), "open", "open"),
    "ann was identified and refused": (sold(posted("refused"), **known(ANN)), "open", "taken"),
    "a person settles ann's": (sold(posted("manual"), **known(ANN)), "theirs", "taken"),
    "ann was refused, then bob earned": (
        sold(posted("refused"), posted(to=BOBS, generation=2), **known(BOB)),
        "taken",
        "theirs",
    ),
}


@pytest.mark.parametrize(("sale", "anns", "bobs"), STANDINGS.values(), ids=STANDINGS)
def test_the_points_are_the_first_customers(sale: Checkout, anns: str, bobs: str) -> None:
    assert (standing(sale, ANN, ANNS), standing(sale, BOB, BOBS)) == (anns, bobs)


@pytest.mark.parametrize("step", [None, REPORT])
def test_a_vendor_that_gives_no_points_has_nothing_to_claim(step: Step | None) -> None:
    assert standing(sold(), ANN, step) == "nothing"


ENDED = Facts(ended=True)


def code(asked: Any, *arguments: Any, **named: Any) -> str | None:
    try:
        asked(*arguments, **named)
    except Refusal as no:
        return no.code if no.code in REFUSALS else f"{no.code} has no meaning"
    return None


def test_who_was_told_of_nobodys_sale_is_not_asked() -> None:
    wll = posted(to=None).model_copy(update={"provider": "wll", "kind": "wll"})
    assert askable(sold(wll), None) == ["leat"]
    assert code(askable, sold(wll), "wll") == "claim_not_possible"
    assert code(askable, sold(wll), "nobody") == "provider_unknown"
    mine = sold(wll, members={"wll": Member(provider="wll", member_id="m-1")})
    assert askable(mine, "wll") == ["wll"]


BACK = {
    "the order was returned": sold(posted("reversed")),
    "a card's load was taken back": sold(effect("load_giftcard", "gc-9", "reversed")),
    "money is to be given back": sold(give_back=[{"payment_id": "p", "type": "card", "amount": 1}]),
    "the return is under way": sold(posted().model_copy(update={"wanted": False})),
}
STANDING = {
    "nothing ran": sold(),
    "points were given": sold(posted()),
    "a charge was taken back while it was built": sold(effect(status="reversed")),
    "it was taken again after its end": sold(
        effect("redeem_voucher", "v-1", "reversed"), effect("redeem_voucher", "v-1", generation=2)
    ),
    "everything a sale can have": rich_checkout().model_copy(update={"give_back": []}),
}


@pytest.mark.parametrize("sale", BACK.values(), ids=BACK)
def test_nothing_is_earned_after_a_refund(sale: Checkout) -> None:
    assert is_refunded(sale)
    assert code(require_claimable, sale, ENDED) == "already_refunded"


@pytest.mark.parametrize("sale", STANDING.values(), ids=STANDING)
def test_what_was_taken_back_before_the_payment_is_no_refund(sale: Checkout) -> None:
    assert not is_refunded(sale)
    assert code(require_claimable, sale, ENDED) is None


def test_only_a_finished_sale_is_claimed() -> None:
    paid = PaymentFact(reference="card-1", report=report("captured"), received_at=NOON)
    busy = checkout(status="ready")
    assert code(require_claimable, busy, Facts(payments=(paid,))) == "claim_too_early"
    assert code(require_claimable, busy, Facts()) == "state_conflict"
    for status in ("open", "ready", "completing", "cancelling", "cancelled", "expired"):
        sale = checkout(status=status)
        assert code(require_claimable, sale, ENDED) == "state_conflict"


def test_a_vendor_is_told_of_its_own_customer_alone() -> None:
    elsewhere = Member(provider="wll", member_id="m-1")
    alone = sale_for(sold(), ANN)
    assert alone.members == {"leat": "c-ann"}
    both = sale_for(sold(members={"wll": elsewhere}), ANN)
    assert both.fingerprint_material("leat") == alone.fingerprint_material("leat")


def earning(outcome: Outcome, *, joined: bool = True, generation: int = 1) -> Earning:
    order = posted("pending", generation=generation)
    return Earning(member=ANN, effect=order, joined=joined, outcome=outcome)


GAVE = Outcome(status="applied", done=Done(reference="o-1", points=7, points_after=127))
NO = Outcome(status="refused", detail="too many points")


def test_a_claim_is_shown_with_points_and_without_its_link() -> None:
    sale = sold(posted(), claim_link="https://portal.test/l", version=4)
    assert receipt(sale)["claim_link"] == "https://portal.test/l"

    record(sale, [earning(GAVE)], NOON)
    record(sale, [earning(GAVE)], NOON)

    assert sale.earned == [Earned(provider="leat", points=7, balance_after=127)]
    assert (sale.members, sale.version) == ({"leat": ANN}, 6)
    assert receipt(sale)["claim_link"] is None


def test_what_the_vendor_left_to_a_person_is_before_a_person_once() -> None:
    concern = Concern(code="vendor_mismatch", detail="a cap cut the points short")
    done = Done(reference="o-1", points=3, concerns=(concern,))
    gave = Outcome(status="applied", done=done, concerns=(concern,))
    sale = sold(posted())

    record(sale, [earning(gave)], NOON)
    record(sale, [earning(gave)], NOON)

    assert [item.code for item in sale.attention] == ["vendor_mismatch"]
    assert sale.sale_effect("leat") is sale.effects[0]


def test_a_claim_that_is_refused_late_is_before_a_person_and_leaves_the_sale_free() -> None:
    sale = sold(posted("refused"))
    record(sale, [earning(Outcome(status="not_sent"))], NOON)
    assert (sale.members, sale.attention) == ({"leat": ANN}, [])

    record(sale, [earning(NO)], NOON)

    assert (sale.members, [a.code for a in sale.attention]) == ({}, ["earning_failed"])
    assert standing(sale, BOB, BOBS) == "open"


def test_a_refused_claim_does_not_forget_who_was_identified_in_the_sale() -> None:
    sale = sold(posted("refused"), **known(ANN))
    record(sale, [earning(NO, joined=False)], NOON)
    assert sale.members == {"leat": ANN}


def test_points_that_come_after_all_close_the_case() -> None:
    sale = sold(posted("refused"), posted(generation=2), **known(ANN))
    sale.open_attention("earning_failed", "no", NOON, effect=sale.effects[0])
    sale.open_attention("goodwill", "other", NOON)

    record(sale, [earning(GAVE, generation=2)], NOON)

    assert [a.code for a in sale.attention] == ["goodwill"]
