"""Holds: what a checkout keeps at a vendor, or away from others, until it is paid or given back.

A hold is an effect that the till asked for before the payment and that can be taken back: a lock,
a claim of our own, a pre-redeemed reward, a charge.
"""

from typing import Literal

from tillsaga.domain.effects import OPERATIONS, EffectOrder, Operation, Stage
from tillsaga.domain.model import Instant, Model, Text

HoldState = Literal["held", "in_doubt", "undo_failed"]
"""`held` stands; of `in_doubt` nobody knows; `undo_failed`: the vendor did not take it back."""


def is_hold(operation: Operation) -> bool:
    """Whether an operation holds something that can be let go again."""
    reversible = operation.reversibility == "reversible" and operation.undo is not None
    return operation.stage is Stage.APPLY and reversible


HOLDING = frozenset(name for name, operation in OPERATIONS.items() if is_hold(operation))


def refused_release(
    status: str, paid_something: bool, manual: bool, attention_id: str | None
) -> str | None:
    """Say why a hold stays, and what to do instead; None if it may be let go."""
    if manual:
        item = f"attention item {attention_id}" if attention_id else "its attention item"
        return f"only a person can settle it now: resolve {item} of the checkout"
    if status in ("completing", "completed"):
        return "the sale is paid: refund it instead"
    if paid_something:
        return "a payment has begun: have the till report it voided or declined first"
    if status in ("cancelled", "expired"):
        return "the checkout has ended, and the store's policy keeps this for the customer"
    return None


class Release(Model):
    """A hold that a person has freed, for the audit."""

    effect_id: str
    actor: Text
    reason: str
    at: Instant


class Hold(Model):
    """One hold as the records know it."""

    checkout_id: str
    store_id: str
    effect: EffectOrder
    state: HoldState
    is_unknown: bool
    """Nobody but a person can say whether it stands."""
    since: Instant
    checkout_status: str
    paying: bool
    """A payment is recorded: authorised or captured."""
    attention_id: str | None = None
    """The item by which a person settles it."""

    @property
    def effect_id(self) -> str:
        """The id that the checkout's view shows."""
        return self.effect.effect_id

    @property
    def id(self) -> str:
        """The hold's own id: unique over all checkouts."""
        return f"{self.checkout_id}:{self.effect_id}"

    @property
    def not_releasable(self) -> str | None:
        """Why it cannot be released, and what to do instead; None if it can."""
        manual = self.state == "undo_failed" or self.is_unknown
        return refused_release(self.checkout_status, self.paying, manual, self.attention_id)
