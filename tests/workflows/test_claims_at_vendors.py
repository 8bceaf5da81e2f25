"""Claims where the store has several vendors, or one that can add nobody later."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.claims import BOBS, DOWN, ORDER, POINTS, archived, claim, receipt, run_of, sold
from tests.support.finding import moved
from tests.support.shop import Shop, basket, open_shop
from tillsaga.sandbox import world
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll

BOTH = "3860358623507"
"""Ann's barcode at Loyale, and here a card of hers at Leat too."""


def points(books: Any) -> dict[str, int]:
    """Loyale's customers who have other points than they began with."""
    began = {one["id"]: one.get("points", 0) for one in loyale.LOYALE["customers"]}
    held = {uuid: one["points"] for uuid, one in books["customers"].items()}
    return {uuid: has - began[uuid] for uuid, has in held.items() if has != began[uuid]}


@pytest.fixture
async def mixed_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=("leat", "loyale")) as opened:
        card = {"uuid": "c-both", "email": "both@example.test", "identifiers": [{"value": BOTH}]}
        await opened.control("POST", "/seed/leat", {"contacts": [card]})
        yield opened


async def test_every_vendor_that_knows_the_customer_gives_its_points(mixed_shop: Shop) -> None:
    shop = mixed_shop
    before, checkout = await shop.books(), await sold(shop)

    reply = await claim(shop, checkout, BOTH)
    again = await claim(shop, checkout, BOTH)

    earned = {one["provider"]: one["points"] for one in reply.checkout["earned"]}
    assert earned == {"leat": POINTS, "loyale": 69}
    assert again.checkout == reply.checkout
    assert moved(before, await shop.books()) == {"points:c-both": POINTS}
    assert points(await shop.books("loyale")) == {loyale.ANN: 69}


async def test_a_vendor_that_was_away_is_claimed_afterwards(mixed_shop: Shop) -> None:
    shop = mixed_shop
    before, checkout = await shop.books(), await sold(shop)
    await shop.fault("maintenance", "contact_identifier.find")

    first = await claim(shop, checkout, BOTH)
    assert first.checkout["degraded"] == [{"provider": "leat", "reason": "vendor_unavailable"}]
    assert [one["provider"] for one in first.checkout["earned"]] == ["loyale"]

    second = await claim(shop, checkout, BOTH)
    assert {one["provider"] for one in second.checkout["earned"]} == {"leat", "loyale"}
    assert second.checkout["degraded"] == []
    assert moved(before, await shop.books()) == {"points:c-both": POINTS}
    assert points(await shop.books("loyale")) == {loyale.ANN: 69}


async def test_one_vendors_outage_does_not_keep_the_other_from_giving(mixed_shop: Shop) -> None:
    shop = mixed_shop
    before, checkout = await shop.books(), await sold(shop)
    await shop.fault(operation=ORDER, **DOWN)

    reply = await claim(shop, checkout, BOTH)

    assert reply.status == 202
    assert [one["provider"] for one in reply.checkout["earned"]] == ["loyale"]
    await shop.mend()
    await run_of(shop, checkout).result()
    assert moved(before, await shop.books()) == {"points:c-both": POINTS}
    assert points(await shop.books("loyale")) == {loyale.ANN: 69}


async def test_another_customer_at_one_vendor_is_refused_at_both(mixed_shop: Shop) -> None:
    shop = mixed_shop
    before, checkout = await shop.books(), await sold(shop)
    await claim(shop, checkout, world.BOB_CARD)

    assert (await claim(shop, checkout, BOTH)).code == "already_claimed"

    assert moved(before, await shop.books()) == BOBS
    assert points(await shop.books("loyale")) == {}
    alone = await claim(shop, checkout, BOTH, provider="loyale")
    assert {one["provider"] for one in alone.checkout["earned"]} == {"leat", "loyale"}


CANNOT = {
    "letstrade": ("member_id", "0" * 24),
    "wll": ("member_id", wll.MEMBER),
    "koupon": ("card", "LOY-700100"),
}


@pytest.mark.parametrize("kind", CANNOT)
async def test_a_vendor_that_can_add_nobody_later_says_so(tmp_path: Path, kind: str) -> None:
    type_, value = CANNOT[kind]
    async with open_shop(tmp_path, kinds=(kind,)) as shop:
        checkout = await sold(shop, basket=basket(currency=shop.store.currency))
        seen, before = await archived(shop, checkout), await shop.books(kind)

        reply = await claim(shop, checkout, value, type=type_, provider=kind)

        assert reply.code == "claim_not_possible"
        assert (await archived(shop, checkout), await shop.books(kind)) == (seen, before)


async def test_leat_still_takes_a_link_that_was_printed_before_the_claim(
    mixed_shop: Shop,
) -> None:
    """A limit of the vendor's, not a wish: its books do not join the link and the order."""
    shop = mixed_shop
    before, checkout = await shop.books(), await sold(shop)
    link = httpx.URL((await receipt(shop, checkout))["claim_link"])
    await claim(shop, checkout, world.ANN_CARD)

    body = {**link.params, "contact_uuid": world.ANN}
    token = {"Authorization": f"Bearer {world.TOKEN}"}
    path = "/leat/api/v3/oauth/clients/loyalty-tokens/claim"
    answers = [await shop.http.post(path, json=body, headers=token) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert moved(before, await shop.books()) == {f"points:{world.ANN}": 2 * POINTS}
