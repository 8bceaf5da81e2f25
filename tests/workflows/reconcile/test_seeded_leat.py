"""Every kind of mismatch in every one of Leat's ledgers, all found in one run, and nothing else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.reconciling import by_checkout, reconcile, records_of, tamper
from tests.support.refunding import give_back
from tests.support.shop import Checkout, Shop, basket, flat_whites, open_shop
from tillsaga.domain import messages as m
from tillsaga.domain.ports import EffectRecord
from tillsaga.sandbox import world
from tillsaga.sandbox.books import stamp

LATER = stamp(datetime.now(UTC) + timedelta(hours=3))
GHOST = "chk_NOBODY7/charge_giftcard/leat/gc-1#1"
Records = dict[str, EffectRecord]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


class Seeding:
    """Fresh customers, their sales, and what was done to the books behind them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.seeded: dict[str, set[tuple[str, str]]] = {}

    async def shown(self, points: int = 120, sold: Any = None) -> Checkout:
        """Show a new customer's card; the voucher belongs to nobody yet."""
        contact = {"points": points, "prepaid_in_cents": 25_00, "identifiers": [{}]}
        seed = {
            "contacts": [contact],
            "giftcards": [{"balance_in_cents": 20_00}],
            "vouchers": [{"promotion_uuid": world.PROMOTION_COFFEE}],
        }
        made = await self.shop.control("POST", "/seed/leat", seed)
        ann, self.card = made["contacts"][0], made["giftcards"][0]["hash"]
        self.voucher = made["vouchers"][0]["code"]
        return await self.shop.open(sold, ann["identifiers"][0])

    async def earned(self, cups: int) -> tuple[Checkout, Records]:
        """A sale of somebody whose first points it brings, unlike others in number."""
        checkout = await self.shown(points=0, sold=basket(flat_whites(cups)))
        await checkout.pay(await checkout.ready())
        return checkout, await records_of(checkout)

    async def sold(self) -> tuple[Checkout, Records]:
        """A sale with a gift card, credit, a voucher and a collected reward."""
        checkout = await self.shown()
        await checkout.giftcard(self.card, 2_00)
        await checkout.prepaid(1_00)
        await checkout.scan(self.voucher)
        await checkout.offer(f"leat:reward:{world.REWARD_COFFEE}")
        await checkout.pay(await checkout.ready())
        return checkout, await records_of(checkout)

    async def given_up(self) -> tuple[Checkout, Records]:
        """All of it taken back again."""
        checkout = await self.shown()
        await checkout.giftcard(self.card, 2_00)
        await checkout.prepaid(1_00)
        await checkout.offer(f"leat:reward:{world.REWARD_COFFEE}")
        await checkout.ok("cancel", m.Cancel(reason="customer left"))
        assert await checkout.ended() == "cancelled"
        return checkout, await records_of(checkout)

    async def seed(
        self, kind: str, of: str, ledger: str, do: str, operation: str, **values: Any
    ) -> None:
        """Sell, and do one thing to the books: expect a kind of difference in a ledger of ours."""
        checkout, records = await self.sold()
        await tamper(self.shop, "leat", ledger, do, entry_of(records[operation]), **values)
        self.seeded.setdefault(checkout.id, set()).add((kind, of))


def entry_of(record: EffectRecord) -> str:
    done = record.do.done
    assert done is not None
    name = record.order.subject if record.order.operation == "redeem_voucher" else None
    found = name or done.transaction_id
    assert found is not None
    return found


def undo_of(record: EffectRecord) -> str:
    undo = record.undo
    assert undo is not None
    assert undo.done is not None
    assert undo.done.transaction_id is not None
    return undo.done.transaction_id


async def test_money_that_leat_books_otherwise_is_found(shop: Shop) -> None:
    seeding = Seeding(shop)
    other = await shop.books()
    bobs = next(uuid for uuid, card in other["giftcards"].items() if card["hash"] == world.CARD_5)
    for ledger, table, operation, amount, owner in (
        ("giftcard", "giftcard_transactions", "charge_giftcard", "amount", {"card": bobs}),
        ("prepaid", "prepaid_transactions", "charge_prepaid", "amount", {"contact": world.BOB}),
        ("reward", "loyalty_transactions", "pre_redeem_reward", "credits", {"contact": world.BOB}),
    ):
        await seeding.seed("missing", ledger, table, "delete", operation)
        await seeding.seed("wrong_amount", ledger, table, "change", operation, **{amount: -30})
        await seeding.seed("wrong_customer", ledger, table, "change", operation, **owner)
        await seeding.seed("late", ledger, table, "change", operation, created_at=LATER)
    # A card charged in two steps that come to less; and twice; and by nobody of ours.
    checkout, records = await seeding.sold()
    charge = entry_of(records["charge_giftcard"])
    await tamper(shop, "leat", "giftcard_transactions", "add", charge, amount=-50)
    await tamper(shop, "leat", "giftcard_transactions", "change", charge, amount=-100)
    seeding.seeded[checkout.id] = {("partial", "giftcard")}
    await seeding.seed("extra", "giftcard", "giftcard_transactions", "add", "charge_giftcard")
    mark = {"tillsaga_effect_key": GHOST}
    await tamper(shop, "leat", "giftcard_transactions", "add", charge, custom_attributes=mark)
    seeding.seeded["chk_NOBODY7"] = {("extra", "giftcard")}
    await tamper(shop, "leat", "prepaid_transactions", "add", entry_of(records["charge_prepaid"]))
    seeding.seeded["prepaid"] = {("extra", "prepaid")}
    reception = entry_of(records["pre_redeem_reward"])
    await tamper(shop, "leat", "loyalty_transactions", "add", reception)
    seeding.seeded["reward"] = {("extra", "reward")}

    result = (await reconcile(shop))["leat"]

    # Whoever has no reward reception any more cannot have collected it, and is told so too.
    assert by_checkout(result) == seeding.seeded
    split = next(each for each in result.differences if each.kind == "partial")
    assert split.ours is not None
    assert (split.ours.amount, [entry.amount for entry in split.theirs]) == (-200, [-100, -50])
    assert split.ours.key.startswith(checkout.id)
    assert {entry.id for entry in split.theirs} > {charge}


