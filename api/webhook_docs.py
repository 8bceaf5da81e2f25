"""What we post to integrators, as the OpenAPI document tells it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from api.checkout_schema import CheckoutDocument
from api.schemas import RefundDocument
from tillsaga.domain.webhooks import EventType


class ThinCheckout(BaseModel):
    """In the place of a checkout that is too large to be posted: read it at `links.self`."""

    id: str
    checkout_id: str
    status: str
    version: int
    links: dict[str, str]


class ThinRefund(BaseModel):
    """In the place of a refund that is too large to be posted: read it at `links.self`."""

    refund_id: str
    checkout_id: str
    status: str
    version: int
    links: dict[str, str]


class ToldRefund(RefundDocument):
    """A refund; `version` is its checkout's."""

    version: int
    links: dict[str, str]


class CheckoutEvent(BaseModel):
    """Something that happened to a checkout, which is shown as it was then."""

    type: Literal[
        "checkout.completed",
        "checkout.cancelled",
        "checkout.expired",
        "checkout.offers_appended",
        "checkout.attention_required",
    ]
    timestamp: datetime
    data: CheckoutDocument | ThinCheckout


class RefundEvent(BaseModel):
    """Something that happened to a refund."""

    type: Literal["refund.completed"]
    timestamp: datetime
    data: ToldRefund | ThinRefund


EVENT_MODELS: tuple[type[BaseModel], ...] = (CheckoutEvent, RefundEvent)

_WHEN: dict[EventType, tuple[str, str]] = {
    "checkout.completed": (
        "A sale is completed",
        "Sent once, when all that can be refused has answered. Points may still be earned "
        "afterwards, and `version` grow.",
    ),
    "checkout.cancelled": (
        "A checkout is cancelled",
        "Everything that could be given back was given back; the rest is in `attention`.",
    ),
    "checkout.expired": (
        "A checkout was abandoned",
        "The till fell silent before anything was paid. A late payment may still complete it.",
    ),
    "checkout.offers_appended": (
        "A customer picked offers in a vendor's app",
        "The open checkout has another price; the till shows it.",
    ),
    "checkout.attention_required": (
        "A person has to settle something",
        "Sent once for the cases that were opened at once; all open ones are in `attention`.",
    ),
    "refund.completed": ("A refund is completed", "Everything has been given back."),
}
_HEADERS = {
    "webhook-id": "The delivery's id, the same in every attempt.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "`v1,` and the signature, for each secret; separated by spaces.",
}


def webhooks() -> dict[str, Any]:
    """Write the section: one entry per type of event."""
    return {event: {"post": _operation(event, *words)} for event, words in _WHEN.items()}


def _operation(event: EventType, summary: str, description: str) -> dict[str, Any]:
    model = RefundEvent if event == "refund.completed" else CheckoutEvent
    example = event.upper().replace(".", "_")
    content = {
        "schema": {"$ref": f"#/components/schemas/{model.__name__}"},
        "examples": {"default": {"$ref": f"#/components/examples/{example}"}},
    }
    noun, _, verb = event.partition(".")
    words = [noun, *verb.split("_")]
    return {
        "operationId": "on" + "".join(word.capitalize() for word in words),
        "summary": summary,
        "description": description,
        "tags": ["webhooks"],
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": meaning,
                "schema": {"type": "string"},
            }
            for name, meaning in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "2XX": {"description": "You have it; answer before you work on it."},
            "410": {
                "description": "You want no more: nothing is sent until it is configured anew."
            },
            "default": {"description": "Anything else: it is sent again, for five days."},
        },
    }
