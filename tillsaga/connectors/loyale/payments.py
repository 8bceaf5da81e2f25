"""How the sale was paid, every amount explicit (sheet 4).

Loyale may fill amounts in by itself, and would shift the split when a balance has changed since
the customer paid; so nothing is left open.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from tillsaga.connectors.loyale.wire import GIFT_CARD, REDEMPTION, number
from tillsaga.domain.model import Json
from tillsaga.domain.sale import Sale, UsedTender

UNSPECIFIED = "Unspecified"
"""Loyale's own name for a payment that it was not told of."""

ELSEWHERE = {"giftcard": "Gift Card", "prepaid": "Prepaid", "points": "Points", "wallet": "Wallet"}
"""Other vendors' stored value."""


@dataclass(frozen=True)
class Part:
    """A part of the payment, minor units."""

    type: str
    amount: int
    earns: bool = True
    reference: str | None = None

    def wire(self, currency: str) -> Json:
        """Write the payment method; awarding points is the default (seed)."""
        method: Json = {"type": self.type, "amount": number(self.amount, currency)}
        if self.reference is not None:
            method["reference"] = self.reference
        if not self.earns:
            method["awardsPoints"] = False
        return method


class Payments:
    """Writes the payment methods of one sale."""

    def __init__(self, sale: Sale, provider: str, non_earning: Iterable[str]) -> None:
        """Take the sale and the types that earn nothing, the till's and ours."""
        self._sale = sale
        self._provider = provider
        self._non_earning = {name.casefold() for name in non_earning}

    @property
    def amount(self) -> int:
        """What was paid in all, minor units."""
        return self._sale.due_amount + sum(tender.amount for tender in self._sale.tenders)

    def parts(self, total: int, quiet: int) -> list[Part]:
        """Divide a total.

        Args:
            total: What the items come to, minor units.
            quiet: Part of it that must not earn, minor units: the till's money pays it first.
        """
        till = [*self._external(), *self._elsewhere()]
        if total > self.amount:
            # The store bears it: a tender was lost after the customer had paid the rest.
            till.append(Part(UNSPECIFIED, total - self.amount))
        parts = [*_quietened(_merged(till), quiet), *_merged(self._own())]
        return parts or [Part(UNSPECIFIED, 0)]

    def _external(self) -> list[Part]:
        known = [part for part in self._sale.payments if part.amount > 0]
        if sum(part.amount for part in known) != self._sale.due_amount:
            return [Part(UNSPECIFIED, self._sale.due_amount)]
        return [Part(_named(p.type), p.amount, self._earns(p.type)) for p in known]

    def _elsewhere(self) -> list[Part]:
        others = [t for t in self._sale.tenders if t.provider != self._provider]
        return [Part(ELSEWHERE.get(t.type, "Other"), t.amount, self._earns(t.type)) for t in others]

    def _own(self) -> list[Part]:
        return [
            Part(REDEMPTION, tender.amount)
            if tender.type == "points"
            else Part(GIFT_CARD, tender.amount, self._earns("giftcard", GIFT_CARD), barcode(tender))
            for tender in self._sale.tenders
            if tender.provider == self._provider
        ]

    def _earns(self, *names: str) -> bool:
        return self._non_earning.isdisjoint(name.casefold() for name in names)


def barcode(tender: UsedTender) -> str:
    """Read the linked gift card's barcode, which find_tender left."""
    return str(tender.data["reference"])


def methods(parts: Sequence[Part], currency: str) -> list[JsonValue]:
    """Write all payment methods."""
    return [part.wire(currency) for part in parts]


def _named(type_: str) -> str:
    """Write a till's payment type; names that begin with Loyale are the vendor's own (sheet 4)."""
    return "Other" if type_.casefold().startswith("loyale") else type_.capitalize()


def _merged(parts: Collection[Part]) -> list[Part]:
    """One redemption at most is allowed; nothing is said of an amount of zero."""
    sums: dict[Part, int] = {}
    for part in parts:
        kind = replace(part, amount=0)
        sums[kind] = sums.get(kind, 0) + part.amount
    return [replace(kind, amount=amount) for kind, amount in sums.items() if amount > 0]


def _quietened(parts: Collection[Part], quiet: int) -> list[Part]:
    """Let so much of the parts earn nothing, beginning with those that do not anyway."""
    silent: list[Part] = []
    for part in sorted(parts, key=lambda each: each.earns):
        hushed = min(quiet, part.amount)
        quiet -= hushed
        silent += [replace(part, amount=hushed, earns=False)]
        silent += [replace(part, amount=part.amount - hushed)]
    return _merged(silent)
