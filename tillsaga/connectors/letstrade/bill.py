"""The bill as the vendor is asked about it: get/offerings (sheet 3)."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5

from pydantic import JsonValue

from tillsaga.connectors.letstrade.products import Products, returned_amount, told
from tillsaga.connectors.letstrade.settings import LetstradeSettings
from tillsaga.connectors.letstrade.wire import Money
from tillsaga.domain.basket import Basket, Charge
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member

FEES: Mapping[str, str] = {"delivery": "delivery_fee"}
"""Where a charge of ours goes; all the others are service fees."""


class Bills:
    """Writes the bodies of one store."""

    def __init__(self, settings: LetstradeSettings, provider: str, money: Money) -> None:
        """Take the store's names, the provider's name in it and its currency."""
        self.settings = settings
        self.provider = provider
        self.money = money
        self.products = Products(provider, money)

    def root(self, terminal: str, codes: Sequence[str], basket: Json) -> Json:
        """Write what both endpoints have in common."""
        return {
            "store_id": self.settings.store_id,
            "terminal_id": terminal,
            "code": list(codes),
            "basket": basket,
        }

    def quote(
        self,
        basket: Basket,
        member: Member | None,
        codes: Sequence[str],
        terminal_id: str | None = None,
    ) -> Json:
        """Ask what the open bill gets; this is what the customer's app sees of it.

        Codes outrank the customer, who is then left out (trap 11).
        """
        asked = self._basket(basket)
        if member is not None and not codes:
            asked["user"] = user_of(member)
        return self.root(self.settings.terminal(terminal_id), codes, asked)

    def aside(
        self,
        basket: Basket | None,
        code: str,
        outstanding: int | None = None,
        terminal_id: str | None = None,
    ) -> Json:
        """Ask about one code without touching the open bill that the customer's app sees.

        Args:
            basket: What it is asked for; None: only whether the code still stands.
            code: The code.
            outstanding: What is left to pay, minor units; None: the whole bill.
            terminal_id: Our name of the terminal that asks.
        """
        terminal = self.settings.terminal(terminal_id)
        if basket is None:
            return self.root(terminal, [code], self._nothing(code))
        asked = self._basket(basket) | {"uuid": aside_of(basket.id)}
        # Taken off at once, so that the reply holds the code's vouchers and no others.
        asked.pop("external_vouchers", None)
        left = max(0, basket.amount + basket.added_tax_amount)
        asked["outstanding"] = self.money.text(left if outstanding is None else outstanding)
        return self.root(terminal, [code], asked)

    def _nothing(self, code: str) -> Json:
        nothing = self.money.text(0)
        uuid = str(uuid5(NAMESPACE_URL, f"tillsaga:{self.provider}:{code}"))
        return {"uuid": uuid, "total": nothing, "outstanding": nothing, "product_list": []}

    def _basket(self, basket: Basket) -> Json:
        lines = told(basket.lines)
        goods, total = sum(line.amount for line in lines), self.total(basket)
        asked: Json = {
            "uuid": basket.id,
            "total": self.money.text(total),
            "outstanding": self.money.text(max(0, total - returned_amount(basket.lines))),
            "product_list": [self.products.product(line) for line in lines],
            **self.fees(basket.charges),
        }
        if basket.tax_amount is not None:
            within = basket.tax_amount if basket.prices_include_tax else 0
            asked["vat"] = self.money.text(basket.tax_amount)
            asked["sub_total"] = self.money.text(max(0, goods - within))
        if basket.external_vouchers:
            external = (self.products.external(v, lines) for v in basket.external_vouchers)
            asked["external_vouchers"] = list(external)
        return asked

    def total(self, basket: Basket) -> int:
        """What the bill comes to there before anything is taken off it, minor units."""
        goods = sum(line.amount for line in told(basket.lines))
        return goods + basket.charges_amount + basket.added_tax_amount

    def fees(self, charges: Iterable[Charge]) -> Json:
        """Write the till's charges; tips are service fees there."""
        sums: dict[str, int] = {}
        for charge in charges:
            name = FEES.get(charge.type, "service_fee")
            sums[name] = sums.get(name, 0) + charge.amount
        return {name: self.money.text(amount) for name, amount in sums.items() if amount}

    def service_fee(self, charges: Iterable[Charge]) -> int:
        """What we tell as service fee, minor units; the reply's holds it too."""
        return sum(charge.amount for charge in charges if charge.type not in FEES)


def aside_of(basket_id: str) -> str:
    """Name a bill beside the open one, for questions about single codes."""
    return f"{basket_id}-scan"


def user_of(member: Member) -> JsonValue:
    """Name the customer: by the vendor's id, else by what they agreed to be created by."""
    return member.data.get("user") or {"_id": member.member_id}
