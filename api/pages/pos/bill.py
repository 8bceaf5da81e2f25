"""A checkout as the cashier sees it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.pages.pos.catalogue import in_coins

Json = dict[str, Any]
_COUNTING = ("held", "applied", "redeemed")
_OPEN_ENDS = ("pending", "in_doubt")


@dataclass(frozen=True)
class Bill:
    """One checkout's view, as the API answers it."""

    view: Json

    def __getattr__(self, name: str) -> Any:
        """Answer a field of the contract."""
        try:
            return self.view[name]
        except KeyError as missing:
            raise AttributeError(name) from missing

    # --- where it stands ------------------------------------------------------------------------

    @property
    def is_final(self) -> bool:
        """Whether the customer may go."""
        return self.status in ("completed", "cancelled", "expired")

    @property
    def is_busy(self) -> bool:
        """Whether something is going on that the page should follow."""
        return (
            self.status in ("completing", "cancelling")
            or self.instruction == "wait"
            or any(tender["status"] == "in_doubt" for tender in self.tenders)
            or any(effect["status"] in _OPEN_ENDS for effect in self.effects)
        )

    @property
    def takes_payment(self) -> bool:
        """Whether the till may take the customer's money now."""
        if self.status == "ready":
            return self.remaining_amount > 0 or not self.payments_standing
        return self.instruction == "collect" and self.remaining_amount > 0

    # --- money ----------------------------------------------------------------------------------

    @property
    def payments_standing(self) -> list[Json]:
        """The payments that cover a part of the bill."""
        return [p for p in self.payments if p["status"] in ("authorized", "captured")]

    @property
    def authorised(self) -> list[Json]:
        """The payments that are still to be captured or voided."""
        return [p for p in self.payments if p["status"] == "authorized"]

    @property
    def remaining_amount(self) -> int:
        """What no payment covers yet, minor units."""
        authorised = sum(int(payment["amount"]) for payment in self.authorised)
        return max(0, int(self.totals["due_amount"]) - authorised)

    @property
    def cash_amount(self) -> int:
        """What is left, in coins that there are."""
        return in_coins(self.remaining_amount, str(self.currency))

    @property
    def next_reference(self) -> str:
        """Name the next payment; the same form sent twice is one payment."""
        return f"{self.id}-{len(self.payments) + 1}"

    def payment(self, payment_id: str) -> Json | None:
        """Find a payment by its id."""
        return next((p for p in self.payments if p["id"] == payment_id), None)

    # --- the customer ---------------------------------------------------------------------------

    @property
    def vouchers(self) -> list[Json]:
        """What the customer may use: what counts first, then what could."""
        found = [o for o in self.offers if o["kind"] != "reward"]
        return sorted(found, key=lambda offer: offer["status"] not in _COUNTING)

    @property
    def rewards(self) -> list[Json]:
        """What points buy, the cheapest first."""
        found = [o for o in self.offers if o["kind"] == "reward"]
        return sorted(found, key=lambda offer: offer["cost_points"])

    @property
    def prepaid_amount(self) -> int:
        """The customer's prepaid credit at all vendors, minor units."""
        return sum(member["prepaid_amount"] or 0 for member in self.members)

    @property
    def counting(self) -> list[Json]:
        """The offers that lower the price."""
        return [offer for offer in self.offers if offer["status"] in _COUNTING]

    @property
    def refundable_lines(self) -> list[Json]:
        """What was sold, and may come back."""
        lines = self.basket["lines"] if self.basket else []
        return [line for line in lines if not line["quantity"].startswith("-")]


def seconds_until(instant: str) -> int:
    """Say how long it is until then; never less than nothing."""
    until = datetime.fromisoformat(instant.replace("Z", "+00:00"))
    return max(0, int((until - datetime.now(UTC)).total_seconds()))


def clock(instant: str) -> str:
    """Write how long it is until then: minutes and seconds."""
    minutes, seconds = divmod(seconds_until(instant), 60)
    return f"{minutes}:{seconds:02}"
