"""What of a checkout is news to those who listen: decided from its state, told once each.

`Checkout.announced` has the keys of what was told. They are made of what happened, not of when,
so a run that does something again after a reset has nothing new to tell.
"""

from collections.abc import Iterator

from tillsaga.domain.checkout import Checkout
from tillsaga.domain.model import Json, Model
from tillsaga.domain.view import refund_view, view
from tillsaga.domain.webhooks import Event, EventType

_ENDS: dict[str, EventType] = {
    "completed": "checkout.completed",
    "cancelled": "checkout.cancelled",
    "expired": "checkout.expired",
}
_APPENDED: EventType = "checkout.offers_appended"
_ATTENTION: EventType = "checkout.attention_required"


class News(Model):
    """An event, and the keys of all that it tells."""

    keys: tuple[str, ...]
    event: Event


def news_of(checkout: Checkout) -> list[News]:
    """List what has not been told yet, in the order that it is to be told in."""
    told = set(checkout.announced)
    found = []
    for type_, subject, keys, refund_id in _all(checkout):
        if told.issuperset(keys):
            continue
        event = Event(
            type=type_,
            subject=subject,
            store_id=checkout.terms.store_id,
            checkout_id=checkout.id,
            refund_id=refund_id,
            version=checkout.version,
            at=checkout.updated_at,
            data=_data(checkout, refund_id),
        )
        found.append(News(keys=keys, event=event))
    return found


def old_news_of(checkout: Checkout) -> list[str]:
    """Name everything that there is to tell, as told: of a checkout from before we told."""
    return [key for _, _, keys, _ in _all(checkout) for key in keys]


def _all(checkout: Checkout) -> Iterator[tuple[EventType, str, tuple[str, ...], str | None]]:
    """Each with its type, subject, keys, and the refund that it is about."""
    yield from _appended(checkout)
    ended = _ENDS.get(checkout.status)
    # A return without a sale is told as the refund that it is.
    if ended is not None and checkout.returned is None:
        yield ended, "", (ended,), None
    for refund in checkout.refunds:
        if refund.status == "completed":
            key = f"refund.completed:{refund.refund_id}"
            yield "refund.completed", refund.refund_id, (key,), refund.refund_id
    cases = [case.id for case in checkout.attention]
    if cases:
        # One event, however many cases came at once: it shows them all.
        yield _ATTENTION, cases[-1], tuple(f"{_ATTENTION}:{case}" for case in cases), None


def _appended(checkout: Checkout) -> Iterator[tuple[EventType, str, tuple[str, ...], str | None]]:
    """A customer may go back to a selection: then it is news again, under the next number."""
    for provider, latest in checkout.appended.items():
        mine = [k for k in checkout.announced if k.startswith(f"{_APPENDED}:{provider}:")]
        if mine and mine[-1].endswith(f":{latest.digest}"):
            continue
        subject = f"{provider}:{len(mine) + 1}:{latest.digest}"
        yield _APPENDED, subject, (f"{_APPENDED}:{subject}",), None


def _data(checkout: Checkout, refund_id: str | None) -> Json:
    if refund_id is None:
        return view(checkout)
    refund = next(refund for refund in checkout.refunds if refund.refund_id == refund_id)
    return {**refund_view(checkout, refund), "version": checkout.version}
