"""Webhook deliveries."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import JSONResponse, Response

from api import documented, webhooks
from api.access import own_store
from api.dependencies import Holder, KeyHeader, ServicesDep, deadline_of, read_call
from api.idempotency import Call
from api.webhook_schemas import WebhookDeliveries, WebhookDelivery
from tillsaga.domain.webhooks import DeliveryStatus
from tillsaga.records.apikeys import KeyHolder

router = APIRouter(prefix="/v1/webhook-deliveries", tags=["webhooks"])

DeliveryHolder = Annotated[KeyHolder, Depends(Holder("support", "admin"))]
DeliveryId = Annotated[
    str,
    Path(
        max_length=64,
        description="The delivery's `id`, which is the `webhook-id` of its attempts.",
        examples=["whd_5f0c9d1be2a84c6f9d3e7a10"],
    ),
]


async def _call(request: Request, holder: DeliveryHolder, key: KeyHeader = None) -> Call:
    return await read_call(request, holder, key, None)


@router.get(
    "",
    operation_id="listWebhookDeliveries",
    summary="List webhook deliveries, newest first",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("A page", WebhookDeliveries, "WEBHOOK_DELIVERIES"),
        *documented.AT_THE_DOOR,
        "invalid_request",
        "store_not_found",
        "service_unavailable",
    ),
)
async def list_deliveries(
    services: ServicesDep,
    holder: DeliveryHolder,
    store_id: Annotated[str | None, Query(max_length=255)] = None,
    status: Annotated[DeliveryStatus | None, Query(examples=["failed"])] = None,
    checkout_id: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=255)] = None,
) -> Response:
    """List what was posted, or waits to be, to whom, and what came of it.

    A delivery is kept for 90 days after its end. `endpoint.disabled_at`: the endpoint has said 410
    for the store, and hears nothing until its configuration changes.
    """
    stores = holder.stores
    if store_id is not None:
        stores = (own_store(holder, services.stores, store_id).id,)
    return await webhooks.page(services, stores, status, checkout_id, limit, cursor)


@router.get(
    "/{delivery_id}",
    operation_id="getWebhookDelivery",
    summary="Read a webhook delivery",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("The delivery", WebhookDelivery, "WEBHOOK_DELIVERY"),
        *documented.AT_THE_DOOR,
        "invalid_request",
        "delivery_not_found",
        "service_unavailable",
    ),
)
async def get_delivery(
    services: ServicesDep, holder: DeliveryHolder, delivery_id: DeliveryId
) -> Response:
    """Read a delivery with its `payload`, which is what was posted."""
    return await webhooks.read(services, holder.stores, delivery_id)


@router.post(
    "/{delivery_id}/redeliver",
    operation_id="redeliverWebhook",
    summary="Post a webhook again",
    response_class=JSONResponse,
    status_code=202,
    responses={
        202: documented.good("It is on its way", WebhookDelivery, "WEBHOOK_DELIVERY"),
        **documented.problems(*documented.CHANGE, "delivery_not_found"),
    },
)
async def redeliver(
    request: Request,
    services: ServicesDep,
    holder: DeliveryHolder,
    call: Annotated[Call, Depends(_call)],
    delivery_id: DeliveryId,
) -> Response:
    """Post the same event again under the same `webhook-id`, whatever became of it.

    It is tried for five days like any other, before what waits of later versions, and also where
    the endpoint is disabled: a 2xx enables it. Who asked for it is in the log.
    """
    deadline = deadline_of(request, services, None)
    return await webhooks.redeliver(services, call, holder, delivery_id, deadline)
