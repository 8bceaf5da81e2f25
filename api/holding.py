"""Stuck holds: listed from the records, freed by the checkout itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from starlette.responses import Response

from api import ids
from api.delivery import deliver
from api.dependencies import Place
from api.idempotency import Call
from api.services import Services
from tillsaga.domain.holds import Hold
from tillsaga.domain.messages import ReleaseHold
from tillsaga.domain.model import Json
from tillsaga.domain.tokens import masked
from tillsaga.durations import parse_duration
from tillsaga.errors import Refusal
from tillsaga.records.holds import HoldFilter, HoldPage, SqlHoldBook


def wanted(older_than: str | None, provider: str | None, now: datetime) -> HoldFilter:
    """Say which holds.

    Raises:
        Refusal: `invalid_request`: `older_than` is no duration.
    """
    try:
        age = parse_duration(older_than) if older_than is not None else timedelta()
    except ValueError as wrong:
        raise Refusal("invalid_request", f"older_than {wrong}") from wrong
    return HoldFilter(before=now - age, provider=provider)


def shown(page: HoldPage, services: Services, now: datetime) -> Json:
    """Write a page of holds."""
    return {"data": [*items(page, services, now)], "next_cursor": page.next_cursor}


def items(page: HoldPage, services: Services, now: datetime) -> list[Json]:
    """Write the holds themselves."""
    return [_item(hold, services, now) for hold in page.holds]


def _item(hold: Hold, services: Services, now: datetime) -> Json:
    store = services.stores.store(hold.store_id)
    order, why = hold.effect, hold.not_releasable
    since = hold.model_dump(mode="json", include={"since"})
    return {
        "id": hold.id,
        "effect_id": hold.effect_id,
        "checkout_id": hold.checkout_id,
        "store_id": hold.store_id,
        "provider": order.provider,
        "operation": order.operation,
        # Mostly a vendor's id, but it may be a code that somebody could spend.
        "reference": masked(order.subject),
        "amount": order.amount,
        "currency": store.currency if store else None,
        **since,
        "age_seconds": int((now - hold.since).total_seconds()),
        "checkout_status": hold.checkout_status,
        "state": hold.state,
        "releasable": why is None,
        "not_releasable": why,
        "attention_id": hold.attention_id,
    }


async def find(
    services: Services, call: Call, store_ids: Sequence[str], hold_id: str
) -> tuple[str, str]:
    """Find the checkout and the effect that an id of the list, or a bare effect id, means.

    Raises:
        Refusal: `hold_not_found`; `hold_ambiguous`: several checkouts have such an effect;
            `idempotency_key_reused`.
    """
    checkout_id, _, effect_id = hold_id.partition(":")
    if ids.is_checkout_id(checkout_id):
        return await _in_checkout(services, store_ids, checkout_id, effect_id)
    before = await services.keys.find(call.api_key_id, call.key)
    if before is not None and before.route != call.route:
        raise Refusal("idempotency_key_reused", "the key was used for another request")
    if before is not None and before.checkout_id is not None:
        return before.checkout_id, hold_id  # a repetition: it may be free by now
    return await _anywhere(services, store_ids, hold_id)


async def _in_checkout(
    services: Services, store_ids: Sequence[str], checkout_id: str, effect_id: str
) -> tuple[str, str]:
    bill = await services.checkouts.find(checkout_id)
    known = bill is not None and bill.store_id in store_ids
    if known and await SqlHoldBook(services.database).exists(checkout_id, effect_id):
        return checkout_id, effect_id
    raise Refusal("hold_not_found", "no such hold for this API key")


async def _anywhere(
    services: Services, store_ids: Sequence[str], effect_id: str
) -> tuple[str, str]:
    found = await SqlHoldBook(services.database).named(store_ids, effect_id)
    if len(found) > 1:
        raise Refusal("hold_ambiguous", "several checkouts hold it; name it by the id of the list")
    if not found:
        raise Refusal("hold_not_found", "no such hold for this API key")
    return found[0].checkout_id, effect_id


async def release(
    services: Services, call: Call, place: Place, effect_id: str, reason: str, actor: str
) -> Response:
    """Have the checkout free the hold; answers the checkout."""
    message = ReleaseHold(effect_id=effect_id, reason=reason, actor=actor[:255] or "unnamed")
    return await deliver(services, call, place, "release_hold", message)
