"""Claims: the points of a finished sale, for a customer who forgot their card.

What the archived checkout says decides. A vendor that was told of the sale as nobody's cannot be
told again; what a vendor gave, or may have given, to one customer is never given to another.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from tillsaga.domain.attention import BY_HAND
from tillsaga.domain.checkout import Checkout, Earned
from tillsaga.domain.effects import Effect, Outcome, Stage, Step
from tillsaga.domain.model import MutableModel
from tillsaga.domain.offers import Member
from tillsaga.domain.plan import sale_of
from tillsaga.domain.ports import Facts
from tillsaga.domain.sale import Sale
from tillsaga.errors import Refusal

EARNING = frozenset({"finalise", "post_order", "post_transaction"})
"""The operations by which a vendor learns of a sale and gives points for it."""

Standing = Literal["open", "theirs", "taken", "nothing"]


class Earning(MutableModel):
    """One vendor's part of a claim; without an `outcome` the vendor has not answered yet."""

    member: Member
    effect: Effect
    joined: bool
    """The claim brought the customer; a sale that they were identified in keeps them."""
    outcome: Outcome | None = None

    @property
    def is_open(self) -> bool:
        """Whether it goes on without the till."""
        return self.outcome is None or self.outcome.status in ("in_doubt", "not_sent")

    @property
    def is_refused(self) -> bool:
        """Whether the vendor surely gave nothing."""
        return self.outcome is not None and self.outcome.status == "refused"


def require_claimable(checkout: Checkout, facts: Facts) -> None:
    """Refuse a claim of a sale that is not complete, still busy, or given back.

    Raises:
        Refusal: `state_conflict`, `claim_too_early`, `already_refunded` or `claim_not_possible`.
    """
    if facts.captured and not facts.ended:
        raise Refusal("claim_too_early", "the sale is still being reported; claim it again soon")
    checkout.require("claim")
    if is_refunded(checkout):
        raise Refusal("already_refunded", "the sale was given back, so there is nothing to earn")
    if sale_of(checkout).returns_more:
        raise Refusal(
            "claim_not_possible", "more came back than was sold: there is nothing to earn"
        )


def is_refunded(checkout: Checkout) -> bool:
    """Whether anything of a completed sale was given back.

    A hold or charge that was taken back while the sale was built says nothing: only what runs
    with the payment or after it counts, in its latest generation.
    """
    latest = {(e.operation, e.provider, e.subject): e for e in checkout.effects}
    sold = (e for e in latest.values() if e.nature.stage is not Stage.APPLY or e.sealed)
    given_back = checkout.give_back or checkout.refunds
    return bool(given_back) or any(e.status == "reversed" or not e.wanted for e in sold)


def earning_effect(checkout: Checkout, provider: str) -> Effect | None:
    """Find how a vendor was told of the sale, unless it refused to hear of it."""
    mine = [e for e in checkout.effects if e.provider == provider and e.operation in EARNING]
    return mine[-1] if mine and mine[-1].status != "refused" else None


def askable(checkout: Checkout, provider: str | None) -> list[str]:
    """The vendors where the sale can still be somebody's, among those that are meant.

    Raises:
        Refusal: `provider_unknown`, or `claim_not_possible`: all of them know it as nobody's.
    """
    names = [p.name for p in checkout.terms.providers if provider in (None, p.name)]
    if not names:
        raise Refusal("provider_unknown", "the store has no such provider")
    asked = [name for name in names if not _is_nobodys(checkout, name)]
    if not asked:
        words = "the sale was reported without a customer, and the vendor cannot add one later"
        raise Refusal("claim_not_possible", words)
    return asked


def _is_nobodys(checkout: Checkout, provider: str) -> bool:
    """A step that reports the sale names its customer in the request; nobody's is empty."""
    effect = earning_effect(checkout, provider)
    return effect is not None and provider not in checkout.members and not effect.request


def is_somebodys(checkout: Checkout, provider: str) -> bool:
    """Whether the sale belongs to a customer of this vendor already."""
    return provider in checkout.members or earning_effect(checkout, provider) is not None


def standing(checkout: Checkout, member: Member, step: Step | None) -> Standing:
    """Say whether a customer may earn the sale's points at their vendor.

    `theirs` have been given already; `open` are those still to be given, or in doubt.
    """
    effect = earning_effect(checkout, member.provider)
    if is_somebodys(checkout, member.provider) and not _is_theirs(checkout, member, step, effect):
        return "taken"
    if effect is not None and effect.status not in ("pending", "in_doubt"):
        return "theirs"
    return "open" if step is not None and step.operation in EARNING else "nothing"


def _is_theirs(
    checkout: Checkout, member: Member, step: Step | None, effect: Effect | None
) -> bool:
    """The effect's own request counts too: a claim may have died before its member was saved."""
    owner = checkout.members.get(member.provider)
    same_request = step is not None and effect is not None and effect.request == step.request
    return same_request or (owner is not None and owner.member_id == member.member_id)


def sale_for(checkout: Checkout, member: Member) -> Sale:
    """Write the sale for one vendor: the same each time, whoever else has claimed elsewhere."""
    members = {member.provider: member.member_id}
    return sale_of(checkout).model_copy(update={"members": members})


def record(checkout: Checkout, earnings: Sequence[Earning], now: datetime) -> None:
    """Write into the archived checkout how a claim stands; its effects come from the records."""
    for earning in earnings:
        if earning.is_refused:
            _forget(checkout, earning)
        else:
            _attach(checkout, earning)
        if not earning.is_open:
            _note_end(checkout, earning, now)
    checkout.version += 1
    checkout.updated_at = now


def _attach(checkout: Checkout, earning: Earning) -> None:
    effect, provider = earning.effect, earning.member.provider
    checkout.members.setdefault(provider, earning.member)
    told = Step(operation=effect.operation, subject=effect.subject, request=effect.request)
    checkout.earning[provider] = told


def _forget(checkout: Checkout, earning: Earning) -> None:
    owner = checkout.members.get(earning.member.provider)
    if earning.joined and owner is not None and owner.member_id == earning.member.member_id:
        del checkout.members[earning.member.provider]
        checkout.earning.pop(earning.member.provider, None)


def _note_end(checkout: Checkout, earning: Earning, now: datetime) -> None:
    effect, outcome = earning.effect, earning.outcome
    done = outcome.done if outcome and outcome.status == "applied" else None
    if done is None:
        words = f"{effect.nature.title} failed on a claim: {outcome.detail if outcome else None}"
        # Refused, the sale is nobody's again: then the customer may claim it once more.
        actions = BY_HAND if earning.is_refused else None
        checkout.open_attention("earning_failed", words, now, effect=effect, actions=actions)
        return
    provider = effect.provider
    earlier = {
        e.id for e in checkout.effects if (e.provider, e.operation) == (provider, effect.operation)
    }
    checkout.attention = [
        a for a in checkout.attention if a.code != "earning_failed" or a.effect_id not in earlier
    ]
    for concern in done.concerns:
        checkout.raise_concern(effect, concern, now)
    if done.points is not None or done.points_after is not None:
        earned = Earned(provider=provider, points=done.points, balance_after=done.points_after)
        others = [e for e in checkout.earned if e.provider != provider]
        checkout.earned = [*others, earned]
