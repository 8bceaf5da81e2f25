"""Schemathesis looks for answers that the document does not declare, and for failures of ours.

It talks over HTTP to a real shop with four vendors, in all its phases: the document's examples, the
borders of every schema, random requests, and random walks along the document's links.
`TILLSAGA_FUZZ_EXAMPLES` says how many random requests and walks it tries (`make fuzz`: 100).
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api import examples
from tests.api import scenes
from tests.api.till import Till
from tests.support.door import open_door
from tests.support.shop import Shop, open_shop
from tillsaga.sandbox import world
from tillsaga.sandbox.letstrade import world as letstrade
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll

EXAMPLES = int(os.environ.get("TILLSAGA_FUZZ_EXAMPLES", "4"))
IS_SHORT = "TILLSAGA_FUZZ_EXAMPLES" not in os.environ
KINDS = ("leat", "letstrade", "wll", "loyale")
RETURNS = "returns_without_sale: {per_return: 5000, per_store_day: 500000, per_cashier_day: 500000}"
# Every check but one: that whatever fits its schema is accepted. A checkout says no to much that
# does, and with 422 too: a key that was used, a provider that the store has not.
NOT_PROMISED = "positive_data_acceptance"
WORDS = (
    "ams-1 till-1 EUR 1 FW-350 c-17 psp-7781 leat letstrade wll loyale",
    f"{world.ANN_CARD} {world.BOB_CARD} {world.VOUCHER_COFFEE} {world.VOUCHER_FLYER}",
    f"{world.CARD_20} {world.CARD_5} {world.CARD_NEW} {letstrade.CODE_TEN} {letstrade.CODE_PAY}",
    f"{wll.STATIC_CODE} {loyale.COUPON}",
)

# Their borders are those of `openCheckout`: the same lines, a thousand cases each.
_SPARED = (
    '[[operations]]\ninclude-operation-id = ["putBasket", "returnGoods"]',
    "phases.coverage.enabled = false",
)
CROWD = (
    *(scenes.open_checkout,) * 4,
    scenes.held_offer,
    scenes.charged_tender,
    scenes.amount_due,
    scenes.reported_payment,
    scenes.sale_to_nobody,
    scenes.case,
    scenes.ended,
    scenes.refunded,
)


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=KINDS, policy=RETURNS, skips_time=False) as opened:
        yield opened


@pytest_asyncio.fixture
async def till(shop: Shop) -> AsyncIterator[Till]:
    async with open_door(shop, "pos", "support", "audit", "admin") as opened:
        yield opened


@pytest.mark.timeout(900)
async def test_nothing_fails_and_nothing_undeclared_is_answered(
    shop: Shop, till: Till, tmp_path: Path, record_property: Any
) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(config_for(await make_things(shop, till), till.secret))

    said = await run(till, config, tmp_path)

    report = json.loads((tmp_path / "report.json").read_text())
    counts = _counts(report)
    record_property("tried: requests by Schemathesis", report["test_cases"]["generated"])
    assert report["exit_code"] == 0, f"{counts}\n{said[-20_000:]}"
    assert report["operations"]["tested"] == report["operations"]["total"] >= 40
    assert {phase["status"] for phase in report["phases"].values()} == {"success"}
    assert report["test_cases"]["generated"] > 1_500


async def make_things(shop: Shop, till: Till) -> dict[str, list[str]]:
    """What there is to ask about, of every kind; a mixed crowd of checkouts among it."""
    made = []
    for scene in CROWD:
        await shop.control("POST", "/reset")
        made.append(await scene(shop, till))
    found: dict[str, list[str]] = {}
    for asked in made:
        for name, value in asked.path.items():
            found.setdefault(name, []).append(value)
    await till.post("/v1/members/erase", examples.ERASE)
    return found


def config_for(things: dict[str, list[str]], secret: str) -> str:
    """Point Schemathesis at what there is, without keeping it from what there is not."""
    parts = [
        f'hooks = "{Path(__file__).with_name("fuzz_hooks.py")}"',
        "continue-on-failure = true\nmax-stream-events = 1\nrequest-timeout = 60",
        "warnings = false",
        f"[checks]\n{NOT_PROMISED}.enabled = false",
        "[cache]\nenabled = false",
        '[phases.coverage]\nunexpected-methods = ["TRACE"]',
        f"[phases.fuzzing.generation]\nmax-examples = {EXAMPLES}",
        # Its own guesses at links drown the document's: ours are what integrators follow.
        "[phases.stateful]\nmax-steps = 8\ninference.algorithms = []",
        f"[phases.stateful.generation]\nmax-examples = {EXAMPLES * 8}\nmode = 'positive'",
        _dictionary("words", " ".join(WORDS).split()),
        *(_dictionary(name, values) for name, values in things.items()),
        "[generation.dictionaries]\nstring = {dictionary = 'words', probability = 0.5}",
        "[parameters]",
        *(f'"path.{name}" = {{dictionary = "{name}", probability = 0.8}}' for name in things),
        f'[auth.openapi]\napiKey = {{bearer = "{secret}"}}',
        f'callbackSecret = {{bearer = "{letstrade.CALLBACK_SECRET}"}}',
        *(_SPARED if IS_SHORT else ()),
    ]
    return "\n".join(parts)


def _dictionary(name: str, values: list[str]) -> str:
    return f"[dictionaries.{name}]\nvalues = {json.dumps(values)}"


async def run(till: Till, config: Path, folder: Path, *more: str) -> str:
    """Run the program, which writes `report.json`; answers what it said."""
    command = Path(sys.executable).with_name("schemathesis")
    report = ("--report", "json", "--report-json-path", str(folder / "report.json"))
    options = ["--generation-deterministic"] if IS_SHORT else []
    running = await asyncio.create_subprocess_exec(
        str(command),
        *("--config-file", str(config), "run", f"{till.http.base_url}/openapi.json"),
        "--no-color",
        *(*report, *options, *more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
    )
    said, _ = await running.communicate()
    return said.decode(errors="replace")


def _counts(report: dict[str, Any]) -> str:
    cases, operations = report["test_cases"], report["operations"]
    return (
        f"Schemathesis {report['schemathesis_version']}: {operations['tested']} of "
        f"{operations['total']} operations, {cases['generated']} cases, "
        f"{cases['unique_failures']} failures, {report['running_time']:.0f} s"
    )
