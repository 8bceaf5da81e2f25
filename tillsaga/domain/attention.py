"""Attention: what a person has to settle, and what they may do about it.

`retry` does the work again, `accept_loss` lets the store bear it, and `settled_by_hand` says that a
person has put the vendor's books right. Only what can be sent or asked again offers `retry`.
"""

from typing import Literal

from tillsaga.domain.effects import Effect, Stage
from tillsaga.domain.model import Instant, Model, MutableModel

Action = Literal["retry", "accept_loss", "settled_by_hand"]
ALL_ACTIONS: tuple[Action, ...] = ("retry", "accept_loss", "settled_by_hand")
BY_HAND: tuple[Action, ...] = ("accept_loss", "settled_by_hand")
"""What a person may do where there is nothing to send again."""

GIVING_BACK = frozenset({"undo_failed", "refund_failed"})
"""Cases whose work takes something back; that of all others carries a sale forward."""

_NOBODY_TO_ASK = frozenset({"cannot_ask", "key_reused", "transaction_reused"})
"""What no vendor will answer, or would answer once more with the same contradiction."""
_OF_ANY_EFFECT = GIVING_BACK | {"effect_unknown", "commit_failed"}
_SPENT_ALONE = frozenset({"redeem_coupon", "burn_voucher"})


class Attention(Model):
    """Something that a person has to settle; `owner` has taken it on."""

    id: str
    code: str
    effect_id: str | None = None
    detail: str
    amount: int | None = None
    opened_at: Instant
    allowed_actions: tuple[str, ...] = ALL_ACTIONS
    owner: str | None = None


class SettledCase(MutableModel):
    """A case that a person has decided about: who, why and when.

    `retrying`: its work goes on, and a run that is gone leaves it to the next.
    """

    case: Attention
    action: Action
    actor: str
    reason: str
    at: Instant
    retrying: bool = False


def actions_for(code: str, effect: Effect | None) -> tuple[Action, ...]:
    """Say what a person may do about a case when it opens."""
    if effect is None or not _is_repeatable(code, effect):
        return BY_HAND
    unknown = effect.status == "manual" and effect.outcome is not None
    if unknown and effect.outcome and effect.outcome.code in _NOBODY_TO_ASK:
        return BY_HAND
    return ALL_ACTIONS


def _is_repeatable(code: str, effect: Effect) -> bool:
    """Whether the effect's work is all that is missing; a sale is not made again for a part."""
    nature = effect.nature
    match code:
        case "offer_lost_after_payment":
            return nature.stage is Stage.COMMIT or nature.name in _SPENT_ALONE
        case "tender_lost":
            return nature.stage is Stage.APPLY and nature.money
        case "earning_failed" | "delivery_failed":
            return nature.name != "create_member"
    return code in _OF_ANY_EFFECT
