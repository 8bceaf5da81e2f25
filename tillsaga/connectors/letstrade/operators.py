"""An operator as the activities see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from tillsaga.connectors.letstrade.client import LetstradeClient
from tillsaga.connectors.letstrade.finalise import Finalise
from tillsaga.connectors.letstrade.refusals import asking, refusing
from tillsaga.domain.effects import Done, EffectOrder

DEFAULT = "vendor_refused"


class Door:
    """One time budget per method, the vendor's no made ours."""

    def __init__(self, client: LetstradeClient, operator: Finalise) -> None:
        """Take the operator."""
        self._http = client.http
        self._operator = operator

    async def do(self, order: EffectOrder) -> Done:
        """Do it now."""
        with self._refusing():
            return await self._operator.do(order)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Ask whether it happened."""
        with asking(DEFAULT), self._http.budget():
            return await self._operator.find(order, since)

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Take it back."""
        with self._refusing():
            return await self._operator.undo(order, done)

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Ask whether the taking back happened."""
        return await self._operator.find_undo(order, done, since)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        with refusing(DEFAULT), self._http.budget():
            yield
