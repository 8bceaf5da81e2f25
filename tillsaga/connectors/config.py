"""What a connector is built from; the worker fills it from the stores file."""

from collections.abc import Awaitable, Callable
from functools import cached_property

from pydantic import Field, SecretStr

from tillsaga.connectors.circuit import Circuit
from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import Timing
from tillsaga.domain.model import Currency, Json, Model

Owned = Callable[[str], Awaitable[bool]]
"""Says whether a vendor's transaction id belongs to an effect that is already recorded."""


class ConnectorConfig(Model):
    """One vendor of one store.

    `settings` are the vendor's own, without the timing; `discounts` is the store's price list of
    rule ids, coupons and barcodes.
    """

    store_id: str
    provider: str
    kind: str
    base_url: str
    currency: Currency
    credentials: dict[str, SecretStr] = Field(default_factory=dict)
    settings: Json = Field(default_factory=dict)
    timing: Timing = Field(default_factory=Timing)
    discounts: dict[str, Discount] = Field(default_factory=dict)

    @cached_property
    def circuit(self) -> Circuit:
        """The circuit that all connections to this vendor share."""
        return Circuit(f"{self.store_id}/{self.provider}", self.timing.circuit_open_for)


async def nobody_owns(_: str) -> bool:
    """Stand in for the records where there are none."""
    return False
