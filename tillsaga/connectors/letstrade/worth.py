"""What a quote gives, voucher by voucher and deal by deal (sheet 3)."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tillsaga.connectors.letstrade.products import Products
from tillsaga.connectors.letstrade.shapes import Offerings, ReplyLine
from tillsaga.connectors.letstrade.wire import Money
from tillsaga.domain.basket import Basket, Line
from tillsaga.domain.discounts import Discount
from tillsaga.domain.model import Json
from tillsaga.domain.money import spread
from tillsaga.domain.offers import OfferKind


@dataclass
class Worth:
    """A voucher, deal or subscription: what it takes off, and the vendor's objects verbatim.

    Amounts are minor units. `known` is False where the vendor does not say what it is worth.
    """

    kind: OfferKind
    key: str
    title: str
    code: str | None = None
    known: bool = True
    amount: int = 0
    line_amounts: dict[str, int] = field(default_factory=dict)
    basket_objects: list[Json] = field(default_factory=list)
    line_objects: dict[str, list[Json]] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """The vendor's ids of all its objects."""
        lines = (each for objects in self.line_objects.values() for each in objects)
        return {key_of(each) for each in (*self.basket_objects, *lines)}

    def take(self, other: "Worth") -> None:
        """Add another voucher of the same code."""
        self.known = self.known and other.known
        self.amount += other.amount
        self.basket_objects += other.basket_objects
        for line_id, amount in other.line_amounts.items():
            self.line_amounts[line_id] = self.line_amounts.get(line_id, 0) + amount
        for line_id, objects in other.line_objects.items():
            self.line_objects.setdefault(line_id, []).extend(objects)

    def discount(self, basket: Basket) -> Discount | None:
        """Say in our words what it takes off; None where the vendor does not say."""
        if not self.known:
            return None
        if not self.line_amounts:
            return Discount(type="vendor_computed", amount=self.amount)
        return Discount(type="vendor_computed", line_amounts=self._per_line(basket))

    def _per_line(self, basket: Basket) -> dict[str, int]:
        """Put what is given for the whole basket on top of what the lines get."""
        given = {line.line_id: self.line_amounts.get(line.line_id, 0) for line in basket.lines}
        rests = [
            max(0, line.amount - given[line.line_id]) if line.takes_discounts else 0
            for line in basket.lines
        ]
        shares = spread(min(self.amount, sum(rests)), rests)
        both = zip(given.items(), shares, strict=True)
        return {line_id: own + share for (line_id, own), share in both if own + share}

    @property
    def data(self) -> Json:
        """What finalise needs of it: the vendor's objects, and where each of them stood."""
        listed: Json = {self.kind + "s": list(self.basket_objects)}
        lines: Json = {line_id: list(objects) for line_id, objects in self.line_objects.items()}
        return listed | ({f"line_{self.kind}s": lines} if lines else {})


class Reading:
    """Reads the worths out of one reply about one basket."""

    def __init__(
        self, products: Products, money: Money, lines: Sequence[Line], ignored: Collection[str] = ()
    ) -> None:
        """Take the lines in the order in which they were sent, and ids that are not an offer's."""
        self._products = products
        self._money = money
        self._lines = lines
        self._ignored = ignored
        self._found: dict[tuple[str, str], Worth] = {}

    def worths(self, reply: Offerings) -> list[Worth]:
        """List them, what stands on products first."""
        for line_id, product in self._matched(reply.basket.product_list):
            for voucher in product.vouchers:
                self._on_line("voucher", voucher, line_id)
            if product.deal:
                self._on_line("deal", product.deal, line_id)
            if product.subscription:
                self._on_line("subscription", product.subscription, line_id)
        for voucher in reply.basket.vouchers:
            self._on_basket("voucher", voucher)
        for deal in reply.basket.deals:
            self._on_basket("deal", deal)
        for subscription in reply.basket.subscriptions:
            self._on_basket("subscription", subscription)
        return [worth for worth in self._found.values() if worth.key not in self._ignored]

    def _matched(self, products: Iterable[ReplyLine]) -> Iterator[tuple[str, ReplyLine]]:
        """Tell which of our lines a product is: by its place, else by its sku."""
        left = list(self._lines)
        for product in products:
            line = next((line for line in left if product.sku in (line.sku, None)), None)
            if line is not None:
                left.remove(line)
                yield line.line_id, product

    def _on_line(self, kind: OfferKind, thing: Json, line_id: str) -> None:
        worth = self._of(kind, thing)
        amounts = worth.line_amounts
        amounts[line_id] = amounts.get(line_id, 0) + self._amount(worth, thing)
        worth.line_objects.setdefault(line_id, []).append(thing)

    def _on_basket(self, kind: OfferKind, thing: Json) -> None:
        worth = self._of(kind, thing)
        if worth.line_objects:
            # Listed a second time: what it gives stands on the products, its title perhaps here.
            worth.title = title_of(thing) or worth.title
            return
        line_id = self._meant(thing)
        if line_id is None:
            worth.amount += self._amount(worth, thing)
        else:
            worth.line_amounts[line_id] = self._amount(worth, thing)
        worth.basket_objects.append(thing)

    def _meant(self, thing: Json) -> str | None:
        """Find the product that an entry of the basket is for: the cheapest one (sheet 3)."""
        pid, sku = thing.get("product_pid"), thing.get("sku")
        named = [
            line
            for line in self._lines
            if (pid and pid == self._products.pid(line)) or (sku and sku == line.sku)
        ]
        cheapest = min(named, key=lambda line: line.unit_amount, default=None)
        return cheapest.line_id if cheapest else None

    def _of(self, kind: OfferKind, thing: Json) -> Worth:
        key = key_of(thing)
        title = title_of(thing) or kind.capitalize()
        code = thing.get("code")
        fresh = Worth(kind, key, title, code if isinstance(code, str) else None)
        return self._found.setdefault((kind, key), fresh)

    def _amount(self, worth: Worth, thing: Json) -> int:
        amount = self._money.of(thing, "discount")
        worth.known = worth.known and amount is not None
        return amount or 0


def title_of(thing: Json) -> str | None:
    """Read how the vendor calls one of its objects."""
    title = thing.get("title") or thing.get("product_title")
    return str(title) if title else None


def key_of(thing: Json) -> str:
    """Name one of the vendor's objects; their inner ids are not documented."""
    for name in ("_id", "redemption_id", "id"):
        if thing.get(name):
            return str(thing[name])
    lasting = {name: value for name, value in thing.items() if "discount" not in name}
    digest = hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()
    return digest[:16]
