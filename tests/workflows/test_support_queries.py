"""Each query of docs/support.md, as it is written there, on a real server."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.till import Till, order
from tests.support.door import open_door
from tests.support.reconciling import reconcile
from tests.support.shop import Shop, basket, flat_whites, open_shop

PAGE = Path(__file__).parents[2] / "docs" / "support.md"
ROW = re.compile(r"^\| ([^|]+) \| `([^`]+)` \|$", re.MULTILINE)


def queries() -> dict[str, str]:
    """What support looks for, and the query for it, as the page says."""
    section = PAGE.read_text().partition("## Finding checkouts")[2].partition("\n## ")[0]
    return dict(ROW.findall(section))


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[tuple[Shop, Till]]:
    async with open_shop(tmp_path, skips_time=False) as shop, open_door(shop) as opened:
        yield shop, opened


async def opened(till: Till, quantity: int = 2) -> str:
    sold = basket(flat_whites(quantity))
    body = order(basket=sold, store_id="ams-1", terminal_id="till-1")
    answer = await till.post("/v1/checkouts", body)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


async def paid(till: Till, address: str, amount: int | None = None) -> None:
    due = (await till.post(f"{address}/ready")).json()["totals"]["due_amount"]
    fact = {"status": "captured", "type": "card", "amount": amount or due, "reference": "t-1"}
    await till.post(f"{address}/payments", fact)


async def found(shop: Shop, query: str, *wanted: str) -> set[str]:
    """Ask until the list, which follows the checkouts a little later, has what is wanted."""
    while True:
        ids = {run.id async for run in shop.client.list_workflows(query)}
        if set(wanted) <= ids:
            return ids


def id_of(address: str) -> str:
    return address.rpartition("/")[2]


async def test_support_finds_what_it_looks_for(till: tuple[Shop, Till]) -> None:
    shop, pos = till
    building, frozen = await opened(pos), await opened(pos)
    sold, cancelled, doubtful = await opened(pos), await opened(pos, 1), await opened(pos)
    await pos.post(f"{frozen}/ready")
    await paid(pos, sold)
    await pos.post(f"{cancelled}/cancel", {"reason": "left"})
    await paid(pos, doubtful, 1)
    await pos.post(f"{sold}/refunds", {"refund_id": "r-1", "reason": "broken"})
    await reconcile(shop)
    ids = {
        name: id_of(address)
        for name, address in {
            "building": building,
            "frozen": frozen,
            "sold": sold,
            "cancelled": cancelled,
            "doubtful": doubtful,
        }.items()
    }
    named = {"chk_9T3M2K7QW4RB5X8Z": ids["sold"]}
    expected = {
        "all that waits for a person": {"doubtful"},
        "the same in one store, still running": {"doubtful"},
        "open baskets of a till": {"building"},
        "frozen and not yet paid": {"frozen", "doubtful"},
        "money to collect, more than 5.00": {"building", "frozen", "doubtful"},
        "sold today and before with a vendor": {"sold"},
        "given up or run out": {"cancelled"},
        "ended in any other way than by itself": set(),
        "stuck in our own code": set(),
        "one checkout and all that was done about it": {"sold"},
        "erasures": set(),
    }
    for what, query in queries().items():
        for example, real in named.items():
            query = query.replace(example, real)
        wanted = {ids[name] for name in expected.get(what, set())}
        seen = await found(shop, query, *wanted)
        if what in expected:
            assert seen == wanted, (what, query)

    assert set(expected) <= set(queries())
    asked = " ".join(queries().values())
    for name in ("Status", "Attention", "Store", "AmountDue", "Terminal", "Providers"):
        assert f"Tillsaga{name}" in asked
    comparisons = await found(shop, queries()["nightly comparisons of the books"])
    assert len(comparisons) == 1
