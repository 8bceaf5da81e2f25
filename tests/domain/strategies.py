"""What tills may send, for hypothesis."""

from decimal import Decimal

from hypothesis import strategies as st

from tests.domain.samples import basket, checkout_of, line, offer, report, tender
from tillsaga.domain.basket import Basket, Line
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.discounts import Discount
from tillsaga.domain.messages import PaymentReport, PaymentStatus

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
SKUS = st.sampled_from(["A", "B", "C"])
CATEGORIES = st.sampled_from(["drinks", "food", "toys"])
AMOUNTS = st.integers(0, 200_00)
QUANTITIES = st.one_of(
    st.integers(1, 5).map(str),
    st.decimals("0.001", "9.999", places=3).map(str),
)
JSON_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.text())


@st.composite
def lines(draw: st.DrawFn, line_id: str, *, returns: bool) -> Line:
    kinds = ["product"] * 4 + ["excluded", "giftcard_sale"] + ["return"] * returns
    kind = draw(st.sampled_from(kinds))
    amount, quantity = draw(AMOUNTS), draw(QUANTITIES)
    if kind == "giftcard_sale":
        return line(line_id, amount + 1, type=kind, sku=None)
    return line(
        line_id,
        amount,
        f"-{quantity}" if kind == "return" else quantity,
        sku=draw(SKUS),
        categories=draw(st.lists(CATEGORIES, max_size=2)),
        discountable=kind != "excluded",
        modifiers=[line("m", draw(AMOUNTS))] if draw(st.booleans()) else [],
    )


@st.composite
def baskets(draw: st.DrawFn, *, returns: bool = True) -> Basket:
    """Baskets that a store can sell: what is returned is worth less than what is sold."""
    count = draw(st.integers(1, 6))
    sold = [draw(lines(str(n), returns=returns)) for n in range(count)]
    short = max(0, -sum(each.amount for each in sold))
    sold.append(line("last", short + draw(AMOUNTS), sku=draw(SKUS)))
    return basket(*sold, currency=draw(CURRENCIES))


@st.composite
def exchanges(draw: st.DrawFn) -> Basket:
    """Baskets that sell something for goods taken back, which may be worth more."""
    count = draw(st.integers(1, 4))
    sold = [draw(lines(str(n), returns=True)) for n in range(count)]
    bought = line("last", draw(AMOUNTS), sku=draw(SKUS))
    returned = line("back", draw(AMOUNTS), f"-{draw(QUANTITIES)}", sku=draw(SKUS))
    return basket(*sold, bought, returned)


SCOPES = st.fixed_dictionaries(
    {},
    optional={
        "skus": st.lists(SKUS, max_size=2),
        "categories": st.lists(CATEGORIES, max_size=2),
        "min_spend_amount": AMOUNTS,
    },
)
PERCENTS = st.decimals(0, 100, places=2).map(str)
LINE_AMOUNTS = st.dictionaries(st.sampled_from(["0", "1", "2", "last", "none"]), AMOUNTS)
WORTHS = st.one_of(
    st.builds(lambda percent: {"type": "percentage", "percent": percent}, PERCENTS),
    st.builds(lambda amount: {"type": "absolute", "amount": amount}, AMOUNTS),
    st.builds(lambda count: {"type": "free_item", "quantity": count}, st.integers(1, 4)),
    st.builds(
        lambda amount, count: {"type": "fixed_price", "amount": amount, "quantity": count},
        AMOUNTS,
        st.integers(1, 4),
    ),
    st.builds(lambda amount: {"type": "vendor_computed", "amount": amount}, AMOUNTS),
    st.builds(lambda named: {"type": "vendor_computed", "line_amounts": named}, LINE_AMOUNTS),
)
DISCOUNTS = st.builds(lambda worth, scope: Discount.model_validate(worth | scope), WORTHS, SCOPES)
STACKS = st.lists(DISCOUNTS, min_size=1, max_size=4)


@st.composite
def ready_checkouts(draw: st.DrawFn) -> Checkout:
    """Checkouts as the till's dialogue leaves them: tenders never exceed what is owed."""
    sold = checkout_of(draw(baskets()), status="ready", added_tax_amount=draw(AMOUNTS))
    for number, discount in enumerate(draw(st.lists(DISCOUNTS, max_size=3)), start=1):
        status = draw(st.sampled_from(["held", "applied", "redeemed", "released", "lost"]))
        sold.offers.append(offer(discount, number, status=status))
    for number in range(draw(st.integers(0, 2))):
        status = draw(st.sampled_from(["planned", "charged", "in_doubt", "reversed", "refused"]))
        amount = draw(st.integers(0, sold.totals().due_amount))
        sold.tenders.append(tender(amount, number, status=status))
    return sold


STATUSES: list[PaymentStatus] = ["authorized", "captured", "declined", "failed", "voided"]


@st.composite
def reports(draw: st.DrawFn, payable: int) -> PaymentReport:
    """What a till may say about a bill of this size, right or wrong."""
    likely = st.sampled_from(sorted({0, payable // 2, payable - payable // 2, payable}))
    return report(
        draw(st.sampled_from(STATUSES)),
        draw(st.one_of(likely, st.integers(0, payable * 2))),
        draw(st.sampled_from(["card-1", "card-2", "cash-1"])),
        final=draw(st.sampled_from([None, True, False])),
        tip_amount=draw(st.integers(0, 5_00)),
    )


WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=12)
DECIMALS = st.decimals(-(10**9), 10**9, places=4).map(Decimal)
