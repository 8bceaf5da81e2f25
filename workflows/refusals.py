"""Effects that did not happen, in the words of the till."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout
    from tillsaga.domain.effects import Effect, Outcome
    from tillsaga.errors import Refusal

from workflows.effects import Effects

_TILL_CODES = frozenset(
    {
        "offer_held",
        "offer_refused",
        "code_expired",
        "member_required",
        "insufficient_balance",
        "card_not_found",
        "tender_refused",
        "vendor_unavailable",
    }
)

BEING_TAKEN_BACK = Refusal(
    "vendor_unavailable", "an earlier try is still being taken back at the vendor; try again"
)


def require_basket(checkout: Checkout) -> None:
    """Refuse what needs a basket when the first one was refused."""
    if checkout.basket is None:
        raise Refusal("state_conflict", "the checkout could not be opened; open it again")


def refusal_for(effects: Effects, effect: Effect, outcome: Outcome, *, otherwise: str) -> Refusal:
    """Say no for an effect that did not happen, and see to it that it never will."""
    if outcome.status in ("not_sent", "in_doubt"):
        effects.undo_later(effect)
    if outcome.status == "not_sent":
        return Refusal("vendor_unavailable", "the vendor does not answer; try again later")
    if outcome.status == "in_doubt":
        return Refusal("offer_held", "the vendor's answer was lost; it may be held by ourselves")
    if outcome.status == "manual":
        effects.needs_a_person(effect, outcome)
    code = outcome.code if outcome.code in _TILL_CODES else otherwise
    return Refusal(code or otherwise, outcome.detail or "the vendor refused")