async def test_orders_points_and_vouchers_that_leat_books_otherwise_are_found(shop: Shop) -> None:
    seeding = Seeding(shop)
    await seeding.seed("missing", "order", "orders", "delete", "post_order")
    await seeding.seed("wrong_customer", "order", "orders", "change", "post_order", contact="c-b0b")
    late = {"created_at": LATER}
    await seeding.seed("late", "order", "orders", "change", "post_order", document=late)
    await seeding.seed("missing", "voucher", "vouchers", "change", "redeem_voucher", redeemed=0)
    whose = {"contact": world.BOB}
    await seeding.seed("wrong_customer", "voucher", "vouchers", "change", "redeem_voucher", **whose)
    later = {"redeemed_at": LATER}
    await seeding.seed("late", "voucher", "vouchers", "change", "redeem_voucher", **later)
    collected = {"reversed_at": LATER}
    await seeding.seed(
        "missing", "collection", "collections", "change", "collect_reward", **collected
    )
    for kind in ("partial", "wrong_amount"):
        checkout, records = await seeding.sold()
        order = entry_of(records["post_order"])
        lines = (await shop.books())["orders"][order]["left"]["line_items"]
        changed = lines[:1] if kind == "partial" else [lines[0], lines[1] | {"total_amount": 9_00}]
        await tamper(shop, "leat", "orders", "change", order, document={"line_items": changed})
        seeding.seeded[checkout.id] = {(kind, "order")}
    name = "chk_NOBODY8"
    ghost = {"external_identifier": name, "document": {"external_identifier": name}}
    await tamper(shop, "leat", "orders", "add", order, **ghost)
    seeding.seeded[name] = {("extra", "order")}
    for cups, (kind, values) in enumerate(
        (
            ("missing", None),
            ("wrong_amount", {"credits": 1}),
            ("wrong_customer", {"contact": world.BOB}),
            ("late", {"created_at": LATER}),
        ),
        2,
    ):
        checkout, records = await seeding.earned(cups)
        points = await points_of(shop, records)
        await tamper(
            shop,
            "leat",
            "loyalty_transactions",
            "change" if values else "delete",
            points,
            **(values or {}),
        )
        seeding.seeded[checkout.id] = {(kind, "points")}

    result = (await reconcile(shop))["leat"]

    assert by_checkout(result) == seeding.seeded


async def points_of(shop: Shop, records: Records) -> str:
    """The credit reception of an order's points."""
    order = entry_of(records["post_order"])
    contact = str(records["post_order"].order.request["contact_uuid"])
    entries = (await shop.books())["points"][contact]["entries"]
    return str(next(e["uuid"] for e in entries if e["source"] == f"order:{order}"))


async def test_what_was_taken_back_in_part_or_not_at_all_is_found(shop: Shop) -> None:
    seeding = Seeding(shop)
    for do, kind in (("change", "partial"), ("delete", "missing")):
        for ledger, table, operation, part in (
            ("giftcard", "giftcard_transactions", "charge_giftcard", {"amount": 150}),
            ("prepaid", "prepaid_transactions", "charge_prepaid", {"amount": 50}),
            ("points", "loyalty_transactions", "pre_redeem_reward", {"credits": 20}),
        ):
            checkout, records = await seeding.given_up()
            values = part if do == "change" else {}
            await tamper(shop, "leat", table, do, undo_of(records[operation]), **values)
            seeding.seeded[checkout.id] = {(kind, ledger)}
    for left, kind in ((2_00, "partial"), (4_50, "missing")):
        checkout, records = await seeding.sold()
        order = entry_of(records["post_order"])
        lines = (await shop.books())["orders"][order]["left"]["line_items"]
        await give_back(checkout, f"r-{kind}")
        kept = [lines[0], lines[1] | {"total_amount": left}]
        await tamper(shop, "leat", "orders", "change", order, document={"line_items": kept})
        seeding.seeded[checkout.id] = {(kind, "order")}
    checkout, records = await seeding.sold()
    await give_back(checkout, "r-voucher")
    redeemed = records["redeem_voucher"].do.done
    assert redeemed is not None
    still = {"redeemed": 1, "redeemed_at": redeemed.data["redeemed_at"]}
    voucher = entry_of(records["redeem_voucher"])
    await tamper(shop, "leat", "vouchers", "change", voucher, **still)
    seeding.seeded[checkout.id] = {("missing", "voucher")}

    result = (await reconcile(shop))["leat"]

    assert by_checkout(result) == seeding.seeded
