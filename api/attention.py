"""The attention queue for support: open cases with their evidence, from the records."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from starlette.responses import JSONResponse, Response

from api import reading
from api.dependencies import Place
from api.services import Services
from api.temporal import Gone, HandlerFailed, NoAnswer, Unreachable
from tillsaga.domain.evidence import BooksAnswer, BooksQuestion
from tillsaga.domain.model import Json, Model
from tillsaga.domain.ports import CallRecord, EffectRecord
from tillsaga.errors import Refusal
from tillsaga.records.attention import OpenCase, cases_of, place_of
from tillsaga.records.database import utc_now


class CaseFilter(Model):
    """Which cases are wanted."""

    code: str | None = None
    owner: str | None = None
    provider: str | None = None
    older_than: timedelta | None = None

    def takes(self, found: OpenCase, now: datetime) -> bool:
        """Whether a case is wanted."""
        case = found.case
        old_enough = self.older_than is None or now - case.opened_at > self.older_than
        right_code = self.code in (None, case.code)
        right_vendor = self.provider in (None, found.provider)
        return old_enough and right_code and right_vendor and self.owner in (None, case.owner)


async def page(
    services: Services, stores: Sequence[str], wanted: CaseFilter, limit: int, cursor: str | None
) -> Response:
    """Answer one page of the queue, the oldest case first."""
    now = utc_now()
    after = _decoded(cursor) if cursor is not None else None
    cases = [c for c in await services.attention.open_cases(stores) if wanted.takes(c, now)]
    left = [case for case in cases if after is None or place_of(case) > after]
    shown = await with_evidence(services, left[:limit], now)
    more = len(left) > limit
    next_cursor = _encoded(left[limit - 1]) if more else None
    return JSONResponse({"data": shown, "next_cursor": next_cursor})


async def read_one(
    services: Services, place: Place, item: str, *, books: bool = True
) -> dict[str, object]:
    """Read one case, with what the vendor's books say now if they are wanted.

    Raises:
        Refusal: `attention_not_found`, or that the checkout cannot be read.
    """
    seen = await reading.read(services, place)
    cases = cases_of(place.checkout_id, place.store_id, seen.view)
    found = [case for case in cases if case.case.id == item]
    if not found:
        raise Refusal("attention_not_found", "the checkout has no such open case")
    [evident] = await with_evidence(services, found, utc_now())
    said = await _books(services, place, found[0]) if books else None
    return {**evident, "books": said.model_dump(mode="json") if said else None}


async def _books(services: Services, place: Place, found: OpenCase) -> BooksAnswer | None:
    if found.effect_key is None:
        return None
    record = await services.effects.read(found.effect_key)
    if record is None:
        return None
    question = BooksQuestion(
        key=found.effect_key,
        kind=record.order.kind,
        patience=timedelta(seconds=place.deadline.left * 3 / 4),
    )
    try:
        return await services.gateway.read_books(question, place.deadline.left)
    except (Gone, HandlerFailed, NoAnswer, Unreachable):
        why = "the vendor could not be asked within the budget"
        return BooksAnswer(says="unreadable", detail=why, asked_at=utc_now())


async def with_evidence(
    services: Services, cases: Sequence[OpenCase], now: datetime
) -> list[dict[str, object]]:
    """Show cases with what was asked and answered, as the effect records have it."""
    keys = [case.effect_key for case in cases if case.effect_key is not None]
    records = await services.effects.of_keys(keys) if keys else {}
    return [shown(case, records, now) for case in cases]


def shown(found: OpenCase, records: Mapping[str, EffectRecord], now: datetime) -> dict[str, object]:
    """Write one case."""
    case = found.case
    record = records.get(found.effect_key or "")
    return {
        "checkout_id": found.checkout_id,
        "store_id": found.store_id,
        **case.model_dump(mode="json"),
        "age_seconds": max(0, int((now - case.opened_at).total_seconds())),
        "asked": _asked(record) if record else None,
        "answered": _answered(record) if record else None,
    }


def _asked(record: EffectRecord) -> Json:
    order, do = record.order, record.do
    return {
        "operation": order.operation,
        "provider": order.provider,
        "subject": order.subject,
        "amount": order.amount,
        "key": order.key,
        "attempts": do.attempts,
        **do.model_dump(mode="json", include={"started_at", "last_started_at"}),
    }


def _answered(record: EffectRecord) -> Json:
    undo = _said(record.undo) if record.undo else None
    return {**_said(record.do), "undo": undo}


def _said(call: CallRecord) -> Json:
    told: Json = call.model_dump(
        mode="json", include={"state", "code", "detail", "attempts", "last_ended_at"}
    )
    return {**told, "reference": call.done.reference if call.done else None}


def _encoded(found: OpenCase) -> str:
    return urlsafe_b64encode(json.dumps(place_of(found)).encode()).decode()


def _decoded(cursor: str) -> tuple[str, str, str]:
    try:
        opened, checkout_id, item = json.loads(urlsafe_b64decode(cursor))
        return str(opened), str(checkout_id), str(item)
    except (TypeError, ValueError) as error:
        raise Refusal("invalid_request", "the cursor is not one of ours") from error
