"""The sold bill as the vendor finalises it (sheet 4), and the questions about it."""

from collections.abc import Iterator

from pydantic import JsonValue

from tillsaga.connectors.letstrade.bill import Bills, aside_of
from tillsaga.connectors.letstrade.codes import Kind, kind_of
from tillsaga.connectors.letstrade.kept import (
    code_in,
    line_objects_in,
    objects_in,
    vouchers_in,
)
from tillsaga.connectors.letstrade.products import returned_amount, stored_value_amount, told
from tillsaga.connectors.letstrade.worth import key_of
from tillsaga.domain.basket import Line
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.sale import Sale, SoldOffer


class SoldBill:
    """One sale at this vendor. Amounts are minor units.

    A code that saves nothing is left out, with its vouchers: sending it would burn it (trap 8).
    """

    def __init__(self, order: EffectOrder, sale: Sale, bills: Bills) -> None:
        """Take the sale, and how bodies are written."""
        self._bills = bills
        self._money = bills.money
        self._sale = sale
        self._user = order.request.get("user")
        self._lines = told(sold.line for sold in sale.lines)
        self.uuid = sale.basket_id
        self.terminal = bills.settings.terminal(sale.terminal_id)
        self._offers = [offer for offer in sale.offers if self._counts(offer, order.provider)]
        self._tenders = [
            tender
            for tender in sale.tenders
            if (tender.provider, tender.type) == (order.provider, "wallet")
        ]

    def _counts(self, offer: SoldOffer, provider: str) -> bool:
        code = code_in(offer.data)
        earns = code is not None and kind_of(code) is Kind.EARNING
        mine = offer.provider == provider and not offer.honoured
        return mine and (earns or offer.amount > 0)

    # --- codes ----------------------------------------------------------------------------------

    @property
    def codes(self) -> list[str]:
        """All codes that finalising spends."""
        kept = [*(each.data for each in self._offers), *(each.data for each in self._tenders)]
        return [code for code in map(code_in, kept) if code]

    @property
    def spent_codes(self) -> list[str]:
        """The codes that burn a voucher or move money."""
        return [code for code in self.codes if kind_of(code) is not Kind.EARNING]

    @property
    def tender_amount(self) -> int:
        """What payment codes are to pay."""
        return sum(tender.amount for tender in self._tenders)

    @property
    def burnt_vouchers(self) -> set[str]:
        """The vendor's ids of the vouchers that codes burn."""
        return {key_of(each) for offer in self._coded for each in vouchers_in(offer.data)}

    @property
    def burnt_amount(self) -> int:
        """What the bill counts for vouchers of codes, as far as the vendor prices them."""
        priced = (offer for offer in self._coded if self._is_priced(offer))
        return sum(offer.amount for offer in priced)

    @property
    def _coded(self) -> list[SoldOffer]:
        return [offer for offer in self._offers if code_in(offer.data)]

    def _is_priced(self, offer: SoldOffer) -> bool:
        amounts = [self._money.of(each, "discount") for each in vouchers_in(offer.data)]
        return None not in amounts

    # --- bodies ---------------------------------------------------------------------------------

    def body(self) -> Json:
        """Write the request; external vouchers are in the amounts only (trap 9)."""
        basket: Json = {
            "uuid": self.uuid,
            "total": self._money.text(self._total),
            "outstanding_amount": self._money.text(self._outstanding),
            "product_list": [self._product(line) for line in self._lines],
            "vouchers": list(self._of_basket("vouchers")),
            "deals": list(self._of_basket("deals")),
            **self._bills.fees(self._sale.charges),
            **self._sums(),
        }
        if self._user and not self.codes:
            basket["user"] = self._user
        return self._bills.root(self.terminal, self.codes, basket)

    @property
    def whole_amount(self) -> int:
        """What the bill came to before the vendor's own offers and tenders."""
        given = sum(offer.amount for offer in self._offers)
        stored = stored_value_amount(sold.line for sold in self._sale.lines)
        return max(0, self._owed + given - stored)

    def recheck(self, outstanding: int) -> Json:
        """Ask what all codes give together for a bill of so much."""
        return self._asking(self.uuid, self.codes, outstanding)

    def probe(self, code: str) -> Json:
        """Ask how one code stands, beside the bill."""
        return self._asking(aside_of(self.uuid), [code], self._total)

    def _asking(self, uuid: str, codes: list[str], outstanding: int) -> Json:
        products: list[JsonValue] = [self._bills.products.product(line) for line in self._lines]
        basket: Json = {
            "uuid": uuid,
            "total": self._money.text(self._total),
            "outstanding": self._money.text(outstanding),
            "product_list": products,
        }
        return self._bills.root(self.terminal, codes, basket)

    def _product(self, line: Line) -> Json:
        vouchers: list[JsonValue] = list(self._of_line("vouchers", line.line_id))
        deal = next(self._of_line("deals", line.line_id), None)
        return self._bills.products.product(line) | {"vouchers": vouchers, "deal": deal}

    def _of_basket(self, name: str) -> Iterator[Json]:
        return (each for offer in self._offers for each in objects_in(offer.data, name))

    def _of_line(self, name: str, line_id: str) -> Iterator[Json]:
        kept = (line_objects_in(offer.data, name) for offer in self._offers)
        return (each for lines in kept for each in lines.get(line_id, ()))

    # --- sums -----------------------------------------------------------------------------------

    @property
    def _total(self) -> int:
        """The bill before discounts, with charges, tax and the vendors' fees."""
        goods = sum(line.amount for line in self._lines)
        charges = sum(charge.amount for charge in self._sale.charges)
        return goods + charges + self._sale.tax_amount + self._fees

    @property
    def _fees(self) -> int:
        """What vendors added: what was owed beyond goods, charges and tax."""
        sale = self._sale
        known = sale.basket_amount - sale.discount_amount + sale.tax_amount
        return max(0, self._owed - max(0, known))

    @property
    def _owed(self) -> int:
        """The bill after discounts, before anybody has paid."""
        return self._sale.due_amount + sum(tender.amount for tender in self._sale.tenders)

    @property
    def _outstanding(self) -> int:
        """What the till takes itself for the vendor's products."""
        stored = stored_value_amount(sold.line for sold in self._sale.lines)
        return max(0, self._sale.due_amount - stored)

    def _sums(self) -> Json:
        external = sum(voucher.amount for voucher in self._sale.external_vouchers)
        returned = returned_amount(sold.line for sold in self._sale.lines)
        sums = {
            "discount": min(self._total, self._sale.discount_amount + external + returned),
            "vat": self._sale.tax_amount,
            "product_handling_fees": self._fees,
        }
        return {name: self._money.text(amount) for name, amount in sums.items() if amount}
