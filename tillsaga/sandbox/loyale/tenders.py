"""Payment methods: what is sent, filled up to the total (sheet 4, the auto-fill algorithm)."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.loyale.call import Refusal
from tillsaga.sandbox.loyale.forms import MethodForm
from tillsaga.sandbox.loyale.money import cash_value, cents_of, on_the_wire, points_for, spelled

GIFT_CARD, REDEMPTION = "Loyale Gift Card", "Loyale Redemption"
OWN_PREFIX, UNSPECIFIED = "Loyale", "Unspecified"


@dataclass(frozen=True)
class Tender:
    """One payment method; `cents` is what it pays, 0 while it is open."""

    type: str
    cents: int = 0
    reference: str | None = None
    awards_points: bool = True
    open: bool = False

    def shown(self) -> Record:
        """Show type and amount."""
        return {"type": self.type, "amount": on_the_wire(self.cents)}

    def stored(self) -> Record:
        """Write the tender as JSON can keep it."""
        return asdict(self)

    def earns(self, gift_cards: bool) -> bool:
        """Tell whether what it pays may earn (sheet 3, non-earning tenders)."""
        allowed = self.type != REDEMPTION and (gift_cards or self.type != GIFT_CARD)
        return self.awards_points and allowed


@dataclass(frozen=True)
class Purse:
    """A balance and what it buys: `rate` points per 1.00."""

    points: int
    rate: Fraction

    def require(self, cents: int) -> None:
        """Refuse what the balance does not cover."""
        if (need := points_for(cents, self.rate)) > self.points:
            raise Refusal("insufficient_points", need=need, held=self.points)


def resolve(forms: Sequence[MethodForm], total: int, purse: Purse | None) -> list[Tender]:
    """Fill up the open methods to `total` cents; the order stays as sent.

    Without a purse nothing is taken from points (a custom return): a redemption then is
    filled like any other method and has no priority.
    """
    if total < 0:
        raise Refusal("negative_points")
    if not forms:
        return [Tender(UNSPECIFIED, total)]
    tenders = [_read(form) for form in forms]
    _check_redemption(tenders, purse)
    left = total - sum(tender.cents for tender in tenders)
    is_open = any(tender.open for tender in tenders)
    if left < 0 or (left and not is_open):
        raise Refusal("mismatch", sent=spelled(total - left), total=spelled(total))
    return _fill(tenders, left, purse)


def _check_redemption(tenders: Sequence[Tender], purse: Purse | None) -> None:
    """Refuse a second redemption and one beyond the balance, before any sum is checked."""
    redemptions = [tender for tender in tenders if tender.type == REDEMPTION]
    if len(redemptions) > 1:
        raise Refusal("bad_request", why=f"Only one {REDEMPTION} is allowed")
    for tender in redemptions:
        if purse is not None and not tender.open:
            purse.require(tender.cents)


def _read(form: MethodForm) -> Tender:
    if form.type.startswith(OWN_PREFIX) and form.type not in (GIFT_CARD, REDEMPTION):
        raise Refusal("bad_request", why=f"Unknown payment method: {form.type}")
    if form.type == GIFT_CARD and not form.reference:
        raise Refusal("bad_request", why=f"{GIFT_CARD} requires a reference")
    cents = 0 if form.amount is None else cents_of(form.amount)
    return Tender(form.type, cents, form.reference, form.awards_points, form.amount is None)


def _fill(tenders: list[Tender], left: int, purse: Purse | None) -> list[Tender]:
    """Give an open redemption all it can take, the one other open method the rest."""
    amounts: dict[int, int] = {}
    opened = [n for n, tender in enumerate(tenders) if tender.open]
    first = [n for n in opened if purse and tenders[n].type == REDEMPTION]
    others = [n for n in opened if n not in first]
    if len(others) > 1:
        raise Refusal("undetermined")
    if first and purse:
        amounts[first[0]] = min(left, cash_value(purse.points, purse.rate))
        if not others and left > amounts[first[0]]:
            need = points_for(left, purse.rate)
            raise Refusal("insufficient_points", need=need, held=purse.points)
    if others:
        amounts[others[0]] = left - sum(amounts.values())
    return [
        replace(tender, cents=amounts.get(n, tender.cents), open=False)
        for n, tender in enumerate(tenders)
    ]


def redeemed(tenders: Sequence[Tender], rate: Fraction) -> int:
    """Count the points that redemptions take."""
    return sum(points_for(one.cents, rate) for one in tenders if one.type == REDEMPTION)


def shares(tenders: Sequence[Tender], amount: int) -> list[Tender]:
    """Split `amount` cents over tenders in proportion, exactly and never beyond one's own.

    Whole cents that proportion leaves over go to the first with room.
    """
    total = sum(tender.cents for tender in tenders)
    if amount >= total:
        return list(tenders)
    parts = [math.floor(Fraction(tender.cents * amount, total)) for tender in tenders]
    for n, tender in enumerate(tenders):
        more = min(amount - sum(parts), tender.cents - parts[n])
        parts[n] += more
    return [replace(tender, cents=part) for tender, part in zip(tenders, parts, strict=True)]
