"""Tokens: what stands for personal data and card codes wherever nobody needs to read them.

The door puts a token in the place of what a customer shows; a checkout, its history and its records
only ever have the token. The value itself is read for the vendor alone, right before it is called,
and what the vendor says of it is put back into tokens.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

TOKEN = re.compile(r"tok_[0-9a-f]{24}_((?:[0-9a-f]{2}){1,16})(?:@private\.invalid)?")
"""A random name, and the last characters of the value, as people are shown them."""
MASK = "****"
TELLING = frozenset(
    {"email", "phone", "cell_number", "card", "loyalty_id", "authIdentifier", "barcode"}
)
"""Names under which vendors tell who somebody is, beyond what the till said itself."""
_STRUCTURE = frozenset(
    {"sku", "skus", "currency", "provider", "kind", "type", "operation", "status", "line_id"}
    | {"checkout_id", "store_id", "terminal_id", "categories", "tags", "title", "tier", "id"}
)
"""Names of values that are compared by others: a code may be spelt like one of them by chance."""
_WORDS = frozenset({"detail", "refusal_detail", "lost", "message"})
_SHORTEST_IN_WORDS = 6

T = TypeVar("T")
Swap = Callable[[str, str], str]
"""Of a field's name and its text makes the text that takes its place."""


class Vault(Protocol):
    """Keeps values, and knows them by their tokens. The same value always has the same token."""

    async def keep(
        self, values: Iterable[str], *, checkout_id: str | None = None
    ) -> dict[str, str]:
        """Answer each value's token, new or old; what is a token already stays what it is.

        It is kept for as long as the checkout runs, and then for as long as its records have the
        token; without a checkout for an answer alone.
        """
        ...

    async def keep_long(self, values: Iterable[str]) -> dict[str, str]:
        """The same, for what is to stay in records that are not there yet."""
        ...

    async def reveal(self, tokens: Iterable[str]) -> dict[str, str]:
        """Read what tokens stand for; an erased one gives a marker that no vendor is ever sent.

        Raises:
            Unavailable: a key of the ring is missing.
        """
        ...


def new_token(value: str) -> str:
    """Draw the token of a value; that of an e-mail address has the form of one.

    >>> shown = new_token("HT123ABC")
    >>> masked(shown), masked("HT123ABC")
    ('****3ABC', '****3ABC')
    """
    token = f"tok_{secrets.token_hex(12)}_{_tail(value).encode().hex()}"
    return f"{token}@private.invalid" if "@" in value else token


def masked(code: str | None) -> str | None:
    """Show a code's last four characters at most, never more than half of it.

    >>> masked("HT123ABC"), masked("AB"), masked(None)
    ('****3ABC', '****B', None)
    """
    if code is None or code.startswith(MASK):
        return code
    token = TOKEN.fullmatch(code)
    return MASK + (bytes.fromhex(token[1]).decode() if token else _tail(code))


def _tail(code: str) -> str:
    return code[-min(4, max(1, len(code) // 2)) :]


def erased(token: str) -> str:
    """Write the marker of a token whose value is gone; see `tillsaga.domain.privacy.ERASED`."""
    marker = f"erased-{token[4:20]}"
    return f"{marker}@erased.invalid" if "@" in token else marker


# --- in whole documents ---------------------------------------------------------------------------


def texts(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """List all texts in a model or document, with the names of their fields."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from texts(getattr(value, field), field)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from texts(part, str(key))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part, name)


def tokens_in(value: object) -> set[str]:
    """List the tokens in a model or document, wherever in a text they stand."""
    return {found[0] for _, text in texts(value) for found in TOKEN.finditer(text)}


def remade(value: T, swap: Swap, name: str = "") -> T:
    """Put other texts into a model or document; what has none of them stays the same object."""
    made: Any = value
    if type(value) is str:  # an enumeration's member is no text of anybody's
        made = swap(name, str(value))
    elif isinstance(value, BaseModel):
        fields = {field: getattr(value, field) for field in type(value).model_fields}
        changes = {n: new for n, v in fields.items() if (new := remade(v, swap, n)) is not v}
        made = value.model_copy(update=changes) if changes else value
    elif isinstance(value, dict):
        parts = {key: remade(part, swap, str(key)) for key, part in value.items()}
        made = parts if any(parts[key] is not value[key] for key in parts) else value
    elif type(value) in (list, tuple):
        items: Any = value
        several = [remade(part, swap, name) for part in items]
        if any(new is not old for new, old in zip(several, items, strict=True)):
            made = type(items)(several)
    return made  # type: ignore[no-any-return]


def revealed(value: T, known: Mapping[str, str]) -> T:
    """Put values in the place of their tokens."""
    return remade(value, lambda _, text: known.get(text, text)) if known else value


def concealed(value: T, tokens: Mapping[str, str]) -> T:
    """Put tokens in the place of values, however they are spelt; texts are searched for them."""
    if not tokens:
        return value
    spelt = {text.casefold(): token for text, token in tokens.items()}

    def swap(name: str, text: str) -> str:
        if name in _STRUCTURE or TOKEN.fullmatch(text):
            return text
        if name in _WORDS:
            return in_words(text, tokens)
        return spelt.get(text.strip().casefold(), text)

    return remade(value, swap)


def in_words(said: str, tokens: Mapping[str, str]) -> str:
    """Mask values within a sentence."""
    known = sorted((v for v in tokens if len(v) >= _SHORTEST_IN_WORDS), key=len, reverse=True)
    if not known:
        return said
    either = "|".join(map(re.escape, known))
    return re.sub(either, lambda found: masked(found[0]) or "", said, flags=re.IGNORECASE)
