"""Personal data: what is dropped once it has served, and how a member is erased.

| where                                            | what it may be                               |
|--------------------------------------------------|----------------------------------------------|
| `members`, `Offer.member_id`                     | a vendor's id of the customer                |
| `Member.data`, `earning`, requests of effects    | phone, e-mail, account and loyalty numbers   |
| subjects, and so ids and keys, of effects        | a customer's id where points or credit move  |
| `Line.reference`, `Line.recipient`, `later` steps| a card's code, the e-mail of who gets a card |
| `Offer.code`, `Tender.data`                      | a code that the customer showed              |
| reasons and details                              | whatever a person typed                      |
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import JsonValue

from tillsaga.domain.basket import Basket, Line
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Step
from tillsaga.domain.model import Json
from tillsaga.domain.tokens import masked

SHORTEST = 4
"""A shorter value could not be told from others that mean something else."""
ERASED = re.compile(r"erased-[0-9a-f]{16}")
"""What stands in a value's place. No vendor is ever sent one."""

SERVED: dict[str, tuple[str, ...]] = {
    "send_giftcard": ("email",),
    "create_member": ("email", "card"),
}
"""What an operation's request need not keep once it is done."""
_KEPT = frozenset(
    {
        "checkout_id",
        "store_id",
        "terminal_id",
        "line_id",
        "sku",
        "currency",
        "provider",
        "kind",
        "operation",
        "transaction_id",
        "transaction_uuid",
        "refund_id",
        "status",
        "type",
    }
)
"""Names of what books balance by: their values are never personal data."""
_TELLING = frozenset(
    {"email", "phone", "cell_number", "card", "_id", "loyalty_id", "member_id", "contact_uuid"}
    | {"customer_id", "user_id", "reference", "code", "authIdentifier"}
)
"""Names, in what connectors keep of a customer, of what tells who it is."""


# --- what has served ------------------------------------------------------------------------------


def forget_served(checkout: Checkout) -> None:
    """Drop from a completed sale what nothing that may follow needs."""
    if checkout.status != "completed":
        return  # a late payment delivers it after all
    if checkout.basket is not None:
        checkout.basket = discreet(checkout.basket)
    done = {(e.operation, e.subject) for e in checkout.effects if e.done}
    for effect in checkout.effects:
        if effect.done:
            effect.request = served_request(effect.operation, effect.request)
    for line_id, sale in checkout.sales.items():
        later = tuple(_served(step) if _key(step) in done else step for step in sale.later)
        checkout.sales[line_id] = sale.model_copy(update={"later": later})


def served_request(operation: str, request: Json) -> Json:
    """Leave out of a request what need not be kept once the operation is done."""
    served = SERVED.get(operation, ())
    return {name: value for name, value in request.items() if name not in served}


def _served(step: Step) -> Step:
    return step.model_copy(update={"request": served_request(step.operation, step.request)})


def _key(step: Step) -> tuple[str, str]:
    return step.operation, step.subject


def discreet(basket: Basket) -> Basket:
    """Mask the codes of a basket, and leave out who gets its gift cards."""
    return basket.model_copy(update={"lines": tuple(map(_discreet, basket.lines))})


def _discreet(line: Line) -> Line:
    return line.model_copy(update={"reference": masked(line.reference), "recipient": None})


def is_same_basket(one: Basket | None, other: Basket) -> bool:
    """Whether two baskets sell the same, as far as is kept of them."""
    return one is not None and discreet(one) == discreet(other)


# --- erasure --------------------------------------------------------------------------------------


class Eraser:
    """Puts a marker in the place of each of some values, the same one each time.

    The marker is a keyed digest: without the salt, which is thrown away afterwards, nobody can
    try out who it was.
    """

    def __init__(self, values: Iterable[str], salt: str) -> None:
        """Take the values; those that are too short to be told from others are left out."""
        known = sorted({value for value in values if len(value) >= SHORTEST}, key=len, reverse=True)
        self._salt = salt.encode()
        either = "|".join(re.escape(value) for value in known) or r"(?!)"
        self._found = re.compile(rf"(?<![A-Za-z0-9])(?:{either})(?![A-Za-z0-9])", re.IGNORECASE)

    def text(self, said: str) -> str:
        """Erase in a text."""
        return self._found.sub(self._marker, said)

    def document(self, value: JsonValue) -> Any:
        """Erase in a document, but for what books balance by."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.document(item) for item in value]
        if isinstance(value, dict):
            kept = ((name, name in _KEPT and isinstance(v, str), v) for name, v in value.items())
            return {name: v if keep else self.document(v) for name, keep, v in kept}
        return value

    def _marker(self, found: re.Match[str]) -> str:
        value = found[0].lower()
        digest = hmac.new(self._salt, value.encode(), hashlib.sha256).hexdigest()[:16]
        # What must be an address stays one.
        return f"erased-{digest}@erased.invalid" if "@" in value else f"erased-{digest}"


def telling(state: Json, provider: str, values: Iterable[str]) -> set[str]:
    """List what a checkout's state has of a customer of a provider beyond their known values."""
    known = {value.lower() for value in values}
    members = state.get("members")
    member = members.get(provider) if isinstance(members, dict) else None
    if not isinstance(member, dict) or str(member.get("member_id", "")).lower() not in known:
        return set()
    found = {str(member["member_id"]), *_texts(member.get("data"))}
    for name in ("offers", "tenders", "effects"):
        items = state.get(name)
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and item.get("provider") == provider:
                found.update(_telling(item, name))
    earning = state.get("earning")
    found.update(_named(earning.get(provider) if isinstance(earning, dict) else None))
    return found


def _telling(item: Json, kind: str) -> Iterator[str]:
    if kind == "offers":
        yield from _texts(item.get("code"))
    elif kind == "tenders":
        yield from _named(item.get("data"))
    elif item.get("operation") in ("create_member", "finalise"):
        # The digest that names the effect could be tried out.
        own = item.get("operation") == "create_member"
        yield from _texts(item.get("subject")) if own else ()
        yield from _named(item.get("request"))


def _texts(value: JsonValue) -> Iterator[str]:
    """All texts in a value."""
    if isinstance(value, str):
        yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from _texts(part)


def _named(value: JsonValue) -> Iterator[str]:
    """The texts under names that tell who somebody is."""
    if isinstance(value, list):
        for part in value:
            yield from _named(part)
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _texts(part) if name in _TELLING and isinstance(part, str) else _named(part)
