"""An order to erase a member from the records, and what came of it."""

from typing import Annotated, Literal, Self

from pydantic import Field

from tillsaga.domain.model import Instant, Model, Text
from tillsaga.domain.privacy import SHORTEST

Value = Annotated[str, Field(min_length=SHORTEST, max_length=255)]


class EraseMember(Model):
    """Whom to erase: a member of a provider, and what else the sales may have of them."""

    store_ids: Annotated[tuple[Text, ...], Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="Absent: all stores of the key."
    )
    provider: Text
    member_id: Value = Field(description="As the checkouts' `members` show it.")
    values: Annotated[tuple[Value, ...], Field(max_length=20)] = Field(
        default=(),
        description="Other values to erase wherever they stand: an e-mail address, a phone number, "
        "a card, a name that was typed.",
    )


class Erased(Model):
    """What an erasure has changed so far; `left` are checkouts that were in use."""

    checkouts: int = 0
    effects: int = 0
    payments: int = 0
    idempotency_keys: int = 0
    left: tuple[str, ...] = ()

    def __add__(self, other: Self) -> "Erased":
        """Add up two batches."""
        return Erased(
            checkouts=self.checkouts + other.checkouts,
            effects=self.effects + other.effects,
            payments=self.payments + other.payments,
            idempotency_keys=self.idempotency_keys + other.idempotency_keys,
            left=(*self.left, *other.left),
        )


class ErasedBatch(Model):
    """What one batch changed, and after which checkout to go on; None: it was the last."""

    erased: Erased
    after: str | None


class Erasure(Model):
    """An order and how it stands. `incomplete`: what was in use is left; ask again later."""

    id: str
    provider: str
    store_ids: tuple[str, ...]
    created_at: Instant
    ended_at: Instant | None
    erased: Erased | None

    @property
    def status(self) -> Literal["running", "done", "incomplete"]:
        """How it stands."""
        if self.erased is None:
            return "running"
        return "incomplete" if self.erased.left else "done"
