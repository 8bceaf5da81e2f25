"""How `tillsaga holds` gets at the holds: through what the API does, without its door."""

import getpass
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex

import typer

from api import holding
from api.deadline import Deadline
from api.dependencies import Place
from api.idempotency import Call
from api.services import Services, open_services
from tillsaga.commands.loading import checked_stores, load_settings, records
from tillsaga.commands.temporal import temporal_named
from tillsaga.commands.trouble import ExitCode, Trouble
from tillsaga.domain.model import Json
from tillsaga.errors import Refusal
from tillsaga.records.database import utc_now
from tillsaga.records.holds import SqlHoldBook

PATIENCE_SECONDS = 30.0
_PAGE = 100


@asynccontextmanager
async def _services() -> AsyncIterator[Services]:
    settings = load_settings()
    checked_stores(settings.config)
    async with records(settings), open_services(settings) as services:
        yield services


async def list_holds(older_than: str | None, store: str | None) -> list[Json]:
    """Read all holds of the configured stores, or of one, as the API shows them.

    Raises:
        Trouble: no such store, or no such duration.
    """
    async with _services() as services:
        stores = _stores(services, store)
        now = utc_now()
        try:
            wanted = holding.wanted(older_than, None, now)
        except Refusal as wrong:
            raise Trouble(wrong.detail, code=ExitCode.WRONG_USAGE) from None
        book, found, cursor = SqlHoldBook(services.database), list[Json](), None
        while True:
            page = await book.page(stores, wanted, limit=_PAGE, cursor=cursor)
            found += holding.items(page, services, now)
            cursor = page.next_cursor
            if cursor is None:
                return found


def _stores(services: Services, store: str | None) -> list[str]:
    known = [one.id for one in services.stores.stores]
    if store is not None and store not in known:
        hint = f"one of {', '.join(known)}"
        raise Trouble(f"there is no store {store}", hint=hint, code=ExitCode.WRONG_USAGE)
    return known if store is None else [store]


async def release_hold(hold_id: str, reason: str) -> tuple[int, Json]:
    """Free a hold; answers the HTTP status and the checkout, or the problem.

    Raises:
        Trouble: there is no such hold, or Temporal is away.
    """
    actor = f"cli:{getpass.getuser()}"
    call = Call(
        api_key_id=actor,
        key=token_hex(16),
        route="tillsaga holds release",
        fingerprint="",
        request_id=f"req_{token_hex(8)}",
        expected_version=None,
    )
    async with _services() as services:
        stores = _stores(services, None)
        try:
            checkout_id, effect_id = await holding.find(services, call, stores, hold_id)
            bill = await services.checkouts.find(checkout_id)
            assert bill is not None, "a hold has a checkout"
            deadline = Deadline(time.monotonic(), PATIENCE_SECONDS)
            place = Place(checkout_id, bill.store_id, deadline)
            with temporal_named():
                answer = await holding.release(services, call, place, effect_id, reason, actor)
        except Refusal as no:
            raise Trouble(f"{no.code}: {no.detail}", hint="tillsaga holds lists them") from None
    return answer.status_code, json.loads(bytes(answer.body))


def show_holds(found: list[Json]) -> None:
    """Write them for people; ids stay whole at any width, to be copied."""
    if not found:
        typer.echo("nothing is held")
    for hold in found:
        amount = "" if hold["amount"] is None else f", {hold['amount']}"
        free = "releasable" if hold["releasable"] else f"not releasable: {hold['not_releasable']}"
        typer.echo(str(hold["id"]))
        typer.echo(f"  since {hold['since']}, {hold['store_id']}{amount}")
        typer.echo(f"  {hold['state']}, the checkout is {hold['checkout_status']}; {free}")
