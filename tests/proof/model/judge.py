"""I1 to I6 of one played checkout, judged by the vendors' books and the till's own drawer.

The model is small on purpose: what the till captured, what its goods cost, and what the answers
promised. All else is what the vendors say.
"""

from typing import Any

from tests.proof.model.play import Play
from tests.support.books import balances
from tillsaga.demo.agreement import agreement
from tillsaga.demo.movements import Bill, Net
from tillsaga.demo.vendors import leat, letstrade, loyale

Json = dict[str, Any]
OPEN_ENDED = ("pending", "in_doubt")
NOT_OWED = frozenset({"create_member", "activate_voucher"})
"""What stays although the sale failed: nothing of the customer's was spent by it."""
VALUES = {
    ("leat", "giftcard"): leat.GIFTCARD,
    ("leat", "prepaid"): leat.PREPAID,
    ("letstrade", "wallet"): letstrade.WALLET,
    ("loyale", "giftcard"): loyale.GIFTCARD,
}
OF_THE_PAYMENT = frozenset(
    {"payment_unmatched", "payment_corrected", "payment_unknown", "tender_lost", "sale_changed"}
)


def judge_step(play: Play) -> None:
    """What holds at every moment, and costs nothing to look at."""
    view = play.view
    totals = view["totals"]
    assert totals["basket_amount"] in play.told, totals
    assert all(amount >= 0 for amount in totals.values()), totals
    assert totals["discount_amount"] <= totals["basket_amount"], totals
    left = totals["basket_amount"] - totals["discount_amount"] + totals["fees_amount"]
    left += totals["tax_amount"] - totals["tender_amount"] - totals["paid_amount"]
    assert totals["due_amount"] == max(0, left), totals
    known = play.captured(view)
    assert known == play.drawer.captured, (known, play.drawer.captured)


def judge_end(play: Play) -> None:
    """What holds when everything works again and the checkout has ended."""
    judge_step(play)
    after, view = play.at.books(), play.view
    assert view["status"] == play.status
    records = play.at.run(play.shop.wiring.checkouts.facts(play.checkout.id)).effects
    booked = play.shopper.booked(after, Bill(view["id"], play.basket_id))
    agreed = agreement(view, records, booked)
    assert agreed.differences == (), agreed.differences  # I2, and I3: nothing is there twice
    _nothing_is_left_open(play)
    assert leat.LOCK not in agreed.net or _explained(play, "leat"), agreed.net
    if view["status"] == "completed":
        _all_that_was_sold_is_there(play, agreed.net)
    else:
        _nothing_is_left(play, after)


def _cases(play: Play) -> list[Json]:
    """What is before a person now, or was: accepted and hand-made ends are explained too."""
    return [*play.view["attention"], *play.settled]


def _named(play: Play) -> set[str]:
    return {case["effect_id"] for case in _cases(play) if case["effect_id"]}


def _explained(play: Play, vendor: str) -> bool:
    return any(name.split(":")[1] == vendor for name in _named(play))


def _nothing_is_left_open(play: Play) -> None:
    for effect in play.view["effects"]:
        assert effect["status"] not in OPEN_ENDED, effect
        if effect["status"] in ("manual", "irreversible"):
            assert effect["id"] in _named(play), (effect, play.view["attention"])


def _nothing_is_left(play: Play, after: Json) -> None:
    """A sale that was not made has left nothing behind but what a case names."""
    moved = balances.moved(play.before, after)
    named = {name.split(":")[1] for name in _named(play)}
    assert {v: m for v, m in moved.items() if v not in named} == {}, (moved, play.view["effects"])
    for effect in play.view["effects"]:
        stands = effect["status"] == "applied" and effect["operation"] not in NOT_OWED
        assert not stands or effect["id"] in _named(play), effect
    captured = {p["id"]: p["amount"] for p in play.view["payments"] if p["status"] == "captured"}
    given = {g["payment_id"]: g["amount"] for g in play.view["give_back"]}
    assert given == captured, (given, captured)


def _all_that_was_sold_is_there(play: Play, net: Net) -> None:
    """What was sold is paid to the cent, and every vendor has done its part or has its case."""
    view, totals = play.view, play.view["totals"]
    codes = {case["code"] for case in _cases(play)}
    if not codes & OF_THE_PAYMENT:
        owed = totals["basket_amount"] - totals["discount_amount"]
        assert sum(play.drawer.captured.values()) + totals["tender_amount"] == owed, totals
    for (vendor, kind), ledger in VALUES.items():
        charged = sum(
            t["amount"]
            for t in view["tenders"]
            if (t["provider"], t["type"], t["status"]) == (vendor, kind, "charged")
        )
        if not _explained(play, vendor):
            assert -net.get(ledger, 0) == charged, (vendor, kind, net, view["tenders"])
    for offer in (o for o in view["offers"] if o["status"] == "redeemed"):
        assert _is_used_up(play, offer), (offer, view["effects"])
    if "letstrade" in play.kinds and not _explained(play, "letstrade"):
        assert net.get(letstrade.ORDER) == 1 or "earning_failed" in codes, net


def _is_used_up(play: Play, offer: Json) -> bool:
    subject = offer["id"].split(":", 2)[2]
    done = [
        effect
        for effect in play.view["effects"]
        if effect["provider"] == offer["provider"] and effect["status"] == "applied"
    ]
    own = any(subject in effect["id"] for effect in done)
    whole = any(e["operation"] in ("post_transaction", "finalise") for e in done)
    return own or whole or _explained(play, offer["provider"])
