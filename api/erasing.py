"""Erasing a member: ordered here, carried out by the workflow `Erase`."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import JSONResponse, Response

from api.access import own_store
from api.deadline import Deadline
from api.idempotency import Call, claim
from api.problems import RETRY_AFTER_SECONDS, problem
from api.services import Services
from api.temporal import Gone, NoAnswer, Unreachable
from tillsaga.domain.erasure import EraseMember, Erasure
from tillsaga.domain.model import Json
from tillsaga.errors import Refusal
from tillsaga.records.apikeys import KeyHolder


async def erase(
    services: Services, call: Call, holder: KeyHolder, order: EraseMember, deadline: Deadline
) -> Response:
    """Have a member erased; 202 while it goes on.

    Raises:
        Refusal: `store_not_found`; `idempotency_key_reused`.
    """
    book = services.erasures
    stores = _stores(services, holder, order)
    erasure_id = f"ers_{call.update_id.removeprefix('req_')[:24]}"
    before = await book.find(erasure_id)
    if before is None and (using := await book.in_use(stores, order)):
        return _in_use(call, using)
    claimed = await claim(services.keys, await _told_apart(call, order), "")
    headers = {} if claimed.is_new else {"Idempotency-Replayed": "true"}
    begun = before or await book.begin(erasure_id, stores, order, holder.name)
    if begun.erased is None:
        try:
            await services.gateway.erase(erasure_id, deadline.for_answer)
        except Unreachable:
            detail = "nobody can carry it out now; send the same request again"
            return problem("service_unavailable", detail, request_id=call.request_id)
        except (NoAnswer, Gone):
            pass  # it goes on, and is read by its id
    return await answer(services, erasure_id, stores, headers)


def _stores(services: Services, holder: KeyHolder, order: EraseMember) -> tuple[str, ...]:
    stores = holder.stores if order.store_ids is None else order.store_ids
    if not stores:
        raise Refusal("store_not_found", "the API key may touch no store")
    return tuple(own_store(holder, services.stores, store_id).id for store_id in stores)


async def _told_apart(call: Call, order: EraseMember) -> Call:
    """Know the request again by what nobody can try out: the body names a person."""
    body = json.dumps(order.model_dump(mode="json"), sort_keys=True).encode()
    salt = f"{call.api_key_id}\n{call.key}".encode()
    digest = await asyncio.to_thread(hashlib.scrypt, body, salt=salt, n=2**14, r=8, p=1)
    return replace(call, fingerprint=digest.hex())


def _in_use(call: Call, checkouts: Sequence[str]) -> Response:
    detail = "checkouts with this member are running; wait for their end, or cancel them"
    return problem("member_in_use", detail, request_id=call.request_id, checkouts=[*checkouts])


async def answer(
    services: Services,
    erasure_id: str,
    store_ids: Sequence[str],
    headers: dict[str, str] | None = None,
) -> Response:
    """Say how an erasure stands.

    Raises:
        Refusal: `erasure_not_found`: none of these stores' has this id.
    """
    found = await services.erasures.find(erasure_id)
    if found is None or not set(found.store_ids) <= set(store_ids):
        raise Refusal("erasure_not_found", "no erasure of your stores has this id")
    if found.erased is not None:
        return JSONResponse(_shown(found), 200, headers)
    location = {"Location": f"/v1/members/erasures/{found.id}", "Retry-After": RETRY_AFTER_SECONDS}
    return JSONResponse(_shown(found), 202, {**(headers or {}), **location})


def _shown(erasure: Erasure) -> Json:
    shown: Json = erasure.model_dump(mode="json", exclude={"erased", "store_ids"})
    erased = erasure.erased.model_dump(mode="json") if erasure.erased else {}
    left = erased.pop("left", [])
    return {
        **shown,
        "store_ids": [*erasure.store_ids],
        "status": erasure.status,
        "erased": erased or None,
        "left": left,
    }
