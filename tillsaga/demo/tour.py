"""The tour: plays scenarios, compares the books, tells how it went."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
from rich.console import Console

from tillsaga.commands.trouble import Trouble
from tillsaga.demo.agreement import Agreement, agreement, bill_of
from tillsaga.demo.audience import Audience
from tillsaga.demo.known import as_vendors_know
from tillsaga.demo.report import Result, show
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.scenarios import SCENARIOS
from tillsaga.demo.stage import Played, Stage
from tillsaga.demo.till import Json, TillRefused
from tillsaga.dev.api_key import api_key
from tillsaga.dev.stack import Stack
from tillsaga.dev.stores_template import STORES
from tillsaga.domain.ports import EffectRecord
from tillsaga.keyring import KeyRing
from tillsaga.records.database import open_database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.personal import SqlVault

SIDE_BY_SIDE = 4
"""Scenarios at once: what two cores bear without the vendors' answers coming late."""


def tour(stack: Stack, names: Sequence[str]) -> bool:
    """Play scenarios and show the result; says whether all ended as they should."""
    console, sandbox = Console(), Sandbox(stack.sandbox_url)
    key = api_key(stack.home, [store.id for store in STORES])
    audience = Audience(console)
    with audience.watching():
        results = _play_all(Stage(stack, sandbox, key, audience), names)
    sandbox.close()
    show(console, results, _links(stack, results))
    return not any(result.problems for result in results)


def _play_all(stage: Stage, names: Sequence[str]) -> list[Result]:
    """Play side by side what can be, then one by one what breaks something for all."""
    together = [name for name in names if not SCENARIOS[name].alone]
    alone = [name for name in names if SCENARIOS[name].alone]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as players:
        results = list(players.map(lambda name: play(stage, name), together))
    return results + [play(stage, name) for name in alone]


def play(stage: Stage, name: str) -> Result:
    """Play one scenario; its failure is a result too."""
    scenario = SCENARIOS[name]
    try:
        played = scenario.play(stage.for_scenario(name, scenario.title))
        with stage.till() as till:
            checkout = till.wait_until(played.checkout, _is_settled)
        compared = compare(stage, Played(played.shopper, checkout))
    except (TillRefused, httpx.HTTPError, Trouble) as failed:
        return Result(name, scenario, failure=str(failed))
    return Result(name, scenario, checkout, compared)


def compare(stage: Stage, played: Played) -> Agreement:
    """Hold the till's view and our records against the vendors' books."""
    records = asyncio.run(_records(stage.stack, played.checkout["id"]))
    booked = played.shopper.booked(stage.sandbox.books(), bill_of(played.checkout))
    return agreement(played.checkout, records, booked)


async def _records(stack: Stack, checkout_id: str) -> list[EffectRecord]:
    database = open_database(stack.home.database_url)
    vault = SqlVault(database, KeyRing.parse(stack.secrets().encryption_keys))
    try:
        return await as_vendors_know(vault, await SqlEffectBook(database).of_checkout(checkout_id))
    finally:
        await database.close()


def _is_settled(checkout: Json) -> bool:
    """Whether nothing goes on behind the till's back any more, such as deferred earning."""
    return all(effect["status"] not in ("pending", "in_doubt") for effect in checkout["effects"])


def _links(stack: Stack, results: Sequence[Result]) -> dict[str, str]:
    workflows = {
        result.name: stack.workflow_url(result.checkout["id"])
        for result in results
        if result.checkout is not None and not result.scenario.skips_time
    }
    return workflows | {
        "OpenAPI": f"{stack.api_url}/openapi.json",
        "vendors' books": f"{stack.sandbox_url}/_sandbox/books",
        "logs": str(stack.home.logs),
    }
