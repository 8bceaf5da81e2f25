"""Customers, known only by simulating a sale to them (sheet 4, trap 17)."""

from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

from tillsaga.connectors.loyale.client import LoyaleClient
from tillsaga.connectors.loyale.refusals import LoyaleNo, meaning
from tillsaga.connectors.loyale.wire import Receipt, is_barcode, number
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Member
from tillsaga.domain.ports import Identified

ANY_AMOUNT = 1_00
"""What a question costs that is not about an amount, minor units."""

V = TypeVar("V")


class Members:
    """Reads about customers."""

    def __init__(self, client: LoyaleClient, provider: str, currency: str) -> None:
        """Take the client, the provider's name in the store and the scheme's currency."""
        self._client = client
        self._provider = provider
        self._currency = currency

    async def ask(
        self, customer: Json, amount: int = ANY_AMOUNT, more: Json | None = None
    ) -> Receipt:
        """Simulate the sale of one thing.

        Args:
            customer: `customerId` or `customerBarcode`.
            amount: Its price, minor units.
            more: What else is in the request.
        """
        price = number(amount, self._currency)
        line: Json = {"quantity": 1, "sku": "tillsaga-question", "unitSalePrice": price}
        return await self._client.simulate({**customer, "lineItems": [line], **(more or {})})

    async def identify(self, identifier: Identifier) -> Identified:
        """Find the customer by barcode or id; Loyale is not asked about anything else."""
        customer = _customer(identifier)
        if customer is None:
            return Identified()
        receipt = await unless_refused(self.ask(customer), "member_not_found")
        return Identified(member=self._member(receipt) if receipt else None)

    async def overview(self, customer_id: str) -> Member:
        """Read the points."""
        return self._member(await self.ask({"customerId": customer_id}))

    def _member(self, receipt: Receipt) -> Member:
        return Member(
            provider=self._provider, member_id=receipt.customer_id, points=receipt.points_before
        )


async def unless_refused(asking: Awaitable[V], *codes: str) -> V | None:
    """Answer None when the simulation is refused for what was asked about.

    A refusal by this API that does not say why is taken to be about it: the first code. One that
    is about something else, such as the outlet in our settings, is not.
    """
    try:
        return await asking
    except LoyaleNo as no:
        default = codes[0] if no.of_this_api else ""
        if meaning(no.text, default)[0] not in codes:
            raise
        return None


def _customer(identifier: Identifier) -> Json | None:
    value = identifier.value.strip()
    if identifier.type in ("card", "qr") and is_barcode(value):
        return {"customerBarcode": value}
    if identifier.type == "member_id" and _is_guid(value):
        return {"customerId": value}
    return None


def _is_guid(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False
