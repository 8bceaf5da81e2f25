"""The attention desk: what waits for a person, by age; and the way to its other parts."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import ServicesDep
from api.pages import attention_books, attention_case, attention_figures, attention_lists
from api.pages.desk import insist, listed, own_stores, query, show, workflows_address
from api.pages.signing import PageRoute, SupportVisitor, Visitor
from api.services import Services
from tillsaga.domain.attention_words import WORDS, words_of
from tillsaga.domain.model import Json, Model
from tillsaga.records.database import utc_now
from tillsaga.records.figures import Span
from tillsaga.records.settled import ClosedCase, SqlSettledCases

LOOKED_BACK = timedelta(days=31)
MOST_SETTLED = 200
"""Settled cases are listed of the checkouts that were opened since then, and so many at most."""

router = APIRouter(route_class=PageRoute, include_in_schema=False)


class QueueFilter(Model):
    """What the queue shows, as it stands in the address: shareable, and kept by a bookmark."""

    store_id: str = ""
    provider: str = ""
    code: str = ""
    owner: str = ""
    state: Literal["open", "settled"] = "open"
    cursor: str = ""

    @property
    def search(self) -> str:
        """The same question as Temporal's page takes it; see docs/support.md."""
        said = [f"TillsagaStore = '{self.store_id}'"] if self.store_id else []
        said.append("TillsagaAttention = true")
        if self.provider:
            said.append(f"TillsagaProviders = '{self.provider}'")
        return " AND ".join(said)

    def takes(self, closed: ClosedCase) -> bool:
        """Whether a settled case is wanted."""
        case = closed.settled.case
        right_code, right_owner = self.code in ("", case.code), self.owner in ("", case.owner)
        return right_code and right_owner and self.provider in ("", closed.provider)


@router.get("/attention", operation_id="showAttention")
async def show_queue(
    request: Request,
    services: ServicesDep,
    visitor: SupportVisitor,
    wanted: Annotated[QueueFilter, Query()],
) -> Response:
    """List the open cases, the oldest first, or those that were settled, the latest first."""
    stores = own_stores(services, visitor, wanted.store_id)
    if wanted.state == "open":
        page = await _open(visitor, wanted)
        cases, more = listed(page), page["next_cursor"]
    else:
        cases, more = await _settled(services, stores, wanted), None
    return show(
        request,
        services,
        visitor,
        "queue.html",
        cases=cases,
        wanted=wanted,
        codes=WORDS,
        words_of=words_of,
        next_page=query(**wanted.model_dump() | {"cursor": more}) if more else None,
        workflows=workflows_address(services, wanted.search),
    )


async def _open(visitor: Visitor, wanted: QueueFilter) -> Json:
    asked = query(**wanted.model_dump(exclude={"state"}))
    return insist(await visitor.api.get(f"/v1/attention{asked}"))


async def _settled(services: Services, stores: list[str], wanted: QueueFilter) -> list[Json]:
    now = utc_now()
    span = Span(start=now - LOOKED_BACK, end=now)
    found = await SqlSettledCases(services.database).opened_in(stores, span)
    return [_row(closed) for closed in found if wanted.takes(closed)][:MOST_SETTLED]


def _row(closed: ClosedCase) -> Json:
    said = closed.settled.model_dump(mode="json")
    place: Json = {"checkout_id": closed.checkout_id, "store_id": closed.store_id}
    return {**said["case"], **place, "settled": said}


for part in (attention_lists, attention_books, attention_figures, attention_case):
    # The case's address has room for any two words, so it comes last.
    router.include_router(part.router)
