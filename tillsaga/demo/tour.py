"""The tour: plays scenarios, compares the books, tells how it went."""

import asyncio
from collections.abc import Sequence

import httpx
from rich.console import Console

from tillsaga.commands.trouble import Trouble
from tillsaga.demo.agreement import Agreement, agreement
from tillsaga.demo.report import Result, show
from tillsaga.demo.scenarios import SCENARIOS
from tillsaga.demo.stage import Played, Stage
from tillsaga.demo.till import Json, TillRefused
from tillsaga.demo.vendor import Vendor
from tillsaga.dev.api_key import api_key
from tillsaga.dev.home import Home
from tillsaga.dev.stack import Stack
from tillsaga.dev.stores_template import STORE
from tillsaga.domain.ports import EffectRecord
from tillsaga.records.database import open_database
from tillsaga.records.effects import SqlEffectBook


def tour(stack: Stack, names: Sequence[str]) -> bool:
    """Play scenarios and show the result; says whether all ended as they should."""
    console, vendor = Console(), Vendor(stack.sandbox_url)
    stage = Stage(stack, vendor, api_key(stack.home, [STORE]), console)
    results = []
    for name in names:
        console.print(f"[bold]{name}[/] {SCENARIOS[name].title}")
        results.append(play(stage, name))
    vendor.close()
    show(console, results, _links(stack, results))
    return not any(result.problems for result in results)


def play(stage: Stage, name: str) -> Result:
    """Play one scenario; its failure is a result too."""
    scenario = SCENARIOS[name]
    try:
        played = scenario.play(stage)
        with stage.till() as till:
            checkout = till.wait_until(played.checkout, _is_settled)
        compared = compare(stage, Played(played.customer, checkout))
    except (TillRefused, httpx.HTTPError, Trouble) as failed:
        return Result(name, scenario.ends_as, failure=str(failed))
    return Result(name, scenario.ends_as, checkout, compared, scenario.expected(checkout))


def compare(stage: Stage, played: Played) -> Agreement:
    """Hold the till's view and our records against the vendor's books."""
    records = asyncio.run(_records(stage.stack.home, played.checkout["id"]))
    return agreement(played.checkout, records, stage.vendor.books(), played.customer)


async def _records(home: Home, checkout_id: str) -> list[EffectRecord]:
    database = open_database(home.database_url)
    try:
        return await SqlEffectBook(database).of_checkout(checkout_id)
    finally:
        await database.close()


def _is_settled(checkout: Json) -> bool:
    """Whether nothing goes on behind the till's back any more, such as deferred earning."""
    return all(effect["status"] not in ("pending", "in_doubt") for effect in checkout["effects"])


def _links(stack: Stack, results: Sequence[Result]) -> dict[str, str]:
    workflows = {
        result.name: stack.workflow_url(result.checkout["id"])
        for result in results
        if result.checkout is not None
    }
    return workflows | {
        "OpenAPI": f"{stack.api_url}/openapi.json",
        "vendor's books": f"{stack.sandbox_url}/_sandbox/books/leat",
        "logs": str(stack.home.logs),
    }
