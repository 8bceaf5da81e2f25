"""What a vendor's books say now about one effect, asked when a person looks at its case."""

from datetime import timedelta
from typing import Literal

from tillsaga.domain.model import Instant, Model

Says = Literal["happened", "not_found", "taken_back", "unreadable"]


class BooksQuestion(Model):
    """The record's key and its vendor; who takes longer than `patience` is unreadable."""

    key: str
    kind: str
    patience: timedelta = timedelta(milliseconds=1500)


class BooksAnswer(Model):
    """What the vendor said; `points` are signed for the customer, `detail` says why not.

    `amount`: the stored value left afterwards, minor units, where the vendor tells it.
    """

    says: Says
    reference: str | None = None
    points: int | None = None
    amount: int | None = None
    detail: str | None = None
    asked_at: Instant


class SupportWord(Model):
    """A person's word on an attention item, as the Temporal UI takes it."""

    checkout_id: str
    item: str
    action: str
    actor: str
    reason: str
