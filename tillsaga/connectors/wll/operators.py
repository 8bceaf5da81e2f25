"""What White Label Loyalty's operators have in common."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime

from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.wll.refusals import asking, refusing
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.ports import Operator
from tillsaga.errors import Refused, Unanswerable


class Door:
    """One time budget per method, and the vendor's no made ours."""

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


class Lasting:
    """An operation that cannot be taken back (sheet 4)."""

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Refuse: there is no such call."""
        raise Refused(f"wll cannot take back {order.operation}", code="vendor_refused")

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Nothing can have been taken back."""
        return None


def text(values: Mapping[str, object], name: str) -> str:
    """Read an id that an earlier step must have left.

    Raises:
        Unanswerable: it is not there.
    """
    value = maybe_text(values, name)
    if value is None:
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


def transaction_id(order: EffectOrder) -> str:
    """Name the sale after the checkout; taken again after its end, it is another one."""
    again = "" if order.generation == 1 else f"-g{order.generation}"
    return f"{order.checkout_id}{again}"
