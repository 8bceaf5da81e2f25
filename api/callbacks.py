"""What a vendor posts to us: whose secret it shows, which bill it means, and its own envelope.

Neither the secret nor anything of the body is repeated in an answer or a log.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from api import ended
from api.dependencies import concern, count, deadline_of
from api.problems import members, written
from api.services import Services
from api.temporal import Answer, Crowded, Gone, HandlerFailed, Letter, NoAnswer, Unreachable
from api.views import remember_view
from tillsaga.domain.messages import AppendOffers, Context
from tillsaga.domain.model import Json
from tillsaga.errors import Refusal
from tillsaga.providers import LetstradeProvider
from tillsaga.records.bill_rows import BillRecord
from tillsaga.stores import Store, StoresFile

MAX_BYTES = 64 * 1024
"""Far more than any customer picks."""


@dataclass(frozen=True)
class Caller:
    """A store's vendor whose secret was shown; several stores may have the same."""

    store: Store
    provider: LetstradeProvider


Id = Annotated[str, Field(min_length=1, max_length=255)]


class Address(BaseModel):
    """Which bill is meant: the vendor's name for the store, and our basket id."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    store_id: Id
    transaction_id: Id


async def append_vouchers(request: Request, services: Services, secret: str | None) -> Response:
    """Put the customer's selection on the open bill, and answer in the vendor's words."""
    try:
        callers = callers_of(services.stores, secret)
        _take_one(request, services, callers)
        await services.restored.insist()
        body = _read(await request.body())
        caller, bill = await _bill(services, callers, _address(body))
        concern(request, bill.checkout_id)
        answer = await _deliver(request, services, caller, bill, body)
    except Refusal as no:
        return _refused(request, no)
    return JSONResponse(
        answer.answer, background=BackgroundTask(remember_view, services, answer.checkout)
    )


def callers_of(stores: StoresFile, secret: str | None) -> list[Caller]:
    """Find whose secret it is. All are compared, so that the time it takes says nothing.

    Raises:
        Refusal: `unauthorized`.
    """
    # A header's bytes come as Latin-1.
    shown = _digest((secret or "").encode("latin-1", "replace"))
    found = [
        Caller(store, provider)
        for store in stores.stores
        for provider in store.providers
        if isinstance(provider, LetstradeProvider) and _opens(provider, shown)
    ]
    if not found:
        raise Refusal("unauthorized", "unauthorized")
    return found


def _opens(provider: LetstradeProvider, shown: bytes) -> bool:
    """Compare with all of them: while a secret is being replaced, two of them are right."""
    right = [
        hmac.compare_digest(_digest(secret.get_secret_value().encode()), shown)
        for secret in provider.credentials.callback_secret
    ]
    return any(right)


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def _take_one(request: Request, services: Services, callers: Sequence[Caller]) -> None:
    """Count the request towards the limit of the first store that has the secret."""
    first = callers[0]
    count(request, services.rate_limit, f"callback/{first.store.id}/{first.provider.name}")


def _read(raw: bytes) -> Json:
    if len(raw) > MAX_BYTES:
        raise Refusal("payload_too_large", f"at most {MAX_BYTES} bytes")
    try:
        body = from_json(raw, allow_inf_nan=False)
    except ValueError:
        body = None
    if not isinstance(body, dict) or b"\\u0000" in raw:
        raise Refusal("malformed_request", "the body is not a JSON object")
    return cast("Json", body)


def _address(body: Json) -> Address:
    # Outside the `except`: a ValidationError quotes what it read.
    try:
        return Address.model_validate(body)
    except ValidationError:
        pass
    raise Refusal("malformed_request", "store_id and transaction_id are needed")


async def _bill(
    services: Services, callers: Sequence[Caller], address: Address
) -> tuple[Caller, BillRecord]:
    """Find the bill among those of the secret's stores; one at the store named is preferred.

    That the vendor names another store than the bill's is for the checkout to refuse.

    Raises:
        Refusal: `checkout_not_found`, or `state_conflict` once the bill is closed.
    """
    store_ids = {caller.store.id for caller in callers}
    bills = await services.checkouts.of_basket(sorted(store_ids), address.transaction_id)
    found = [(c, bill) for c in callers for bill in bills if bill.store_id == c.store.id]
    if not found:
        raise Refusal("checkout_not_found", "there is no such open bill")
    caller, bill = max(
        found,
        key=lambda each: (
            each[0].provider.settings.store_id == address.store_id,
            not ended.is_ended(each[1]),
            each[1].generation,
        ),
    )
    if ended.is_ended(bill):
        raise Refusal("state_conflict", f"the bill is {bill.status}, not open")
    return caller, bill


async def _deliver(
    request: Request, services: Services, caller: Caller, bill: BillRecord, body: Json
) -> Answer:
    """Let the checkout take it in turn with the till's messages.

    Each request is an Update of its own: a selection may well come again after another one.

    Raises:
        Refusal: the checkout's, or `service_unavailable`; sent again it does no harm.
    """
    message = AppendOffers(provider=caller.provider.name, body=body)
    context = Context(request_id=request.state.request_id)
    update_id = f"cb_{secrets.token_hex(16)}"
    letter = Letter(bill.checkout_id, "append_offers", message, context, update_id)
    deadline = deadline_of(request, services, caller.store.id)
    try:
        answer = await services.gateway.update(letter, deadline.for_answer)
    except Gone:
        raise Refusal("state_conflict", "the bill is not open") from None
    except (Crowded, NoAnswer, Unreachable):
        raise Refusal("service_unavailable", "nobody can answer now; send it again") from None
    except HandlerFailed:
        raise Refusal("internal_error", "the checkout failed on this message") from None
    if answer.refusal is not None:
        raise Refusal(answer.refusal.code, answer.refusal.detail)
    return answer


def _refused(request: Request, no: Refusal) -> Response:
    """Say no as a problem that carries the vendor's envelope as well."""
    envelope = {"success": False, "message": no.detail, "content": None}
    said = members(no.code, no.detail, request_id=request.state.request_id)
    wait = no.retry_after_seconds
    return written(no.code, said | envelope, None if wait is None else {"Retry-After": str(wait)})
