"""The OpenAPI document: FastAPI's, with what it cannot know or says wrong."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api import documented, documented_headers, documented_links
from api.access import Scope
from api.schemas import PickedVouchers, Problem
from api.scopes import required_scopes
from api.webhook_docs import EVENT_MODELS, webhooks

DESCRIPTION = """\
Durable loyalty checkout for points of sale.

An API key has scopes and stores; `x-required-scopes` lists those of which an operation needs one.
What belongs to another store is as unknown as what is not there.

Every change carries an `Idempotency-Key`: the same key with the same body gets the first answer
again. Money is an integer in the currency's minor unit. Every error is `application/problem+json`
with a stable `code`. A change that outlives the answer budget answers 202; its result is read by
`GET`, from the event stream or by webhook.
"""
TAGS = [
    {"name": "checkouts", "description": "Opening, reading, following."},
    {"name": "gathering", "description": "Basket, customer, offers, tenders."},
    {"name": "paying", "description": "Ready, payment, cancel."},
    {"name": "refunds", "description": "What comes back after the sale."},
    {"name": "attention", "description": "What a person has to settle; for support."},
    {"name": "receipts", "description": "What the customer gets."},
    {"name": "lookups", "description": "Questions that change nothing."},
    {"name": "support", "description": "For people who settle what no machine can."},
    {"name": "callbacks", "description": "What vendors post to us."},
    {"name": "webhooks", "description": "What we post to you, and what became of it."},
    {"name": "operations", "description": "For those who run it."},
]
OPEN_TO_ALL = {"/healthz", "/readyz"}
_REFERRED_TO: tuple[type[BaseModel], ...] = (Problem, PickedVouchers, *EVENT_MODELS)
"""What no route has as its model, so that FastAPI does not know of it."""
_REQUIRED_HEADERS = {"Idempotency-Key"}


def install(app: FastAPI) -> None:
    """Serve the finished document, made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="Tillsaga",
        version=app.version,
        summary="Settled with every vendor, or not at all.",
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        servers=[{"url": "/", "description": "This service"}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        contact={"name": "Tillsaga"},
    )
    for model in _REFERRED_TO:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        parts = schema.pop("$defs", {}) | {model.__name__: schema}
        document["components"]["schemas"] |= parts
    document["components"]["examples"] = documented.all_examples()
    document["components"]["headers"] = documented_headers.COMPONENTS
    document["webhooks"] = webhooks()
    scopes = required_scopes(app.routes)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _finish(path, operation, scopes.get(operation["operationId"], []))
            documented_headers.add_headers(operation)
    documented_links.add_links(document)
    return document


def _finish(path: str, operation: dict[str, Any], scopes: list[Scope]) -> None:
    if scopes:
        operation["x-required-scopes"] = scopes
        operation["description"] += f"\n\nNeeds a key with the scope {' or '.join(scopes)}."
    if path in OPEN_TO_ALL:
        operation["security"] = []
    for parameter in operation.get("parameters", []):
        parameter["required"] |= parameter["name"] in _REQUIRED_HEADERS
        parameter["schema"] = _without_null(parameter["schema"])
    for response in operation["responses"].values():
        for media_type in response.get("content", {}).values():
            media_type.pop("itemSchema", None)  # a word of OpenAPI 3.2


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Say what a parameter is; that it may be absent is said elsewhere."""
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    return {**schema, **(kinds[0] if kinds else {})}
