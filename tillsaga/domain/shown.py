"""What a till's messages show of a customer: which of their fields the door puts into tokens.

A `member_id` is not among them: it is the vendor's own name for a customer, which the view shows.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from tillsaga.domain.basket import Line, Recipient
from tillsaga.domain.messages import AddTender, ApplyOffer, GivenOffer, OpenCheckout
from tillsaga.domain.offers import Identifier
from tillsaga.domain.reads import LookUpOrder, ScanOrder

M = TypeVar("M", bound=BaseModel)
Swap = Callable[[str], str]

_FIELDS: tuple[tuple[type[BaseModel], str], ...] = (
    (Identifier, "value"),
    (ApplyOffer, "code"),
    (GivenOffer, "code"),
    (AddTender, "reference"),
    (OpenCheckout, "codes"),
    (Line, "reference"),
    (Recipient, "email"),
    (LookUpOrder, "value"),
    (ScanOrder, "value"),
)


def shown_in(message: BaseModel) -> set[str]:
    """List the values in a message that are put into tokens."""
    found: set[str] = set()

    def note(value: str) -> str:
        found.add(value)
        return value

    _remade(message, note)
    return found - {""}


def with_tokens(message: M, tokens: Mapping[str, str]) -> M:
    """Put the tokens into the message."""
    made: M = _remade(message, lambda value: tokens.get(value, value))
    return made


def _remade(value: Any, swap: Swap) -> Any:
    if isinstance(value, tuple):
        several = tuple(_remade(part, swap) for part in value)
        return several if any(n is not o for n, o in zip(several, value, strict=True)) else value
    if not isinstance(value, BaseModel):
        return value
    shown = _shown(value)
    changes = {}
    for name in type(value).model_fields:
        old = getattr(value, name)
        new = _swapped(old, swap) if name in shown else _remade(old, swap)
        if new is not old and new != old:
            changes[name] = new
    return value.model_copy(update=changes) if changes else value


def _swapped(shown: Any, swap: Swap) -> Any:
    if isinstance(shown, tuple):
        return tuple(map(swap, shown))
    return swap(shown) if isinstance(shown, str) else shown


def _shown(value: BaseModel) -> set[str]:
    if getattr(value, "type", None) == "member_id" or getattr(value, "kind", None) == "sold_card":
        return set()  # the vendor's own names
    return {name for kind, name in _FIELDS if isinstance(value, kind)}
