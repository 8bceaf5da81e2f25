"""How much one checkout may do at a store: against fraud, and against a slip of the finger.

Amounts are in the currency's minor unit. A closed bill is a fact and knows no limits.
"""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from tillsaga.domain.basket import Basket, Line, LineType
from tillsaga.domain.model import AmountMinor, Model
from tillsaga.domain.offers import TenderType
from tillsaga.errors import Refusal

if TYPE_CHECKING:
    from tillsaga.domain.checkout import Checkout

Count = Annotated[int, Field(strict=True, ge=0)]

MOST_PARTS = 1000
"""Lines with their modifiers and add-ons, theirs too."""


class Limits(Model):
    """A store's limits for one checkout.

    `tender_amounts`: how much each kind of tender may pay in all. `stored_value_paid_by`: the
    tenders that may pay for a gift card or a top-up; a stolen card's balance moves on with others.
    """

    basket_amount: AmountMinor = 100_000_00
    giftcard_sale_amount: AmountMinor = 1_000_00
    prepaid_topup_amount: AmountMinor = 1_000_00
    offers: Count = 50
    tenders: Count = 10
    tender_amounts: dict[TenderType, AmountMinor] = Field(default_factory=dict)
    reward_points: Count | None = None
    stored_value_paid_by: tuple[TenderType, ...] = ("wallet",)


def check_basket(basket: Basket, limits: Limits) -> None:
    """Refuse a basket that is larger than the store sells at once.

    Raises:
        Refusal: `limit_exceeded`, with each limit at its place.
    """
    wrong = []
    if sum(_parts(line) for line in basket.lines) > MOST_PARTS:
        wrong.append(("/basket/lines", f"at most {MOST_PARTS} lines, modifiers and add-ons"))
    if abs(basket.amount) > limits.basket_amount:
        wrong.append(("/basket", f"basket_amount is {limits.basket_amount}"))
    sold: dict[LineType, tuple[str, int]] = {
        "giftcard_sale": ("giftcard_sale_amount", limits.giftcard_sale_amount),
        "prepaid_topup": ("prepaid_topup_amount", limits.prepaid_topup_amount),
    }
    for index, line in enumerate(basket.lines):
        name, most = sold.get(line.type, ("", line.amount))
        if line.amount > most:
            wrong.append((f"/basket/lines/{index}/unit_amount", f"{name} is {most}"))
    if wrong:
        errors = [{"pointer": pointer, "detail": words} for pointer, words in wrong]
        raise Refusal("limit_exceeded", "; ".join(words for _, words in wrong), errors)


def _parts(line: Line) -> int:
    return 1 + sum(_parts(part) for part in (*line.modifiers, *line.add_ons))


def check_new_tender(checkout: "Checkout") -> None:
    """Refuse one tender too many.

    Raises:
        Refusal: `limit_exceeded`.
    """
    limits = _limits(checkout)
    if limits is not None and sum(t.pays for t in checkout.tenders) >= limits.tenders:
        raise Refusal("limit_exceeded", f"tenders is {limits.tenders}")


def check_new_offer(checkout: "Checkout", points: int) -> None:
    """Refuse one offer too many, or one that costs too many points.

    Raises:
        Refusal: `limit_exceeded`.
    """
    limits = _limits(checkout)
    if limits is None:
        return
    counting = [offer for offer in checkout.counting_offers() if not offer.automatic]
    if len(counting) >= limits.offers:
        raise Refusal("limit_exceeded", f"offers is {limits.offers}")
    spent = sum(offer.cost_points * offer.quantity for offer in counting)
    if limits.reward_points is not None and points and spent + points > limits.reward_points:
        raise Refusal("limit_exceeded", f"reward_points is {limits.reward_points}")


def tender_room(checkout: "Checkout", kind: TenderType) -> int | None:
    """Say how much more a kind of tender may pay; None: as much as is due."""
    rooms = [room for room, _ in _rooms(checkout, kind)]
    return max(0, min(rooms)) if rooms else None


def check_tender_amount(checkout: "Checkout", kind: TenderType, amount: int) -> None:
    """Refuse what a kind of tender must not pay any more.

    Raises:
        Refusal: `limit_exceeded`.
    """
    for room, words in _rooms(checkout, kind):
        if amount > room:
            raise Refusal("limit_exceeded", words)


def check_tenders(checkout: "Checkout") -> None:
    """Check once more before the customer pays: the basket may have changed since.

    Raises:
        Refusal: `limit_exceeded`.
    """
    for kind in dict.fromkeys(tender.type for tender in checkout.tenders if tender.pays):
        check_tender_amount(checkout, kind, 0)


def _rooms(checkout: "Checkout", kind: TenderType) -> list[tuple[int, str]]:
    """Each limit of a kind of tender: how much of it is left, and how it is called."""
    limits, found = _limits(checkout), []
    if limits is None:
        return []
    most = limits.tender_amounts.get(kind)
    if most is not None:
        found.append((most - _paid(checkout, (kind,)), f"tender_amounts.{kind} is {most}"))
    allowed = limits.stored_value_paid_by
    sold = _sold_amount(checkout)
    if kind not in allowed and sold:
        others = tuple({t.type for t in checkout.tenders} - set(allowed))
        room = max(0, checkout.totals().owed_amount - sold) - _paid(checkout, others)
        found.append((room, f"gift cards and top-ups, {sold}, must not be paid by {kind}"))
    return found


def _sold_amount(checkout: "Checkout") -> int:
    lines = checkout.basket.lines if checkout.basket else ()
    return sum(line.amount for line in lines if line.type != "product")


def _paid(checkout: "Checkout", kinds: tuple[TenderType, ...]) -> int:
    return sum(tender.amount for tender in checkout.tenders if tender.pays and tender.type in kinds)


def _limits(checkout: "Checkout") -> Limits | None:
    return checkout.terms.limits if checkout.closed is None else None
