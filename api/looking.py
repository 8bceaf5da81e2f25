"""Look-ups: a short workflow asks the vendors, since the door itself knows none."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fastapi import Request
from starlette.responses import JSONResponse, Response

from api import reading
from api.bodies import LookUpRequest
from api.deadline import Deadline
from api.dependencies import Place
from api.problems import answer_refusal
from api.services import Services
from api.temporal import Gone, HandlerFailed, NoAnswer, Unreachable
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member
from tillsaga.domain.reads import LookUpOrder, ScanOrder
from tillsaga.errors import Refusal
from tillsaga.stores import Store


def order(store: Store, question: LookUpRequest) -> LookUpOrder:
    """Write the question down.

    Raises:
        Refusal: `provider_unknown`.
    """
    return LookUpOrder(
        store_id=store.id,
        providers=_providers(store, question.provider),
        kind=question.kind,
        type=question.type,
        value=question.value,
    )


async def portal_order(services: Services, place: Place, provider: str | None) -> LookUpOrder:
    """Ask for a vendor's screens, for the member of the checkout.

    Raises:
        Refusal: `provider_unknown`, or that the checkout cannot be read.
    """
    store = services.stores.store(place.store_id)
    if store is None:
        raise Refusal("store_not_found", "the store is configured no longer")
    providers = _providers(store, provider)
    seen = await reading.read(services, place)
    return LookUpOrder(
        store_id=store.id,
        providers=providers,
        kind="portal",
        member=_member(seen.view, providers),
    )


async def scan_order(services: Services, place: Place, value: str) -> ScanOrder:
    """Ask on behalf of a checkout, with its members.

    Raises:
        Refusal: that the checkout cannot be read.
    """
    store = services.stores.store(place.store_id)
    if store is None:
        raise Refusal("store_not_found", "the store is configured no longer")
    providers = _providers(store, None)
    seen = await reading.read(services, place)
    members = {member.provider: member for member in _members(seen.view)}
    return ScanOrder(store_id=store.id, providers=providers, value=value, members=members)


def store_scan_order(store: Store, value: str) -> ScanOrder:
    """Ask without a checkout."""
    return ScanOrder(store_id=store.id, providers=_providers(store, None), value=value)


async def scan(services: Services, question: ScanOrder, deadline: Deadline) -> Response:
    """Wait for all vendors within the budget.

    Raises:
        Refusal: `code_unknown`: none of them knows the code; `vendor_unavailable`: nor may that
            be said, since one of them did not answer.
    """
    with _named():
        answer = await services.gateway.scan(question, deadline.left)
    if not answer.candidates and answer.absent:
        raise Refusal("vendor_unavailable", f"no answer from {', '.join(answer.absent)}")
    if not answer.candidates:
        raise Refusal("code_unknown", "no vendor of this store knows the code")
    shown = {"provider", "kind", "operation", "body"}
    return JSONResponse({"candidates": [c.model_dump(include=shown) for c in answer.candidates]})


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except NoAnswer as late:
        raise Refusal("vendor_unavailable", "no answer within the budget") from late
    except (Gone, HandlerFailed, Unreachable) as down:
        raise Refusal("service_unavailable", "nobody can answer now") from down


async def with_card_codes(services: Services, place: Place, receipt: Json) -> Json:
    """Add the codes of digital cards that must be handed over; they are kept nowhere of ours.

    A code that cannot be read now stays null: the receipt can be asked for again.
    """
    cards = receipt.get("sold_cards")
    if not isinstance(cards, list) or not cards:
        return receipt
    known = [await _with_code(services, place, card) for card in cards if isinstance(card, dict)]
    return {**receipt, "sold_cards": [*known]}


async def _with_code(services: Services, place: Place, card: Json) -> Json:
    question = LookUpOrder(
        store_id=place.store_id,
        providers=(str(card["provider"]),),
        kind="sold_card",
        value=str(card["reference"]),
    )
    with suppress(Refusal), _named():
        answer = await services.gateway.look_up(question, place.deadline.left)
        return {**card, "code": answer.body.get("code")}
    return card


async def ask(
    request: Request, services: Services, question: LookUpOrder, deadline: Deadline
) -> Response:
    """Wait for the vendors within the budget."""
    with _named():
        answer = await services.gateway.look_up(question, deadline.left)
    if answer.refusal is not None:
        return answer_refusal(request, Refusal(answer.refusal.code, answer.refusal.detail))
    return JSONResponse(answer.body, answer.status)


def _providers(store: Store, wanted: str | None) -> tuple[str, ...]:
    if wanted is None:
        return tuple(provider.name for provider in store.providers)
    if store.provider(wanted) is None:
        raise Refusal("provider_unknown", "the store has no such provider")
    return (wanted,)


def _member(view: Json, providers: tuple[str, ...]) -> Member | None:
    seen = (member for member in _members(view) if member.provider in providers)
    return next(seen, None)


def _members(view: Json) -> list[Member]:
    members = view.get("members")
    found = members if isinstance(members, list) else []
    return [Member.model_validate(member) for member in found]
