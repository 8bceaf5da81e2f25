"""What the till in the browser sells, and how its currency is handed over in cash.

The SKUs are those that the sandbox's vendors give away or discount.
"""

from dataclasses import dataclass
from decimal import Decimal

from tillsaga.domain.money import to_minor


@dataclass(frozen=True)
class Article:
    """Something on the shelf; `amount` in minor units."""

    sku: str
    title: str
    amount: int
    categories: tuple[str, ...]


_GOODS = (
    ("FW-350", "Flat white", "3.50", "drinks"),
    ("TEA-01", "Pot of tea", "2.80", "drinks"),
    ("JUICE-01", "Orange juice", "6.20", "drinks"),
    ("COLA", "Cola", "2.60", "drinks"),
    ("MUF-01", "Muffin", "2.90", "food"),
    ("CAKE", "Cheesecake", "4.50", "food"),
    ("SNACK", "Snack bar", "1.90", "food"),
    ("COMBO-01", "Lunch for two", "19.50", "food"),
    ("SKU-1", "Coffee beans", "8.50", "shop"),
    ("SKU-2", "Loose tea", "5.40", "shop"),
)
_DEARER = {"ZAR": 10, "JPY": 150, "SEK": 10, "NOK": 10, "DKK": 7}
_SMALLEST_COIN = {
    "EUR": 5,
    "CHF": 5,
    "CAD": 5,
    "AUD": 5,
    "NZD": 10,
    "ZAR": 10,
    "DKK": 50,
    "SEK": 100,
    "NOK": 100,
}
CARD_AMOUNTS = ("10", "25", "50")
TOP_UP_AMOUNTS = ("10", "20", "50")


def goods(currency: str) -> tuple[Article, ...]:
    """List what is for sale, at prices of a currency."""
    times = _DEARER.get(currency, 1)
    return tuple(
        Article(sku, title, to_minor(Decimal(price) * times, currency), (category,))
        for sku, title, price, category in _GOODS
    )


def article(sku: str, currency: str) -> Article | None:
    """Find one by its SKU."""
    return next((one for one in goods(currency) if one.sku == sku), None)


def presets(amounts: tuple[str, ...], currency: str) -> tuple[int, ...]:
    """Amounts to choose from, in minor units."""
    times = _DEARER.get(currency, 1)
    return tuple(to_minor(Decimal(amount) * times, currency) for amount in amounts)


def in_coins(amount: int, currency: str) -> int:
    """Round a cash amount to what there are coins for, half up, in minor units.

    >>> in_coins(1042, "EUR"), in_coins(1043, "EUR"), in_coins(1042, "USD")
    (1040, 1045, 1042)
    """
    coin = _SMALLEST_COIN.get(currency, 1)
    return (amount + coin // 2) // coin * coin
