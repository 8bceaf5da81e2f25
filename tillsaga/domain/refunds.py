"""Refunds: what a till asks for, and what came of it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tillsaga.domain.basket import PlainQuantity
from tillsaga.domain.effects import Step
from tillsaga.domain.model import AmountMinor, Instant, Model, MutableModel, Quantity, Text

TenderOrder = Literal["reverse", "pro_rata", "chosen"]
RefundStatus = Literal["pending", "completed", "attention"]
RefundId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class ReturnedLine(Model):
    """A line that comes back, or a part of it."""

    line_id: Text
    quantity: Annotated[PlainQuantity, Field(gt=0)]


class ChosenShare(Model):
    """So much goes back to this tender or payment."""

    tender_id: Text | None = None
    payment_id: Text | None = None
    amount: Annotated[AmountMinor, Field(gt=0)]

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.tender_id is None) == (self.payment_id is None):
            raise ValueError("exactly one of tender_id and payment_id is needed")
        return self


class RefundRequest(Model):
    """Give back a sale or a part of it; without `lines` all that is left."""

    refund_id: RefundId
    reason: Reason
    lines: Annotated[tuple[ReturnedLine, ...], Field(min_length=1, max_length=500)] | None = None
    tender_order: TenderOrder = "reverse"
    tenders: Annotated[tuple[ChosenShare, ...], Field(max_length=50)] = ()
    dry_run: bool = False

    @model_validator(mode="after")
    def _chooses_if_it_says_so(self) -> Self:
        if (self.tender_order == "chosen") != bool(self.tenders):
            raise ValueError("tenders are named if, and only if, tender_order is chosen")
        ids = [line.line_id for line in self.lines or ()]
        if len(ids) != len(set(ids)):
            raise ValueError("each line may be named once")
        return self


class RefundedLine(Model):
    """What came back of a line, and what is paid back for it, minor units.

    `spent_amount` of what it had loaded was spent; `withheld_amount` is not paid back for that.
    """

    line_id: str
    quantity: Quantity
    amount: int
    spent_amount: int = 0
    withheld_amount: int = 0


class Share(Model):
    """What goes back to one tender or payment, minor units.

    With neither id it is the till's to give: nobody had paid it, or goods taken back had.
    """

    tender_id: str | None = None
    payment_id: str | None = None
    type: str
    amount: int

    @property
    def source(self) -> str:
        """The id of what had paid."""
        return self.tender_id or self.payment_id or ""


ReversalStatus = Literal["planned", "pending", "reversed", "manual", "goodwill"]


class Reversal(MutableModel):
    """What a refund takes back at one vendor; minor units, points signed for the customer.

    `undo` takes the whole effect back, `give_back_part` runs `step`, and `goodwill` is a person's:
    no vendor takes it back. A sale that is taken back whole has the step all the same, to foresee
    its points.
    """

    way: Literal["undo", "give_back_part", "goodwill"]
    provider: str
    operation: str
    effect_id: str
    step: Step | None = None
    status: ReversalStatus = "planned"
    amount: int | None = None
    points: int | None = None
    missing_amount: int = 0
    """Sold value that was spent, so that only the rest can be taken back: a person's."""
    needs_a_person: bool = False
    """The vendor did it, and left something to a person."""

    def concerns(self, effect_id: str | None) -> bool:
        """Whether it takes this effect back, or is this effect in any generation."""
        if effect_id is None or effect_id == self.effect_id:
            return effect_id is not None
        part = self.step
        if self.way != "give_back_part" or part is None:
            return False
        return effect_id.startswith(f"{part.operation}:{self.provider}:{part.subject}#")


class Refund(MutableModel):
    """One refund of a checkout, by the till's `refund_id`."""

    refund_id: str
    reason: str
    status: RefundStatus = "pending"
    lines: tuple[RefundedLine, ...]
    amount: int
    shares: tuple[Share, ...]
    reversals: list[Reversal] = Field(default_factory=list)
    created_at: Instant

    def settle(self) -> None:
        """Say how it stands, from its reversals."""
        statuses = {reversal.status for reversal in self.reversals}
        left = any(reversal.needs_a_person for reversal in self.reversals)
        if statuses & {"planned", "pending"}:
            self.status = "pending"
        else:
            left = left or bool(statuses & {"manual", "goodwill"})
            self.status = "attention" if left else "completed"

    def is_same(self, request: RefundRequest) -> bool:
        """Whether a request asks for this refund again."""
        asked = {line.line_id: line.quantity for line in request.lines or ()}
        lines = {line.line_id: line.quantity for line in self.lines}
        return self.reason == request.reason and (request.lines is None or asked == lines)
