"""The audit: find a checkout, see what was done for it, and take the evidence along."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from api.dependencies import CheckoutId, Place, ServicesDep, place_of
from api.ids import is_checkout_id
from api.pages import shapes, telling
from api.pages.audit_search import (
    STATUSES,
    Filters,
    find,
    in_zone,
    providers_of,
    temporal_search,
    zone_of,
)
from api.pages.audit_story import read_story
from api.pages.frame import HEADERS, render
from api.pages.signing import AuditVisitor, PageRoute, SignedIn, Visitor
from api.services import Services
from tillsaga.domain.audit_words import summary
from tillsaga.errors import Refusal
from tillsaga.evidence.bundle import bundle_of, read_known
from tillsaga.evidence.documents import trail_document
from tillsaga.evidence.exports import Export, begin_export
from tillsaga.evidence.histories import with_kept
from tillsaga.evidence.ledgers import ledgers

router = APIRouter(route_class=PageRoute, include_in_schema=False, prefix="/audit")

Auditor = Annotated[Visitor, Depends(SignedIn("audit"))]
"""Only who may audit takes along what names customers to their vendors."""


@router.get("", operation_id="showAuditSearch")
async def search(
    request: Request,
    services: ServicesDep,
    visitor: AuditVisitor,
    checkout_id: Annotated[str, Query(alias="id")] = "",
    store: str = "",
    day: str = "",
    status: str = "",
    provider: str = "",
    attention: bool = False,
    cursor: Annotated[str | None, Query(max_length=255)] = None,
) -> Response:
    """List checkouts, or go to the one that is named."""
    wanted = checkout_id.strip()
    problem = await _unknown(services, visitor, wanted) if wanted else None
    if wanted and problem is None:
        return RedirectResponse(f"/audit/{wanted}", 303)
    filters = Filters(store, day, status, provider, attention)
    filters.insist(visitor.holder)
    zone = zone_of(services, visitor.holder, filters)
    return render(
        request,
        "audit/search.html",
        status=404 if problem else 200,
        filters=filters,
        wanted=wanted,
        problem=problem,
        found=await find(visitor.api, filters, zone, cursor),
        zone=zone,
        in_zone=in_zone,
        stores=visitor.holder.stores,
        providers=_providers(services, visitor, store),
        statuses=STATUSES,
        providers_of=providers_of,
        query=filters.query(zone),
        temporal=temporal_search(services, filters.query(zone)),
    )


async def _unknown(services: Services, visitor: Visitor, checkout_id: str) -> str | None:
    """Say why there is no such checkout to show; None if there is."""
    if not is_checkout_id(checkout_id):
        return "A checkout's id begins with chk_ and has 16 more characters."
    try:
        await services.places.store_of(visitor.holder, checkout_id)
    except Refusal as refusal:
        return f"There is no such checkout in the stores of this key: {refusal.detail}."
    return None


def _providers(services: Services, visitor: Visitor, store: str) -> list[str]:
    stores = [services.stores.store(each) for each in ([store] if store else visitor.holder.stores)]
    return sorted({provider.name for each in stores if each for provider in each.providers})


async def _place(
    request: Request, services: ServicesDep, visitor: AuditVisitor, checkout_id: CheckoutId
) -> Place:
    return await place_of(request, services, visitor.holder, checkout_id)


AuditPlace = Annotated[Place, Depends(_place)]


@router.get("/{checkout_id}", operation_id="showAudit")
async def show(
    request: Request, services: ServicesDep, visitor: AuditVisitor, place: AuditPlace
) -> Response:
    """Show everything that the audit has of a checkout, as one page."""
    seen = await visitor.api.get(f"/v1/checkouts/{place.checkout_id}")
    story = await read_story(services, place, seen.body if seen.is_ok else {})
    query = f"WorkflowId = '{place.checkout_id}' OR WorkflowId = 'claim-{place.checkout_id}'"
    return render(
        request,
        "audit/checkout.html",
        story=story,
        picture=story.picture,
        shape=shapes,
        tell=telling,
        summary=summary,
        temporal=temporal_search(services, query),
        may_export=visitor.may("audit"),
        may_settle=visitor.may("support"),
    )


# --- exports --------------------------------------------------------------------------------------


@router.post("/{checkout_id}/evidence", operation_id="exportEvidence")
async def evidence(services: ServicesDep, visitor: Auditor, place: AuditPlace) -> Response:
    """Send the evidence bundle."""
    export = await _begin(services, visitor, place, "evidence bundle")
    books = (services.audit, services.checkouts, services.histories)
    known = await read_known(*books, export.trail)
    fetch = partial(services.gateway.histories, place.checkout_id)
    histories = await with_kept(known.histories, known.runs, services.codec, fetch)
    bundle = bundle_of(export, known, histories)
    return _download(bundle, f"evidence-{place.checkout_id}.zip", "application/zip")


@router.post("/{checkout_id}/timeline", operation_id="exportTimeline")
async def timeline_json(services: ServicesDep, visitor: Auditor, place: AuditPlace) -> Response:
    """Send the chain with all that is hashed."""
    export = await _begin(services, visitor, place, "timeline")
    document = trail_document(export.trail, export.findings) + "\n"
    return _download(document.encode(), f"timeline-{place.checkout_id}.json", "application/json")


@router.post("/{checkout_id}/ledger/{provider}", operation_id="exportLedger")
async def ledger(
    services: ServicesDep, visitor: Auditor, place: AuditPlace, provider: str
) -> Response:
    """Send one vendor's ledger."""
    facts = await services.checkouts.facts(place.checkout_id)
    numbers = await services.audit.effect_numbers(place.checkout_id)
    found = ledgers(facts.effects, numbers).get(f"ledger-{provider}.csv")
    if found is None:
        raise Refusal("not_found", "the checkout had nothing to do with such a vendor")
    await _begin(services, visitor, place, f"ledger of {provider}")
    return _download(found, f"ledger-{provider}-{place.checkout_id}.csv", "text/csv")


async def _begin(services: Services, visitor: Visitor, place: Place, what: str) -> Export:
    actor = f"key {visitor.holder.id}"
    return await begin_export(services.audit, place.checkout_id, what, actor)


def _download(content: bytes, name: str, media_type: str) -> Response:
    sent = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=sent)
