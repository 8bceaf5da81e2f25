"""What every return does in the end: answer, and book (sheet 6)."""

from dataclasses import dataclass, field

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.loyale.accounts import CARD, POINTS, card_of, move
from tillsaga.sandbox.loyale.call import Call, Refusal
from tillsaga.sandbox.loyale.forms import canonical
from tillsaga.sandbox.loyale.tenders import GIFT_CARD, Tender


@dataclass(frozen=True)
class Return:
    """A return worked out, in points and cents; `taken` is the quantity per line."""

    kind: str
    deducted: int
    readded: int
    tenders: list[Tender]
    taken: dict[str, str] = field(default_factory=dict)


def show(call: Call, made: Return, label: str, customer: Record, before: int) -> Record:
    """Show a return as sheet 6 does.

    Raises:
        Refusal: the balance would become negative, and the switch forbids that.
    """
    after = before - made.deducted + made.readded
    if after < 0 and call.switches["overdraft"] == "reject":
        raise Refusal("overdraft")
    return {
        "pointsDeducted": made.deducted,
        "pointsReadded": made.readded,
        "returnType": label,
        "usedPaymentMethods": [tender.shown() for tender in made.tenders],
        "pointsBefore": before,
        "pointsAfter": after,
        "customerId": customer["guid"],
    }


def book(
    call: Call, made: Return, customer: Record, reply: Record, sale: Record | None, key: str | None
) -> None:
    """Book a return, of a sale or custom under a `key` of its own, if it has one."""
    row = call.books.insert(
        "loyale_returns",
        scheme=call.scheme["guid"],
        kind=made.kind,
        unique_id=key,
        sale=sale["id"] if sale else None,
        customer=customer["guid"],
        amount=sum(tender.cents for tender in made.tenders),
        deducted=made.deducted,
        readded=made.readded,
        tenders=[tender.stored() for tender in made.tenders],
        taken=made.taken,
        sent=canonical(call.body) if key else None,
        reply=reply,
        created_at=call.now(),
    )
    about = {"source": f"return:{row}", "unique_id": sale["unique_id"] if sale else key}
    _move(call, made, customer, about)


def _move(call: Call, made: Return, customer: Record, about: dict[str, str | None]) -> None:
    move(call.books, POINTS, customer["id"], -made.deducted, "return_deduct", **about)
    move(call.books, POINTS, customer["id"], made.readded, "return_readd", **about)
    if call.switches["return_restores_gift_card"]:
        for tender in (one for one in made.tenders if one.type == GIFT_CARD):
            card = card_of(call, tender, customer)
            move(call.books, CARD, card["id"], tender.cents, "restore", **about)
