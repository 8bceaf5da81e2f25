"""The saga of a checkout, live: one chip per effect, and what stands behind each."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from api import reading, views
from api.deadline import Deadline
from api.dependencies import CheckoutId, Place, ServicesDep, place_of
from api.pages.frame import render, rendered
from api.pages.saga_calls import Sent, recorded, sent
from api.pages.saga_chips import Chip, Saga, saga
from api.pages.sandboxes import sandbox_of
from api.pages.signing import PageRoute, ReadingVisitor, Visitor
from api.services import Services
from tillsaga.domain.checkout import FINAL
from tillsaga.domain.model import Json
from tillsaga.errors import Refusal, Unavailable
from tillsaga.stores import Store

router = APIRouter(prefix="/pos/{checkout_id}/saga", route_class=PageRoute, include_in_schema=False)

QUICK_SECONDS, SLOW_SECONDS = 0.25, 1.0
_SLOWER = 1.3
_UNPAID = ("open", "ready")


async def _place(
    request: Request, services: ServicesDep, visitor: ReadingVisitor, checkout_id: CheckoutId
) -> Place:
    return await place_of(request, services, visitor.holder, checkout_id)


async def _followed(
    services: ServicesDep, visitor: ReadingVisitor, place: Annotated[Place, Depends(_place)]
) -> AsyncIterator[Place]:
    """Count the stream until its last byte is sent."""
    with services.streams.follow(visitor.holder.caller):
        yield place


SagaPlace = Annotated[Place, Depends(_place)]


@dataclass(frozen=True)
class Seen:
    """A checkout as the strip shows it; `is_stale`: Temporal cannot say how it is now."""

    view: Json
    is_stale: bool
    saga: Saga

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more, unless somebody gives the sale back."""
        return not self.is_stale and self.view["status"] in FINAL and not self.saga.is_busy


@dataclass(frozen=True)
class Strip:
    """What one visitor sees of it, and where they may go on."""

    seen: Seen
    workflow_url: str | None
    may_audit: bool
    may_attend: bool


@router.get("", operation_id="showSaga")
async def show(
    request: Request, services: ServicesDep, visitor: ReadingVisitor, place: SagaPlace
) -> Response:
    """Show the chips as they are now: a part of a page."""
    strip = _strip(services, visitor, await _look(services, place))
    language = _store(services, place).language
    return render(request, "saga/chips.html", language=language, strip=strip)


@router.get("/page", operation_id="showSagaPage")
async def page(
    request: Request, services: ServicesDep, visitor: ReadingVisitor, place: SagaPlace
) -> Response:
    """Show the saga alone."""
    language = _store(services, place).language
    return render(request, "saga/page.html", language=language, checkout_id=place.checkout_id)


@router.get("/events", operation_id="streamSaga", response_class=EventSourceResponse)
async def stream(
    request: Request,
    services: ServicesDep,
    visitor: ReadingVisitor,
    place: Annotated[Place, Depends(_followed)],
) -> AsyncIterator[ServerSentEvent]:
    """Send the chips anew whenever they have changed, until all is over; then `saga-end`."""
    last, pause, language = "", QUICK_SECONDS, _store(services, place).language
    while not services.stopping.is_set():
        now = replace(place, deadline=Deadline(time.monotonic(), place.deadline.budget))
        seen: Seen | None
        try:
            seen = await _look(services, now)
        except (Refusal, Unavailable):
            seen = None  # nobody can say now; the stream outlasts it
        if seen is not None:
            strip = _strip(services, visitor, seen)
            html = rendered(request, "saga/chips.html", language=language, strip=strip)
            if html != last:
                last, pause = html, QUICK_SECONDS
                yield ServerSentEvent(raw_data=html)
            if seen.is_over:
                yield ServerSentEvent(raw_data="over", event="saga-end")
                return
        await _rest(services, pause)
        pause = min(SLOW_SECONDS, pause * _SLOWER)


@router.get("/effects/{chip_id}", operation_id="showSagaEffect")
async def effect(
    request: Request,
    services: ServicesDep,
    visitor: ReadingVisitor,
    place: SagaPlace,
    chip_id: str,
) -> Response:
    """Show what stands behind a chip; the records are for support and auditors."""
    seen = await _look(services, place)
    chips = [*seen.saga.steps, *seen.saga.planned]
    chip = next((chip for chip in chips if chip.id == chip_id), None)
    if chip is None:
        raise Refusal("not_found", "the checkout has no such step any more; load the page again")
    record = seen.saga.records.get(chip_id) if _may_read(visitor) else None
    calls = await _calls(services, place, visitor, chip)
    return render(
        request,
        "saga/effect.html",
        language=_store(services, place).language,
        chip=chip,
        undo=next((undo for undo in seen.saga.undos if undo.id == chip_id), None),
        record=recorded(record) if record else None,
        calls=calls,
        may_read=_may_read(visitor),
        currency=seen.view["currency"],
    )


async def _calls(
    services: Services, place: Place, visitor: Visitor, chip: Chip
) -> list[Sent] | None:
    """What the sandbox got for it; None where the vendor is no sandbox of this machine."""
    sandbox = sandbox_of([_store(services, place)])
    if sandbox is None or not _may_read(visitor):
        return None
    try:
        found = await sandbox.requests_for(f"effect-{chip.id}")
    except Unavailable:
        return None
    return [sent(entry) for entry in found]


def _may_read(visitor: Visitor) -> bool:
    return visitor.may("support", "audit")


async def _look(services: Services, place: Place) -> Seen:
    seen = await reading.read(services, place)
    plan: list[Json] = []
    if not seen.is_stale and seen.view["status"] in _UNPAID:
        plan = await reading.read_plan(services, place)
    records = await services.effects.of_checkout(place.checkout_id)
    kinds = {provider.name: provider.kind for provider in _store(services, place).providers}
    return Seen(seen.view, seen.is_stale, saga(seen.view, plan, records, kinds))


def _store(services: Services, place: Place) -> Store:
    store = services.stores.store(place.store_id)
    if store is None:
        raise Refusal("store_not_found", "the store is not in the stores file any more")
    return store


def _strip(services: Services, visitor: Visitor, seen: Seen) -> Strip:
    links = views.with_links(services, seen.view)["links"]
    workflow = links.get("workflow") if isinstance(links, dict) else None
    return Strip(
        seen,
        workflow if isinstance(workflow, str) else None,
        may_audit=_may_read(visitor),
        may_attend=visitor.may("support"),
    )


async def _rest(services: Services, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await services.stopping.wait()
    except TimeoutError:
        return
