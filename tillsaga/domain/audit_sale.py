"""What a chain tells of the sale as a whole: how it ended, its sums, what was given back."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from tillsaga.domain.audit import AuditEntry
from tillsaga.domain.audit_effects import documents, whole, words
from tillsaga.domain.checkout import FINAL
from tillsaga.domain.model import Json, Model

_DECISIONS = ("decided", "archived")
_GIVEN_UP = ("cancelled", "expired")


class ToldSale(Model):
    """The sale; all amounts in minor units.

    `totals` are the last ones, `sold` those before the first refund.
    """

    status: str | None = None
    totals: dict[str, int] = Field(default_factory=dict)
    sold: Json = Field(default_factory=dict)
    refunded_amount: int = 0
    is_refunding: bool = False
    """A refund is on its way: what it takes back is not back yet."""
    open_cases: tuple[str, ...] = ()

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self.status in FINAL

    @property
    def is_given_up(self) -> bool:
        """Whether it ended without a sale: then nothing may be left anywhere."""
        return self.status in _GIVEN_UP

    @property
    def sold_amount(self) -> int:
        """What the customer gave for it, stored value and payments, minor units."""
        totals = sums_of(self.sold)
        return totals.get("tender_amount", 0) + totals.get("paid_amount", 0)

    @property
    def is_refunded(self) -> bool:
        """Whether all that the customer gave was given back."""
        is_back = 0 < self.sold_amount <= self.refunded_amount and not self.is_refunding
        return self.status == "completed" and is_back


def told_sale(entries: Iterable[AuditEntry]) -> ToldSale:
    """Read it from the decisions of a chain."""
    ordered = sorted(entries, key=lambda each: each.number)
    decisions = [entry.facts for entry in ordered if entry.kind in _DECISIONS]
    last: Json = decisions[-1] if decisions else {}
    cases = (words(case, "code") for case in documents(last, "attention"))
    refunds = documents(last, "refunds")
    return ToldSale(
        status=words(last, "status"),
        totals=sums_of(last),
        sold=_before_refunds(decisions),
        refunded_amount=sum(whole(refund, "amount") or 0 for refund in refunds),
        is_refunding=any(words(refund, "status") == "pending" for refund in refunds),
        open_cases=tuple(code for code in cases if code),
    )


def _before_refunds(decisions: Sequence[Json]) -> Json:
    found: Json = {}
    for facts in decisions:
        if not documents(facts, "refunds"):
            found = facts
    return found


def sums_of(facts: Json) -> dict[str, int]:
    """Read the totals of a decision."""
    totals = facts.get("totals")
    if not isinstance(totals, dict):
        return {}
    return {name: n for name in totals if (n := whole(totals, name)) is not None}
