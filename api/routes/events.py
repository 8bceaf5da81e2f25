"""A checkout as a stream of server-sent events."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api import documented, examples, streaming
from api.dependencies import Place, ReadingHolder, ReadingPlace, ServicesDep

router = APIRouter(prefix="/v1/checkouts/{checkout_id}", tags=["checkouts"])

# OpenAPI 3.1 has no word for a stream, so the schema is that of each of its events.
_EVENT = {
    "type": "object",
    "required": ["event", "id", "data"],
    "properties": {
        "event": {"type": "string", "const": "checkout"},
        "id": {"type": "string", "description": "The version; for `Last-Event-ID`."},
        "data": {"type": "string", "description": "The checkout as JSON: a CheckoutDocument."},
    },
}


async def _followed(
    services: ServicesDep, holder: ReadingHolder, place: ReadingPlace
) -> AsyncIterator[Place]:
    """Count the stream until its last byte is sent."""
    with services.streams.follow(holder.caller):
        yield place


@router.get(
    "/events",
    operation_id="streamCheckoutEvents",
    summary="Follow a checkout",
    response_class=EventSourceResponse,
    responses=documented.question(
        {
            "description": "`event: checkout`, `id`: the version, `data`: the checkout",
            "content": {"text/event-stream": {"schema": _EVENT, "example": examples.EVENT}},
        },
        *documented.READ,
    ),
)
async def stream_events(
    services: ServicesDep,
    place: Annotated[Place, Depends(_followed)],
    last_event_id: Annotated[
        str, Header(description="The version seen last: only newer ones are sent.")
    ] = "",
) -> AsyncIterator[ServerSentEvent]:
    """Stream every visible change until the checkout has ended; a comment every 15 s."""
    seen = int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 10 else -1
    async for event in streaming.changes(services, place, seen):
        yield event
