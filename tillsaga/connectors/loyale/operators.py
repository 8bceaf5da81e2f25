"""Loyale's operator as the activities see it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime

from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.loyale.refusals import asking, refusing
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.ports import Operator


class Door:
    """One time budget per method, and Loyale's no made ours."""

    def __init__(self, http: VendorHttp, operator: Operator, default: str) -> None:
        """Take the operator, and our code for a no that does not say why."""
        self._http = http
        self._operator = operator
        self._default = default

    async def do(self, order: EffectOrder) -> Done:
        """Do it now."""
        with self._within(refusing):
            return await self._operator.do(order)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Ask whether it happened."""
        with self._within(asking):
            return await self._operator.find(order, since)

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Take it back."""
        with self._within(refusing):
            return await self._operator.undo(order, done)

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Ask whether the taking back happened."""
        with self._within(asking):
            return await self._operator.find_undo(order, done, since)

    @contextmanager
    def _within(self, translating: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(translating(self._default))
            stack.enter_context(self._http.budget())
            yield
