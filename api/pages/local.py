"""How a store says things: its name, its language, its currency, its time of day."""

from dataclasses import dataclass
from datetime import UTC, datetime

from api.pages.words import translator
from tillsaga.domain.money import formatted
from tillsaga.stores import Store

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MARKS = {"en": str.maketrans("", ""), "nl": str.maketrans(",.", ".,")}
VENDORS = {
    "leat": "Leat",
    "letstrade": "Let'sTrade",
    "wll": "White Label Loyalty",
    "loyale": "Loyale",
    "koupon": "Koupon",
}
"""The vendors' own names, by kind."""


@dataclass(frozen=True)
class Local:
    """A store as its customers know it; one that is configured no longer speaks English, in UTC."""

    store: Store | None
    store_id: str
    currency: str

    @property
    def name(self) -> str:
        """What stands on the door."""
        return self.store.name if self.store else self.store_id

    @property
    def language(self) -> str:
        """`en` or `nl`."""
        return self.store.language if self.store else "en"

    def amount(self, minor: int) -> str:
        """Write minor units as the store's customers read them, without the currency."""
        whole, point, cents = formatted(abs(minor), self.currency).partition(".")
        written = f"{int(whole):,}{point}{cents}".translate(_MARKS[self.language])
        return f"\N{MINUS SIGN}{written}" if minor < 0 else written

    def moment(self, at: str) -> str:
        """Write an instant (RFC 3339) as the store's clock showed it."""
        shown = datetime.fromisoformat(at).astimezone(self.store.zone if self.store else UTC)
        month = translator(self.language)(_MONTHS[shown.month - 1])
        return f"{shown.day} {month} {shown.year}, {shown:%H:%M}"

    def vendor(self, provider: str) -> str:
        """Name a vendor as its customers know it."""
        known = self.store.provider(provider) if self.store else None
        return VENDORS[known.kind] if known else provider
