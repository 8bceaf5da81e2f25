"""The sale's transaction: post it, see it through, return it (sheet 2, 5, 6)."""

import asyncio
from contextlib import suppress
from datetime import datetime

from tillsaga.connectors.loyale.answers import Answers
from tillsaga.connectors.loyale.client import LoyaleClient
from tillsaga.connectors.loyale.refusals import CONFLICT, LoyaleNo, refused
from tillsaga.connectors.loyale.returns import Returns
from tillsaga.connectors.loyale.sale_body import SaleBody
from tillsaga.connectors.loyale.settings import LoyaleSettings
from tillsaga.connectors.loyale.wire import Receipt, unique_id
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.errors import AnswerLost, InDoubt, NotSent, Refused, Unavailable

FIRST_WAIT, LONGEST_WAIT = 0.05, 0.4
"""Seconds between two looks at the status."""


class PostTransaction:
    """Posts a sale under our own unique id, which names it for ever. Loyale holds nothing before.

    `request`: `customer_id`. `Done.data`: see `Answers`.
    """

    def __init__(
        self, client: LoyaleClient, returns: Returns, settings: LoyaleSettings, currency: str
    ) -> None:
        """Take the calls, what earns and comes back, and the scheme's currency."""
        self._client = client
        self._returns = returns
        self._settings = settings
        self._answers = Answers(settings, currency)

    async def do(self, order: EffectOrder) -> Done:
        """Post it and wait for its end; `AnswerLost` while that is open (trap 7)."""
        if order.sale is None:
            raise Refused("there is no sale to post", code="invalid_request")
        name = unique_id(order)
        body = SaleBody(order, order.sale, self._settings).body(_customer(order))
        try:
            receipt = await self._client.post(body)
        except LoyaleNo as no:
            if no.status != CONFLICT:
                raise
            receipt = await self._adopted(name)
        return self._answers.done(order, await self._ended(name, receipt, AnswerLost))

    async def _adopted(self, name: str) -> Receipt:
        """A transaction of this name is there already, and only we give such names (sheet 5)."""
        with suppress(LoyaleNo, Unavailable):
            receipt = await self._client.status(name)
            if receipt is not None:
                return receipt
        raise AnswerLost("loyale has the transaction, and does not say how it stands")

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look it up by its name; `InDoubt` while its end is open."""
        name = unique_id(order)
        receipt = await self._client.status(name)
        if receipt is None:
            return None
        return self._answers.done(order, await self._ended(name, receipt, InDoubt, FIRST_WAIT))

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Return all that is left of it, once it has gone through."""
        name = unique_id(order)
        receipt = await self._client.status(name)
        if receipt is None:
            raise Refused("loyale no longer knows the transaction", code="vendor_refused")
        receipt = await self._settled(name, receipt, NotSent, FIRST_WAIT)
        if receipt.failed or receipt.wholly_returned:
            return self._answers.undone(order, done, receipt)
        try:
            returned = await self._returns.full(name)
        except LoyaleNo as no:
            now = await self._client.status(name) if no.status == CONFLICT else None
            if now is None or not await self._is_back(name, now):
                raise
            returned = None
        return self._answers.undone(order, done, receipt, returned)

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Look whether all of it is back."""
        name = unique_id(order)
        receipt = await self._client.status(name)
        if receipt is None:
            return None
        if receipt.failed or await self._is_back(name, receipt):
            return self._answers.undone(order, done, receipt)
        return None

    async def _is_back(self, name: str, receipt: Receipt) -> bool:
        """Whether nothing is left to return; simulated where the status does not say (sheet 6)."""
        if receipt.wholly_returned is not None:
            return receipt.wholly_returned
        if not receipt.completed:
            return False
        try:
            await self._returns.full(name, simulate=True)
        except LoyaleNo as no:
            if no.status != CONFLICT:
                raise
            return True
        return False

    async def _ended(
        self, name: str, receipt: Receipt, otherwise: type[Unavailable], wait: float = 0
    ) -> Receipt:
        """See it through; a transaction that failed has been rolled back (sheet 5)."""
        receipt = await self._settled(name, receipt, otherwise, wait)
        if receipt.failed:
            raise refused(receipt.error or "", "vendor_refused")
        return receipt

    async def _settled(
        self, name: str, receipt: Receipt, otherwise: type[Unavailable], wait: float = 0
    ) -> Receipt:
        """Look again and again, within the operator's time, until the status is a last one."""
        while not (receipt.completed or receipt.failed):
            await asyncio.sleep(wait)
            wait = min(max(2 * wait, FIRST_WAIT), LONGEST_WAIT)
            try:
                receipt = await self._client.status(name) or receipt
            except (NotSent, LoyaleNo):
                raise otherwise("loyale has not finished the transaction yet") from None
        return receipt


def _customer(order: EffectOrder) -> str:
    customer = order.request.get("customer_id")
    if not isinstance(customer, str):
        raise Refused("there is no customer to post it for", code="invalid_request")
    return customer
