"""What `tillsaga attention` reads and shows; the same queue as the API's."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from time import monotonic

import typer

from api.attention import CaseFilter, read_one, shown
from api.deadline import Deadline
from api.dependencies import Place
from api.services import Services, open_services
from tillsaga.commands.loading import checked_stores, records
from tillsaga.commands.trouble import Trouble
from tillsaga.durations import format_duration
from tillsaga.errors import Refusal, Unavailable
from tillsaga.records.attention import SqlAttentionBook
from tillsaga.records.bill_rows import BillRecord
from tillsaga.records.database import utc_now
from tillsaga.records.effects import SqlEffectBook
from tillsaga.settings import Settings

Case = dict[str, object]
BOOKS_SECONDS = 5.0


async def read_queue(
    settings: Settings, stores: Sequence[str] | None, older_than: timedelta | None
) -> list[Case]:
    """Read the open cases with their evidence, oldest first."""
    wanted, now = CaseFilter(older_than=older_than), utc_now()
    async with records(settings) as database:
        queue = await SqlAttentionBook(database).open_cases(stores)
        cases = [case for case in queue if wanted.takes(case, now)]
        keys = [case.effect_key for case in cases if case.effect_key is not None]
        known = await SqlEffectBook(database).of_keys(keys)
    return [shown(case, known, now) for case in cases]


async def read_case(settings: Settings, checkout_id: str, item: str) -> Case:
    """Read one case, and ask its vendor.

    Raises:
        Trouble: there is no such case.
    """
    async with checkout_opened(settings, checkout_id) as (services, bill):
        place = Place(checkout_id, bill.store_id, Deadline(monotonic(), BOOKS_SECONDS))
        try:
            return await read_one(services, place, item)
        except Refusal as no:
            raise Trouble(no.detail, hint="tillsaga attention") from None


@asynccontextmanager
async def checkout_opened(
    settings: Settings, checkout_id: str
) -> AsyncIterator[tuple[Services, BillRecord]]:
    """Open what the API works with, for one checkout.

    Raises:
        Trouble: nobody has opened the checkout, or the records cannot be used.
    """
    checked_stores(settings.config)
    async with records(settings):
        pass  # it names what is wrong with them
    async with open_services(settings) as services:
        try:
            bill = await services.checkouts.find(checkout_id)
        except Unavailable as missing:
            raise Trouble(missing.message, hint="tillsaga db upgrade") from None
        if bill is None:
            hint = "check the id; TILLSAGA_DATABASE_URL says where the records are"
            raise Trouble(f"the records know no checkout {checkout_id}", hint=hint)
        yield services, bill


def as_document(cases: Case | Sequence[Case]) -> str:
    """Write it for programs."""
    return json.dumps(cases, indent=2, ensure_ascii=False)


def show_queue(cases: Sequence[Case]) -> None:
    """Write it for people; ids stay whole at any width, to be copied."""
    if not cases:
        typer.echo("nothing waits for a person")
    for case in cases:
        amount, owner = _word(case["amount"]), _word(case["owner"]) or "nobody"
        named = [str(case[name]) for name in ("store_id", "code")]
        typer.echo(f"{case['checkout_id']} {case['id']}")
        typer.echo("  " + ", ".join([_age(case["age_seconds"]), *named, *filter(None, [amount])]))
        typer.echo(f"  {case['detail']}")
        typer.echo(f"  owner: {owner}; may be: {_list(case['allowed_actions'])}")


def _age(seconds: object) -> str:
    minutes = timedelta(minutes=int(str(seconds)) // 60)
    return format_duration(minutes) or "now"


def _word(value: object) -> str:
    return "" if value is None else str(value)


def _list(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else ""
