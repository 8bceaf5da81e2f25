"""The scenarios: what a till, a customer and bad luck do to a checkout, and how it has to end."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tillsaga.demo.movements import Json, Ledger, Net
from tillsaga.demo.stage import Played, Stage
from tillsaga.demo.stories import leat_only, mixes, refunds, trouble
from tillsaga.demo.stories.building import GIFTCARD, PREPAID, REWARD_POINTS
from tillsaga.demo.vendors import koupon, leat, letstrade, loyale, wll

EARNING = {each.vendor: each for each in (leat.POINTS, wll.POINTS, loyale.POINTS)}
"""Where the points of a sale go that the till is told of."""


@dataclass(frozen=True)
class Scenario:
    """A story, and how it has to end.

    Args:
        moves: What must be left in each vendor's books, the points that the sale earns apart.
        attention: The codes of what a person must settle afterwards.
        returned: Whether the goods came back, and with them the points that they had earned.
        skips_time: Whether its Temporal is gone when the tour ends: no link leads there.
        alone: Whether it breaks something that others beside it would feel.
    """

    title: str
    play: Callable[[Stage], Played]
    ends_as: str
    moves: Mapping[Ledger, int] = field(default_factory=dict)
    attention: tuple[str, ...] = ()
    returned: bool = False
    skips_time: bool = False
    alone: bool = False

    def expected(self, checkout: Json) -> Net:
        """What the books of all vendors must come to, with the points that were earned."""
        sums = Counter(self.moves)
        kept = self.ends_as == "completed" and not self.returned
        for earned in checkout["earned"] if kept else ():
            if earned["provider"] in EARNING:
                sums[EARNING[earned["provider"]]] += earned["points"] or 0
        return {ledger: amount for ledger, amount in sums.items() if amount}


_EVERYTHING = {
    leat.VOUCHER: 1,
    leat.REWARD: 1,
    leat.GIFTCARD: -GIFTCARD,
    leat.PREPAID: -PREPAID,
    leat.POINTS: -REWARD_POINTS,
    leat.ORDER: 1,
}
_TOLD_OF_ALL = {letstrade.ORDER: 1, wll.ORDER: 1}
"""Let'sTrade and White Label hear of every sale, whoever buys."""
_LEAT_CARD = {leat.GIFTCARD: -GIFTCARD, leat.ORDER: 1}

SCENARIOS = {
    "paid": Scenario("Paid with everything at once", leat_only.paid, "completed", _EVERYTHING),
    "declined": Scenario("The card is declined", leat_only.declined, "cancelled"),
    "abandoned": Scenario("The customer walks away", leat_only.abandoned, "expired"),
    "cancelled": Scenario("Somebody cancels it in Temporal", leat_only.cancelled, "cancelled"),
    "letstrade": Scenario(
        "Let'sTrade's voucher and wallet, Leat's gift card, and cash",
        mixes.app_codes,
        "completed",
        {**_TOLD_OF_ALL, **_LEAT_CARD, letstrade.VOUCHER: 1, letstrade.WALLET: -mixes.WALLET},
    ),
    "white-label": Scenario(
        "White Label's voucher and points, Leat's prepaid credit",
        mixes.white_label,
        "completed",
        {
            **_TOLD_OF_ALL,
            wll.ACTIVATED: 1,
            wll.VOUCHER: 1,
            wll.POINTS: -mixes.POINTS,
            leat.PREPAID: -PREPAID,
            leat.ORDER: 1,
        },
    ),
    "loyale": Scenario(
        "Loyale's points and gift card",
        mixes.loyale_values,
        "completed",
        {
            **_TOLD_OF_ALL,
            loyale.SALE: 1,
            loyale.POINTS: -mixes.POINTS,
            loyale.GIFTCARD: -GIFTCARD,
        },
    ),
    "dollars": Scenario(
        "Leat's voucher, Loyale's points and Koupon's coupon",
        mixes.dollars,
        "completed",
        {
            leat.VOUCHER: 1,
            leat.ORDER: 1,
            loyale.SALE: 1,
            loyale.POINTS: -mixes.POINTS,
            koupon.COUPON: 1,
            koupon.REPORT: 1,
        },
    ),
    "goodwill": Scenario(
        "The card is declined after the coupon is redeemed",
        trouble.goodwill,
        "cancelled",
        {koupon.COUPON: 1},
        attention=("goodwill",),
    ),
    "coupon-lost": Scenario(
        "The coupon turns out to be used; the rest is paid",
        trouble.coupon_lost,
        "completed",
        {**_LEAT_CARD, loyale.SALE: 1},
    ),
    "refunded": Scenario("All of it comes back", refunds.full, "completed", returned=True),
    "in-two-parts": Scenario(
        "It comes back in two parts", refunds.in_two_parts, "completed", returned=True
    ),
    "coupon-stays": Scenario(
        "It comes back, and a coupon cannot",
        refunds.with_a_person,
        "completed",
        {koupon.COUPON: 1, koupon.REPORT: 1},
        returned=True,
    ),
    "six-hours": Scenario(
        "It comes back while a vendor is down for six hours",
        refunds.six_hours,
        "completed",
        returned=True,
        skips_time=True,
        alone=True,
    ),
    "answer-lost": Scenario(
        "An answer is lost after the charge",
        leat_only.answer_lost,
        "completed",
        _EVERYTHING,
        alone=True,
    ),
    "vendor-down": Scenario(
        "A vendor is down, and told of the sale when it is back",
        trouble.vendor_down,
        "completed",
        {**_TOLD_OF_ALL, **_LEAT_CARD, loyale.SALE: 1},
        alone=True,
    ),
    "worker-killed": Scenario(
        "The worker is killed while it redeems",
        leat_only.worker_killed,
        "completed",
        _EVERYTHING,
        alone=True,
    ),
}
