"""The maths of a quote: discounts by product, then by basket (sheet 3, maths)."""

from collections.abc import Iterable
from decimal import Decimal

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.letstrade import money
from tillsaga.sandbox.letstrade.basket import Basket, External, Line
from tillsaga.sandbox.letstrade.call import Call


def show_lines(lines: Iterable[Line]) -> list[Record]:
    """Show lines as sent, with the lists both replies always carry."""
    bare: Record = {"vouchers": [], "deal": None, "condiments": []}
    return [bare | {n: v for n, v in line.sent.items() if v is not None} for line in lines]


class Bill:
    """A basket with discounts taken off one by one; `left` is cents still to be paid."""

    def __init__(self, basket: Basket, outstanding: int) -> None:
        """Start from what is outstanding, in cents."""
        self._basket = basket
        self.left = outstanding
        self.lines = show_lines(basket.lines)
        for line in self.lines:
            line["vouchers"], line["deal"] = [], None
        self.vouchers: list[Record] = []
        self.deals: list[Record] = []
        self.subscriptions: list[Record] = []

    def price(self, call: Call, vouchers: list[Record], user: str | None) -> None:
        """Take off everything, products before the basket."""
        named = {external.id: external for external in self._basket.externals}
        for external in named.values():
            if external.sku is not None:
                self._external_on_product(external)
        self.take_product_vouchers(vouchers)
        deals = call.books.all("SELECT * FROM letstrade_deals ORDER BY id")
        self._product_deals(deals)
        self._subscriptions(call, user)
        self.take_basket_vouchers(vouchers)
        self._basket_deals(deals)
        for external in named.values():
            if external.sku is None:
                self._on_basket(self.vouchers, _show_external(external), external.value)

    def take_product_vouchers(self, vouchers: list[Record]) -> None:
        """Take off the vouchers that name a product of the basket; others do nothing."""
        for voucher in vouchers:
            if voucher["apply_to"] == "PRODUCT":
                self._voucher_on_product(voucher)

    def take_basket_vouchers(self, vouchers: list[Record]) -> None:
        """Take off the vouchers on the basket, each capped at what is left."""
        for voucher in vouchers:
            if voucher["apply_to"] == "BASKET":
                self._on_basket(self.vouchers, _show_voucher(voucher), voucher["value"])

    def _find(self, sku: str) -> tuple[Line, Record] | None:
        pairs = zip(self._basket.lines, self.lines, strict=True)
        return next((pair for pair in pairs if pair[0].sku == sku), None)

    def _take(self, cents: int) -> int:
        self.left = max(0, self.left - cents)
        return cents

    def _external_on_product(self, external: External) -> None:
        if (found := self._find(str(external.sku))) is None:
            return  # Sheet 3: an unknown sku is ignored.
        line, shown = found
        promoted = external.apply_to_promotion and line.promotion is not None
        unit = line.promotion if promoted else line.price
        worth = _worth(line, unit or 0, external.value, external.quantity)
        self._take(worth.pop("cents"))
        shown["vouchers"].append(_show_external(external) | worth)

    def _voucher_on_product(self, voucher: Record) -> None:
        if (found := self._find(voucher["sku"])) is None:
            return
        line, shown = found
        quantity = Decimal(voucher["quantity"]) if voucher["quantity"] else None
        worth = _worth(line, line.price, voucher["value"], quantity)
        self._take(worth.pop("cents"))
        shown["vouchers"].append(_show_voucher(voucher) | worth)

    def _product_deals(self, deals: list[Record]) -> None:
        for deal in deals:
            if deal["level"] == "PRODUCT" and (found := self._find(deal["sku"])):
                line, shown = found
                cents = _worth(line, line.price, deal["discount"], None)["cents"]
                shown["deal"] = _show_deal(deal) | {"discount": money.text(self._take(cents))}

    def _basket_deals(self, deals: list[Record]) -> None:
        for deal in deals:
            if deal["level"] == "BASKET" and self._find(deal["sku"]):
                self._on_basket(self.deals, _show_deal(deal), deal["discount"])

    def _on_basket(self, shown: list[Record], what: Record, cents: int) -> None:
        taken = self._take(min(cents, self.left))
        shown.append(what | {"discount": money.discount(taken)})

    def _subscriptions(self, call: Call, user: str | None) -> None:
        query = "SELECT * FROM letstrade_subscriptions WHERE user_id = ? AND remaining > 0"
        for held in call.books.all(query, user):
            pairs = zip(self._basket.lines, self.lines, strict=True)
            fitting = [pair for pair in pairs if pair[0].pid in held["pids"]]
            if fitting:
                line, shown = min(fitting, key=lambda pair: pair[0].price)
                self._subscribe(held, line, shown)

    def _subscribe(self, held: Record, line: Line, shown: Record) -> None:
        whole = line.price if held["discount"] is None else held["discount"]
        cents = self._take(min(whole, line.price))
        known = {"redemption_id": held["redemption_id"]}
        shown["subscription"] = known | {"discount": money.text(cents)}
        product = {"product_pid": line.pid, "product_title": line.sent.get("title")}
        self.subscriptions.append(known | product | {"discount": money.discount(cents)})

    def offered(self) -> list[str]:
        """List the ids of all vouchers that were offered."""
        on_lines = [one for line in self.lines for one in line["vouchers"]]
        return [one["_id"] for one in [*self.vouchers, *on_lines]]


def _worth(line: Line, unit: int, value: int, quantity: Decimal | None) -> Record:
    """Work out a discount per unit of a line, capped at the unit and the line's quantity."""
    units = line.quantity if quantity is None else min(quantity, line.quantity)
    per_unit = min(value, unit)
    cents = money.to_cents(per_unit * units / 100)
    shown = {"discount": money.text(cents), "discounted_price": money.text(unit - per_unit)}
    return shown | {"cents": cents}


def _show_voucher(voucher: Record) -> Record:
    """Show a voucher without its discount (sheet 3: the ids inside are our proposal)."""
    shown = {"_id": voucher["voucher_id"], "code": voucher.get("code"), "title": voucher["title"]}
    return shown | {"apply_to": voucher["apply_to"]}


def _show_external(external: External) -> Record:
    # No code of Let'sTrade's stands behind it.
    apply_to = "PRODUCT" if external.sku else "BASKET"
    shown = {"_id": external.id, "code": None, "title": external.title}
    return shown | {"apply_to": apply_to}


def _show_deal(deal: Record) -> Record:
    return {"_id": deal["deal_id"], "title": deal["title"]}
