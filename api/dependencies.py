"""What routes ask for. Whatever is refused here is refused at the door and uses no key up."""

import json
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Header, Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import JsonValue

from api import ids
from api.access import Scope, own_store, require_scope
from api.deadline import Deadline
from api.idempotency import (
    KEY_PATTERN,
    VERSION_PATTERN,
    Call,
    parse_key,
    parse_version,
)
from api.limits import RateLimit, RateLimited, together
from api.services import Services
from tillsaga.domain import origin
from tillsaga.errors import Refusal
from tillsaga.records.apikeys import KeyHolder
from tillsaga.stores import Store

DEFAULT_BUDGET_SECONDS = 2.0
SIGNED_IN = "tillsaga.holder"
"""Where a request's scope names who has signed in to a page; no caller from outside reaches it."""

_bearer = HTTPBearer(
    scheme_name="apiKey",
    bearerFormat="ts_live_... or ts_test_...",
    description="An API key with its scopes and stores; `tillsaga keys create` makes one.",
    auto_error=False,
)


async def services_of(request: Request) -> Services:
    """Find what this application works with. Async, since FastAPI gives others a thread."""
    return cast("Services", request.app.state.services)


ServicesDep = Annotated[Services, Depends(services_of)]


class Holder:
    """Requires an API key with one of the scopes, and counts its request."""

    def __init__(self, *scopes: Scope) -> None:
        self.scopes = scopes

    async def __call__(
        self,
        request: Request,
        services: ServicesDep,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    ) -> KeyHolder:
        """Find the holder.

        Raises:
            Refusal: `unauthorized`, `forbidden` or `rate_limited`.
        """
        if credentials is None:
            raise Refusal("unauthorized", "send Authorization: Bearer with an API key")
        signed_in: KeyHolder | None = request.scope.get(SIGNED_IN)
        holder = signed_in or await services.access.holder(credentials.credentials)
        request.state.api_key = holder.id
        say(request, services.access.ending(holder))
        count(request, services.rate_limit, holder.caller)
        require_scope(holder, self.scopes)
        return holder


def count(request: Request, limit: RateLimit, who: str, quota: int | None = None) -> None:
    """Count a request towards a limit, and say in its answer how much is left.

    Raises:
        Refusal: `rate_limited`.
    """
    try:
        said = limit.take(who, quota)
    except RateLimited as limited:
        say(request, limited.headers)
        raise
    say(request, said)


def say(request: Request, headers: dict[str, str]) -> None:
    """Have headers sent with the answer, whatever it will be."""
    request.state.answer_headers = together(getattr(request.state, "answer_headers", {}), headers)


def enter(request: Request, services: Services, holder: KeyHolder, store_id: str) -> Store:
    """Find a store that the key may touch, and count the request towards its limit.

    Raises:
        Refusal: `store_not_found` or `rate_limited`.
    """
    store = own_store(holder, services.stores, store_id)
    count_for_store(request, services, store.id)
    return store


def count_for_store(request: Request, services: Services, store_id: str) -> None:
    """Count a request towards a store's limit, whichever key it came with.

    Raises:
        Refusal: `rate_limited`.
    """
    store = services.stores.store(store_id)
    quota = store.policy.requests_per_minute if store is not None else None
    count(request, services.store_rate_limit, store_id, quota)


TillHolder = Annotated[KeyHolder, Depends(Holder("pos", "support"))]
ReadingHolder = Annotated[KeyHolder, Depends(Holder("pos", "support", "audit"))]
OperatingHolder = Annotated[KeyHolder, Depends(Holder("audit", "admin"))]


@dataclass(frozen=True)
class Place:
    """A checkout that the caller may touch, and the time there is for it."""

    checkout_id: str
    store_id: str
    deadline: Deadline


CheckoutId = Annotated[
    str,
    Path(description="The checkout's `id`.", examples=["chk_9T3M2K7QW4RB5X8Z"], max_length=64),
]


def deadline_of(request: Request, services: Services, store_id: str | None) -> Deadline:
    """Start the clock at the request's arrival, with the store's budget."""
    store = services.stores.store(store_id) if store_id else None
    budget = store.policy.answer_budget.total_seconds() if store else DEFAULT_BUDGET_SECONDS
    return Deadline(request.state.arrived, budget)


def concern(request: Request, checkout_id: str | None) -> None:
    """Say which checkout a request is about: to its answer, its log lines and its trace."""
    request.state.checkout_id = checkout_id
    if checkout_id is not None:
        origin.about(checkout_id)


async def place_of(
    request: Request, services: Services, holder: KeyHolder, checkout_id: str
) -> Place:
    """Find a checkout that the holder may touch.

    Raises:
        Refusal: `checkout_not_found`.
    """
    store_id = await services.places.store_of(holder, checkout_id)
    count_for_store(request, services, store_id)
    concern(request, checkout_id)
    return Place(checkout_id, store_id, deadline_of(request, services, store_id))


async def _till_place(
    request: Request, services: ServicesDep, holder: TillHolder, checkout_id: CheckoutId
) -> Place:
    return await place_of(request, services, holder, checkout_id)


async def _reading_place(
    request: Request, services: ServicesDep, holder: ReadingHolder, checkout_id: CheckoutId
) -> Place:
    return await place_of(request, services, holder, checkout_id)


TillPlace = Annotated[Place, Depends(_till_place)]
ReadingPlace = Annotated[Place, Depends(_reading_place)]


KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 255 visible ASCII characters, quoted or bare. The same key with the same "
        "body gets the first answer again.",
        json_schema_extra={"pattern": KEY_PATTERN},
        examples=["8e03978e-40d5-43e8-bc93-6894a57f9324"],
    ),
]
VersionHeader = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The version that the till has seen; 412 if the checkout has changed since.",
        json_schema_extra={"pattern": VERSION_PATTERN},
        examples=['"4"'],
    ),
]


async def read_call(
    request: Request, holder: KeyHolder, key: str | None, version: str | None
) -> Call:
    """Read a mutating request as the idempotency rules see it.

    Raises:
        Refusal: `restored_not_reconciled`, `idempotency_key_missing`, `malformed_request` or
            `invalid_request`.
    """
    await (await services_of(request)).restored.insist()
    body = await request.body()
    return Call(
        api_key_id=holder.caller,
        key=parse_key(key),
        route=f"{request.method} {request.url.path}",
        fingerprint=ids.fingerprint(_json(body) if body else None),
        request_id=request.state.request_id,
        expected_version=parse_version(version),
    )


def _json(body: bytes) -> JsonValue:
    """Read a body that no route has read: that of a DELETE, which needs none."""
    try:
        return cast("JsonValue", json.loads(body))
    except (ValueError, RecursionError) as wrong:
        raise Refusal("malformed_request", "the body is not JSON") from wrong


async def _call(
    request: Request, holder: TillHolder, key: KeyHeader = None, version: VersionHeader = None
) -> Call:
    return await read_call(request, holder, key, version)


TillCall = Annotated[Call, Depends(_call)]
