"""Webhook deliveries as answers."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.webhook_docs import CheckoutEvent, RefundEvent
from tillsaga.domain.webhooks import DeliveryStatus, EventType, Failing


class WebhookEndpoint(BaseModel):
    """Where it goes. `url` has no query, and is null when it is configured no longer."""

    id: str
    url: str | None
    disabled_at: datetime | None = Field(description="Since when it has wanted nothing: 410.")


class WebhookDeliveryInList(BaseModel):
    """An event for one endpoint, and what came of it."""

    id: str = Field(description="The `webhook-id`.")
    type: EventType
    store_id: str
    checkout_id: str
    refund_id: str | None
    version: int = Field(description="The checkout's.")
    endpoint: WebhookEndpoint
    status: DeliveryStatus
    attempts: int
    response_status: int | None = Field(description="The last HTTP status.")
    failure: Failing | None = Field(description="Why no more is tried.")
    note: str | None = Field(description="The same, or what the last attempt met, in words.")
    created_at: datetime
    last_attempt_at: datetime | None
    ended_at: datetime | None


class WebhookDelivery(WebhookDeliveryInList):
    """The same, with what is posted."""

    payload: CheckoutEvent | RefundEvent


class WebhookDeliveries(BaseModel):
    """A page of deliveries, newest first."""

    data: list[WebhookDeliveryInList]
    next_cursor: str | None
