"""A scene per effect of each vendor: how it is asked for, and what it leaves in the vendor's books.

The asks and the traces are those of the vendors' contract tests: the sandbox's books are the judge.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import SecretStr

from tests.connectors import (
    koupon_asks,
    koupon_box,
    leat_asks,
    leat_cases,
    letstrade_cases,
    loyale_cases,
    part_asks,
    test_leat_parts,
    test_wll_parts,
    wll_cases,
)
from tests.connectors.loyale_asks import line, sold
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.config import ConnectorConfig
from tillsaga.domain.effects import EffectOrder, Timing
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier
from tillsaga.sandbox import world as leat
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll

Ask = Callable[[Any], Awaitable[EffectOrder]]
Trace = Callable[[Control], object]
Config = Callable[[Control, Timing], ConnectorConfig]


@dataclass(frozen=True)
class Scene:
    """One effect at one vendor.

    Args:
        do: The vendor's call that makes the effect; `skip` of that name come before it.
        undo: The call that takes it back, if there is one.
        done: The trace after it.
        back: The trace after it was taken back.
        only: What else a rule must match, where a dry run has the same name.
        refusal: How the vendor says no.
        unasked: Why the vendor cannot be asked after a lost answer, so that a person must.
        stuck: Why what an answer was lost of cannot be taken back by us.
        lapses: Why the vendor may refuse in the end what it would have done hours ago.
        partly: The trace where it refuses in the middle, having done a part of it.
        unseen: Why it cannot be asked whether an undo happened.
        switches: How the vendors behave here.
    """

    vendor: str
    config: Config
    ask: Ask
    trace: Trace
    do: str
    done: object
    undo: str | None = None
    back: object = None
    skip: int = 0
    only: Mapping[str, Any] = field(default_factory=dict)
    refusal: Mapping[str, Any] = field(default_factory=dict)
    unasked: str = ""
    stuck: str = ""
    lapses: str = ""
    partly: object = None
    unseen: str = ""
    switches: Mapping[str, Any] = field(default_factory=dict)


# --- Leat -----------------------------------------------------------------------------------------


def _leat_config(box: Control, timing: Timing) -> ConnectorConfig:
    return ConnectorConfig(
        store_id="ams-1",
        provider="leat",
        kind="leat",
        base_url=box.base_url,
        currency="EUR",
        credentials={"token": SecretStr(leat.TOKEN)},
        settings={"shop_uuid": leat.SHOP, "giftcard_program_uuid": leat.PROGRAM},
        timing=timing,
    )


_NO_ID = "leat takes back by the redemption's or collection's id, which only the lost answer told"


def _leat(ask: Ask, do: str, trace: Callable[[Json], object], done: object, **more: Any) -> Scene:
    return Scene(
        vendor="leat",
        config=_leat_config,
        ask=ask,
        trace=lambda box: leat_cases.empty(trace(box.books())),
        do=do,
        done=done,
        refusal={"code": 1003},
        **more,
    )


def _rows(books: Json, table: str) -> list[Json]:
    rows = books[table]
    listed = list(rows.values()) if isinstance(rows, dict) else rows
    assert isinstance(listed, list)
    return [row for row in listed if isinstance(row, dict)]


def _customers(books: Json) -> int:
    return len(_rows(books, "contacts"))


def _is_made(books: Json) -> bool:
    """Whether, not how many: an empty card more is worth nothing, and is given to nobody."""
    known = (leat.CARD_DIGITAL, leat.CARD_DIGITAL_NEW)
    cards = [row for row in _rows(books, "giftcards") if row["type"] == "DIGITAL"]
    return any(card["hash"] not in known for card in cards)


def _mails(books: Json) -> int:
    return len(_rows(books, "emails"))


def _created(shown: Identifier) -> Ask:
    async def ask(held: Any) -> EffectOrder:
        return leat_asks.order((await held.identify(shown)).create)

    return ask


async def _card_made(held: Any) -> EffectOrder:
    create, _ = (await leat_asks.quote(held, type="giftcard_sale")).sales[0].steps
    return leat_asks.order(create)


async def _card_sent(held: Any) -> EffectOrder:
    recipient = {"email": leat.BOB_EMAIL, "consent": True}
    sale = (await leat_asks.quote(held, type="giftcard_sale", recipient=recipient)).sales[0]
    made = await held.operator("create_giftcard").do(leat_asks.order(sale.steps[0]))
    return leat_asks.order(sale.later[0], create_giftcard=made.data)


def _left_taken(load: Ask, operation: str) -> Ask:
    async def ask(held: Any) -> EffectOrder:
        whole = await load(held)
        done = await held.operator(whole.operation).do(whole)
        return part_asks.part(whole, done, operation, amount=5_00)

    return ask


async def _leat_goods(_: Any) -> EffectOrder:
    return _goods("leat", leat.ANN)


def _goods(vendor: str, member: str, **more: Any) -> EffectOrder:
    return EffectOrder(
        checkout_id="chk_R",
        store_id="ams-1",
        provider=vendor,
        kind=vendor,
        operation="return_goods",
        subject=member,
        request={"points": 5, "earned": 5},
        **more,
    )


def _leat_scenes() -> dict[str, Scene]:
    made, card, prepaid = _leat, "giftcard_transaction.create", "prepaid_transaction.create"
    cases = {
        name: made(
            case.ask,
            case.do,
            case.trace,
            case.after,
            undo=case.undo,
            back=case.before,
            stuck=_NO_ID if case.do in ("voucher.redeem", "collectable_reward.collect") else "",
        )
        for name, case in leat_cases.CASES.items()
    }
    parts = {
        name: made(case.ask, case.call, case.trace, case.after)
        for name, case in test_leat_parts.CASES.items()
    }
    email = _created(Identifier(type="email", value="new@example.test", consent=True))
    return {
        **cases,
        **parts,
        "create_member, e-mail": made(email, "contact.find_or_create", _customers, 3),
        "create_member, card": made(
            _created(Identifier(type="card", value=leat.FREE_CARD, consent=True)),
            "contact.create_anonymous",
            _customers,
            3,
        ),
        "lock_voucher": made(
            leat_asks.lock,
            "voucher.lock",
            leat_cases.voucher(leat.VOUCHER_COFFEE, "locked"),
            True,
            undo="voucher.release",
            back=False,
        ),
        "create_giftcard": made(_card_made, "giftcard.create", _is_made, True),
        "send_giftcard": made(
            _card_sent,
            "giftcard.send_by_email",
            _mails,
            1,
            unasked="leat shows no e-mail that was not sent",
        ),
        "return_goods": made(_leat_goods, "credit_reception.create", leat_cases.points, 115),
        "take_from_giftcard": made(
            _left_taken(leat_asks.load_physical, "take_from_giftcard"),
            card,
            leat_cases.card(leat.CARD_NEW),
            20_00,
        ),
        "take_from_prepaid": made(
            _left_taken(leat_asks.top_up, "take_from_prepaid"),
            prepaid,
            leat_cases.prepaid(leat.BOB),
            20_00,
        ),
    }


# --- White Label Loyalty --------------------------------------------------------------------------


@cache
def _wll_box(box: Control) -> wll_cases.Box:
    return wll_cases.Box(box)


def _wll(
    ask: Ask, do: str, trace: Callable[[wll_cases.Box], object], done: object, **more: Any
) -> Scene:
    settings = dict(more.pop("settings", ()))

    def config(box: Control, timing: Timing) -> ConnectorConfig:
        return wll_cases.config(_wll_box(box).address, timing, **settings)

    return Scene(
        vendor="wll",
        config=config,
        ask=ask,
        trace=lambda box: trace(_wll_box(box)),
        do=do,
        done=done,
        refusal={"code": "BAD_REQUEST"},
        **more,
    )


async def _wll_goods(_: Any) -> EffectOrder:
    return _goods("wll", wll.MEMBER)


def _wll_points(box: wll_cases.Box) -> int:
    return box.points()


def _wll_scenes() -> dict[str, Scene]:
    def scene(case: wll_cases.Case) -> Scene:
        more: dict[str, Any] = {"settings": case.settings}
        if isinstance(case.after, tuple):
            more |= {"undo": case.undo, "back": (case.after[0], 500)}
        return _wll(case.ask, case.do, case.trace, case.after, **more)

    def burn(case: wll_cases.Case) -> Scene:
        """Being validated, which a check does, spends nothing: it may still be burned."""
        return _wll(case.ask, case.do, lambda b: case.trace(b) == "BURNED", True, skip=1)

    names = {
        "activate": "activate_voucher",
        "spend": "spend_points",
        "order": "post_order",
        "sale event": "post_order, by event",
    }
    parts = {
        name: _wll(case.ask, "event.report", _wll_points, case.after)
        for name, case in test_wll_parts.CASES.items()
    }
    goods = _wll(_wll_goods, "event.report", _wll_points, 495)
    all_cases = wll_cases.CASES.items()
    burns = {
        name.replace("burn", "burn_voucher"): burn(c) for name, c in all_cases if "burn" in name
    }
    cases = {names[name]: scene(case) for name, case in all_cases if name in names}
    return {**cases, **burns, **parts, "return_goods": goods}


# --- Loyale ---------------------------------------------------------------------------------------


@cache
def _loyale_box(box: Control) -> loyale_cases.Box:
    return loyale_cases.Box(box)


def _loyale(ask: Ask, do: str, done: object, **more: Any) -> Scene:
    return Scene(
        vendor="loyale",
        config=lambda box, timing: loyale_cases.config(_loyale_box(box).base_url, timing),
        ask=ask,
        trace=lambda box: _loyale_box(box).trace(),
        do=do,
        done=done,
        only={"query_regex": "^$"},
        refusal={"code": 400},
        **more,
    )


_TWO = loyale_cases.paid(sold(line("1", 5_00, "5")), sold(line("2", 3_33, "3")), due=34_99)
"""25.00 and 9.99 earn 209 points."""
_WEIGHED = loyale_cases.paid(sold(line("1", 10_00, "0.500")), due=5_00)
"""5.00 earn 30 points."""


def _returned(sale: Any, back: dict[str, str], left: dict[str, str]) -> Ask:
    async def ask(held: Any) -> EffectOrder:
        whole = loyale_cases.posted(sale)
        done = await held.operator("post_transaction").do(whole)
        return part_asks.goods(whole, done, back, left)

    return ask


async def _loyale_goods(_: Any) -> EffectOrder:
    return _goods("loyale", loyale.ANN, sale=loyale_cases.paid(*loyale_cases.L25, due=25_00))


def _posted(sale: Any) -> Ask:
    async def ask(_: Any) -> EffectOrder:
        return loyale_cases.posted(sale)

    return ask


def _loyale_scenes() -> dict[str, Scene]:
    custom = "a custom return cannot be looked up at loyale"
    left = loyale_cases.Trace
    cases = {
        f"post_transaction, {name}": _loyale(
            _posted(case.sale), "transaction.create", case.after, undo="return.full", back=case.back
        )
        for name, case in loyale_cases.CASES.items()
    }
    return {
        **cases,
        "return_lines, by item": _loyale(
            _returned(_TWO, {"1": "2", "2": "1"}, {"1": "3", "2": "2"}),
            "return.line_item",
            left(points=7830 + 209 - 78),
            skip=1,
            partly=left(points=7830 + 209 - 59),
        ),
        "return_lines, all": _loyale(
            _returned(_TWO, {"1": "5", "2": "3"}, {"1": "0", "2": "0"}), "return.full", left()
        ),
        "return_lines, weighed": _loyale(
            _returned(_WEIGHED, {"1": "0.200"}, {"1": "0.300"}),
            "return.custom",
            left(points=7830 + 30 - 12),
            unasked=custom,
        ),
        "return_goods": _loyale(
            _loyale_goods, "return.custom", left(points=7830 - 150), unasked=custom
        ),
    }


# --- Koupon ---------------------------------------------------------------------------------------


@cache
def _koupon_box(box: Control) -> koupon_box.Box:
    return koupon_box.Box(box)


def _koupon(
    ask: Ask, do: str, trace: Callable[[koupon_box.Box], object], done: object, **more: Any
) -> Scene:
    return Scene(
        vendor="koupon",
        config=lambda box, timing: koupon_asks.config(_koupon_box(box).base_url, timing=timing),
        ask=ask,
        trace=lambda box: trace(_koupon_box(box)),
        do=do,
        done=done,
        refusal={"code": 400},
        **more,
    )


def _redeemed(code: str, quantity: int | None = None) -> Ask:
    async def ask(held: Any) -> EffectOrder:
        return await koupon_box.scanned(held, code, quantity)

    return ask


async def _reported(_: Any) -> EffectOrder:
    return koupon_asks.reporting()


def _reports(box: koupon_box.Box) -> int:
    """How many sales: Koupon keeps a second equal report, which says nothing new."""
    return len({str(report["timestamp"]) for report in box.reports()})


def _koupon_scenes() -> dict[str, Scene]:
    never = "koupon cannot be asked whether a coupon was redeemed"
    redeem = "transaction.redeem"
    return {
        "redeem_coupon, barcode": _koupon(
            _redeemed(koupon.BARCODE), redeem, lambda b: b.left(koupon.BARCODE), 0, unasked=never
        ),
        "redeem_coupon, loyalty id": _koupon(
            _redeemed(koupon_asks.SNACK, 2),
            redeem,
            lambda b: b.left(koupon_asks.LOYALTY, koupon_asks.SNACK),
            3,
            unasked=never,
        ),
        "report_sale": _koupon(_reported, "transaction.report", _reports, 1),
    }


# --- Let'sTrade -----------------------------------------------------------------------------------


@cache
def _letstrade_box(box: Control) -> letstrade_cases.Box:
    return letstrade_cases.Box(box)


def _letstrade(case: letstrade_cases.Case) -> Scene:
    coded = bool(case.codes or case.pay)

    async def ask(held: Any) -> EffectOrder:
        till = letstrade_cases.Till(held)
        sale = await till.sell(*case.codes, pay=case.pay, amount=case.amount)
        return letstrade_cases.order(sale)

    return Scene(
        vendor="letstrade",
        config=lambda box, timing: letstrade_cases.config(
            _letstrade_box(box).base_url, timing, refund_enabled=True
        ),
        ask=ask,
        trace=lambda box: _letstrade_box(box).trace(),
        do=letstrade_cases.FINALISE,
        done=case.after,
        undo=letstrade_cases.REFUND,
        back=letstrade_cases.Trace(),
        refusal={"code": "payment_declined"},
        stuck="" if coded else "a bill without codes cannot be asked about",
        lapses="codes live for ten minutes" if coded else "",
        switches={"letstrade": {"refund_enabled": True}},
    )


def _letstrade_scenes() -> dict[str, Scene]:
    cases = letstrade_cases.CASES.items()
    return {f"finalise, {name}": _letstrade(case) for name, case in cases}


def _scenes() -> dict[str, Scene]:
    made = {
        "leat": _leat_scenes(),
        "wll": _wll_scenes(),
        "loyale": _loyale_scenes(),
        "koupon": _koupon_scenes(),
        "letstrade": _letstrade_scenes(),
    }
    return {f"{vendor} {name}": s for vendor, named in made.items() for name, s in named.items()}


SCENES = _scenes()


def operation_of(name: str) -> tuple[str, str]:
    """Vendor and operation of a scene's name.

    >>> operation_of("leat load_giftcard, digital")
    ('leat', 'load_giftcard')
    """
    vendor, _, rest = name.partition(" ")
    return vendor, rest.partition(",")[0]
