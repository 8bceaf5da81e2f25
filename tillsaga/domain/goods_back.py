"""What goods that come back take with them: the points that they would earn today."""

from tillsaga.domain.checkout import Checkout, GiveBack
from tillsaga.domain.effects import Effect, Step
from tillsaga.domain.messages import ReturnGoods
from tillsaga.domain.model import Instant, Json, Model
from tillsaga.domain.offers import Identifier, Member
from tillsaga.domain.plan import sale_of
from tillsaga.domain.ports import Weighed
from tillsaga.domain.reads import ReadFailure
from tillsaga.domain.refunds import Refund, RefundedLine, Reversal, Share
from tillsaga.domain.returns import GoodsReturn, turned
from tillsaga.domain.sale import Sale

OPERATION = "return_goods"


class WeighGoods(Model):
    """Ask one vendor whose the goods were, and how many points they are worth today."""

    checkout_id: str
    store_id: str
    provider: str
    kind: str
    identifiers: tuple[Identifier, ...] = ()
    member: Member | None = None
    goods: Sale


class WeighAnswer(Model):
    """`member` is None where the vendor does not know the customer; `failure`: it cannot say."""

    member: Member | None = None
    weighed: Weighed | None = None
    failure: ReadFailure | None = None


def goods_of(checkout: Checkout) -> Sale:
    """Write what came back as the sale that it would be today."""
    basket = checkout.basket
    assert basket is not None, "what comes back is on a bill"
    back = turned(line for line in basket.lines if line.type == "product" and line.quantity < 0)
    nothing: dict[str, object] = {"charges": (), "external_vouchers": (), "tax_amount": None}
    alone: dict[str, object] = {"basket": basket.model_copy(update={"lines": back, **nothing})}
    unpaid: dict[str, object] = {"offers": [], "tenders": [], "payments": [], "sales": {}}
    # The step names the customer; a run that goes on may not know the other vendors' yet.
    without = {"members": {}, "fees": {}, "added_tax_amount": 0, **alone, **unpaid}
    return sale_of(checkout.model_copy(update=without))


def take_back(checkout: Checkout, said: ReturnGoods, at: Instant) -> Refund:
    """Write a return without a sale down; from here on it stands."""
    checkout.basket = said.basket(checkout.id)
    checkout.cashier_id = said.cashier_id
    checkout.returned = GoodsReturn(
        approved_by=said.approved_by,
        requested_by=said.requested_by,
        payment_type=said.payment_type,
        digest=said.digest,
        named=bool(said.identifiers),
    )
    checkout.status, checkout.paid_at = "completed", at
    shares = (Share(type=said.payment_type, amount=said.amount),) if said.amount else ()
    checkout.give_back = [GiveBack(type=share.type, amount=share.amount) for share in shares]
    checkout.instruction = "refund" if shares else None
    checkout.absent = {
        provider.name: mine
        for provider in checkout.terms.providers
        if (mine := tuple(i for i in said.identifiers if i.provider in (None, provider.name)))
    }
    refund = Refund(
        refund_id=said.refund_id,
        reason=said.reason,
        lines=tuple(
            RefundedLine(line_id=line.line_id, quantity=line.quantity, amount=line.amount)
            for line in said.lines
        ),
        amount=said.amount,
        shares=shares,
        created_at=at,
    )
    checkout.refunds.append(refund)
    return refund


def step_for(checkout: Checkout, member: Member, weighed: Weighed) -> Step:
    """Say how many points are taken, as the store's policy wants it where they are spent.

    `request`: `points` to take of the `earned` ones; fewer, where the rest is spent already.
    """
    points, balance = weighed.points, weighed.balance
    if balance is not None and balance < points:
        policy = checkout.terms.spent_points_on_refund
        points = {"negative": points, "floor": max(0, balance), "review": 0}[policy]
    request: Json = {"points": points, "earned": weighed.points}
    return Step(operation=OPERATION, subject=member.member_id, request=request)


def is_kept_back(checkout: Checkout, step: Step) -> bool:
    """Whether a person is to look at points that are spent already."""
    policy = checkout.terms.spent_points_on_refund
    return policy == "review" and step.request["points"] != step.request["earned"]


def return_effect(checkout: Checkout, provider: str) -> Effect | None:
    """Find how a vendor's points were taken back, or are about to be."""
    mine = [e for e in checkout.effects if (e.provider, e.operation) == (provider, OPERATION)]
    return mine[-1] if mine else None


def reversal_for(checkout: Checkout, effect: Effect, refund: Refund) -> Reversal:
    """Find the refund's line about a vendor, or write it."""
    known = next((r for r in refund.reversals if r.effect_id == effect.id), None)
    if known is None:
        points = effect.request.get("points")
        known = Reversal(
            way="give_back_part",
            provider=effect.provider,
            operation=effect.operation,
            effect_id=effect.id,
            amount=effect.amount,
            points=-points if isinstance(points, int) and points else None,
        )
        refund.reversals.append(known)
    return known
