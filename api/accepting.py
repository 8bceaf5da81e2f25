"""Content negotiation (RFC 9110, 12.5.1), as far as a receipt needs it."""

from collections.abc import Sequence


def best(accept: str, offered: Sequence[str]) -> str | None:
    """Choose what the caller likes best; of equals the first that is offered.

    >>> best("text/plain, */*;q=0.1", ("application/json", "text/plain"))
    'text/plain'
    >>> best("text/html", ("application/json",)) is None
    True
    """
    wishes = [_wish(part) for part in accept.split(",") if part.strip()]
    liked = [(_quality(offer, wishes), -place) for place, offer in enumerate(offered)]
    quality, place = max(liked)
    return offered[-place] if quality > 0 else None


def _wish(part: str) -> tuple[str, float]:
    media_type, *parameters = (word.strip() for word in part.split(";"))
    quality = next((word[2:] for word in parameters if word.startswith("q=")), "1")
    try:
        return media_type.lower(), float(quality)
    except ValueError:
        return media_type.lower(), 0.0


def _quality(offer: str, wishes: Sequence[tuple[str, float]]) -> float:
    """The most specific wish counts."""
    named = dict(wishes)
    family = f"{offer.partition('/')[0]}/*"
    return next((named[name] for name in (offer, family, "*/*") if name in named), 0.0)
