"""What Leat's operators have in common."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime

from tillsaga.connectors.leat.client import LeatClient
from tillsaga.connectors.leat.refusals import asking, refusing
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.ports import Operator
from tillsaga.errors import Refused, Unanswerable


class Door:
    """An operator as the activities see it: one time budget per method, Leat's no made ours."""

    def __init__(self, client: LeatClient, operator: Operator, default: str) -> None:
        """Take the operator, and our code for a no that does not say why."""
        self._http = client.http
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


class Lasting:
    """An operation that Leat cannot take back, and that needs no taking back."""

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Refuse: there is no such call."""
        raise Refused(f"leat cannot take back {order.operation}", code="vendor_refused")

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Nothing can have been taken back."""
        return None


def text(values: dict[str, object] | object, name: str) -> str:
    """Read an id that an earlier step must have left.

    Raises:
        Unanswerable: it is not there.
    """
    value = values.get(name) if isinstance(values, dict) else None
    if not isinstance(value, str):
        raise Unanswerable(f"the step before left no {name}", code="vendor_refused")
    return value


def maybe_text(values: object, name: str) -> str | None:
    """Read an id that may be absent."""
    value = values.get(name) if isinstance(values, dict) else None
    return value if isinstance(value, str) else None


def maybe_int(values: object, name: str) -> int | None:
    """Read a number that may be absent."""
    value = values.get(name) if isinstance(values, dict) else None
    return value if isinstance(value, int) else None


def amount_of(order: EffectOrder) -> int:
    """Read the amount to move, minor units."""
    if order.amount is None or order.amount <= 0:
        raise Refused("there is no amount to move", code="invalid_request")
    return order.amount
