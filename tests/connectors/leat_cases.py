"""Each operation of Leat with its trace in the sandbox's books, before and after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.connectors.leat_asks import (
    charge_card,
    charge_prepaid,
    claim,
    collect_claimed,
    collect_waiting,
    load_digital,
    load_physical,
    post_order,
    pre_redeem,
    redeem,
    redeem_flyer,
    redeem_multi,
    top_up,
)
from tillsaga.connectors.leat import Leat
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.model import Json
from tillsaga.sandbox import world


def at(books: object, *path: str) -> object:
    for name in path:
        assert isinstance(books, dict)
        books = books.get(name, {})
    return books


def by(books: Json, table: str, field: str, value: str) -> Json:
    rows = books[table]
    assert isinstance(rows, dict)
    return next(row for row in rows.values() if isinstance(row, dict) and row[field] == value)


def voucher(code: str, field: str) -> Callable[[Json], object]:
    return lambda books: by(books, "vouchers", "code", code)[field]


def card(code: str) -> Callable[[Json], object]:
    return lambda books: by(books, "giftcards", "hash", code)["balance"]


def digital(books: Json) -> object:
    rows = books["giftcards"]
    assert isinstance(rows, dict)
    known = (world.CARD_DIGITAL, world.CARD_DIGITAL_NEW)
    cards = [row for row in rows.values() if isinstance(row, dict) and row["type"] == "DIGITAL"]
    return sum(int(str(row["balance"])) for row in cards if row["hash"] not in known)


def points(books: Json) -> object:
    return at(books, "points", world.ANN, "balance")


def prepaid(contact: str) -> Callable[[Json], object]:
    return lambda books: at(books, "prepaid", contact, "balance") or 0


def collected(books: Json) -> object:
    rows = books["reward_receptions"]
    assert isinstance(rows, dict)
    return sum(isinstance(row, dict) and row["state"] == "COLLECTED" for row in rows.values())


@dataclass(frozen=True)
class Case:
    """An operation: the vendor calls behind it, and its trace in the books before and after."""

    ask: Callable[[Leat], Awaitable[EffectOrder]]
    do: str
    undo: str
    trace: Callable[[Json], object]
    before: object
    after: object


CASES = {
    "redeem_voucher": Case(
        redeem,
        "voucher.redeem",
        "voucher.reverse",
        voucher(world.VOUCHER_COFFEE, "times_redeemed"),
        0,
        1,
    ),
    "redeem_voucher, several uses": Case(
        redeem_multi,
        "voucher.redeem",
        "voucher.reverse",
        voucher(world.VOUCHER_MULTI, "times_redeemed"),
        0,
        1,
    ),
    "redeem_voucher, nobody's": Case(
        redeem_flyer,
        "voucher.redeem",
        "voucher.reverse",
        voucher(world.VOUCHER_FLYER, "times_redeemed"),
        0,
        1,
    ),
    "pre_redeem_reward": Case(
        pre_redeem, "reward_reception.create", "reward_reception.reverse", points, 120, 70
    ),
    "redeem_reward": Case(
        claim, "reward_reception.create", "reward_reception.reverse", points, 120, 90
    ),
    "collect_reward, claimed": Case(
        collect_claimed,
        "collectable_reward.collect",
        "collectable_reward.reverse",
        collected,
        0,
        1,
    ),
    "collect_reward, waiting": Case(
        collect_waiting,
        "collectable_reward.collect",
        "collectable_reward.reverse",
        collected,
        0,
        1,
    ),
    "charge_giftcard": Case(
        charge_card,
        "giftcard_transaction.create",
        "giftcard_transaction.reverse",
        card(world.CARD_20),
        20_00,
        8_00,
    ),
    "load_giftcard, physical": Case(
        load_physical,
        "giftcard_transaction.create",
        "giftcard_transaction.reverse",
        card(world.CARD_NEW),
        0,
        25_00,
    ),
    "load_giftcard, digital": Case(
        load_digital,
        "giftcard_transaction.create",
        "giftcard_transaction.reverse",
        digital,
        0,
        25_00,
    ),
    "charge_prepaid": Case(
        charge_prepaid,
        "prepaid_transaction.create",
        "prepaid_transaction.reverse",
        prepaid(world.ANN),
        25_00,
        15_00,
    ),
    "topup_prepaid": Case(
        top_up,
        "prepaid_transaction.create",
        "prepaid_transaction.reverse",
        prepaid(world.BOB),
        0,
        25_00,
    ),
    "post_order": Case(
        post_order,
        "order.create_and_process",
        "order_return.create_and_process",
        points,
        120,
        132,
    ),
}


def empty(trace: object) -> object:
    return 0 if trace == {} else trace
