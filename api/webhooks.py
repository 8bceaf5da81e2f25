"""Webhook deliveries for support: what became of them, and sending them again."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from starlette.responses import JSONResponse, Response

from api.deadline import Deadline
from api.idempotency import Call, claim
from api.problems import problem
from api.services import Services
from api.temporal import NoAnswer, Unreachable
from tillsaga.domain.model import Json
from tillsaga.domain.webhooks import Delivery, DeliveryStatus, Mailbox
from tillsaga.errors import Refusal
from tillsaga.records.apikeys import KeyHolder
from tillsaga.webhooks.endpoints import shown_url

_log = structlog.get_logger("tillsaga.api")
_Disabled = Mapping[tuple[str, str], datetime]


async def page(
    services: Services,
    stores: Sequence[str],
    status: DeliveryStatus | None,
    checkout_id: str | None,
    limit: int,
    cursor: str | None,
) -> Response:
    """Answer one page, newest first."""
    found = await services.deliveries.page(
        stores, status=status, checkout_id=checkout_id, limit=limit, cursor=cursor
    )
    disabled = await services.deliveries.disabled(services.endpoints.all)
    data = [_shown(services, delivery, disabled) for delivery in found.deliveries]
    return JSONResponse({"data": data, "next_cursor": found.next_cursor})


async def read(services: Services, stores: Sequence[str], delivery_id: str) -> Response:
    """Answer one, with what is sent.

    Raises:
        Refusal: `delivery_not_found`.
    """
    return JSONResponse(await _whole(services, await _found(services, stores, delivery_id)))


async def redeliver(
    services: Services, call: Call, holder: KeyHolder, delivery_id: str, deadline: Deadline
) -> Response:
    """Send it again under its id; whose word that was is in the log.

    Raises:
        Refusal: `delivery_not_found`; `idempotency_key_reused`.
    """
    known = await _found(services, holder.stores, delivery_id)
    claimed = await claim(services.keys, call, known.checkout_id)
    if claimed.is_new:
        await services.deliveries.redeliver(delivery_id)
        _log.info("webhook_redelivery", delivery=delivery_id, api_key=holder.id, actor=holder.name)
    mailbox = Mailbox(endpoint_id=known.endpoint_id, checkout_id=known.checkout_id)
    try:
        await services.gateway.wake_webhooks(mailbox, deadline.for_answer)
    except (NoAnswer, Unreachable):
        detail = "nobody can deliver now; send the same request again"
        return problem("service_unavailable", detail, request_id=call.request_id)
    headers = {} if claimed.is_new else {"Idempotency-Replayed": "true"}
    now = await _found(services, holder.stores, delivery_id)
    return JSONResponse(await _whole(services, now), 202, headers)


async def _found(services: Services, stores: Sequence[str], delivery_id: str) -> Delivery:
    found = await services.deliveries.find(delivery_id)
    if found is None or found.store_id not in stores:
        raise Refusal("delivery_not_found", "no webhook delivery of your stores has this id")
    return found


async def _whole(services: Services, delivery: Delivery) -> Json:
    disabled = await services.deliveries.disabled(services.endpoints.all)
    return {**_shown(services, delivery, disabled), "payload": delivery.payload}


def _shown(services: Services, delivery: Delivery, disabled: _Disabled) -> Json:
    shown: Json = delivery.model_dump(mode="json", exclude={"endpoint_id", "payload", "by_hand"})
    endpoint = services.endpoints.find(delivery.endpoint_id, delivery.store_id)
    since = disabled.get((endpoint.config, delivery.store_id)) if endpoint else None
    shown["endpoint"] = {
        "id": delivery.endpoint_id,
        "url": shown_url(endpoint.url) if endpoint else None,
        "disabled_at": since.isoformat(timespec="seconds").replace("+00:00", "Z")
        if since
        else None,
    }
    return shown
