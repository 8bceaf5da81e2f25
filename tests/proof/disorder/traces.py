"""What tills say to one checkout, made up from a seed.

A trace names the customers' things (`<ann_voucher>`) and its amounts (`all`, `half`, `rest`); the
straight run says what they are, and every other run of the trace repeats its words.
"""

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.support.shop import flat_whites
from tillsaga.demo.vendors.koupon import COUPON_CODE
from tillsaga.sandbox import world as leat

Json = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """One thing that a till says. `part`: how much of what is due, where it is not said yet."""

    name: str
    body: Json | None = None
    subject: str = ""
    part: str = ""

    @property
    def is_payment(self) -> bool:
        """Whether it is a fact about money that the till has, or has not."""
        return self.name == "payment"


@dataclass(frozen=True)
class Trace:
    """A bill as a till would sell it, message after message."""

    seed: int
    mix: str
    messages: tuple[Message, ...]


GOODS = {leat.COFFEE: 3_50, "CAKE": 4_49, "BEANS": 11_99, "MUG": 7_03}
_BILL = {"id": "<bill>", "currency": "<currency>"}


def trace_of(seed: int, mix: str) -> Trace:
    """Make up a trace; the same seed makes the same."""
    writer = _Writer(Random(f"{mix}/{seed}"), mix)
    return Trace(seed, mix, tuple(writer.write()))


class _Writer:
    def __init__(self, dice: Random, mix: str) -> None:
        self._dice = dice
        self._mix = mix
        self._paid = 0

    def write(self) -> list[Message]:
        dice = self._dice
        shown = self._cards("ann") if dice.random() < 0.7 else []
        messages = [Message("open", {"basket": self._basket(), "identifiers": shown})]
        messages += [self._gathering() for _ in range(dice.randint(0, 4))]
        messages += self._ready()
        if dice.random() < 0.25:
            messages += [Message("reopen"), self._gathering(), *self._ready()]
        return [*messages, *self._end()]

    def _basket(self) -> Json:
        dice = self._dice
        skus = dice.sample(sorted(GOODS), dice.randint(1, 3))
        lines = [
            flat_whites(
                dice.randint(1, 3),
                line_id=str(number),
                sku=sku,
                title=sku.capitalize(),
                unit_amount=GOODS[sku],
                categories=["drinks"] if sku == leat.COFFEE else ["food"],
            )
            for number, sku in enumerate(skus, 1)
        ]
        return {**_BILL, "lines": lines}

    def _cards(self, person: str) -> list[Json]:
        cards = {
            "leat": {"type": "card", "value": f"<{person}_leat_card>", "provider": "leat"},
            "wll": {"type": "card", "value": f"<{person}_wll_card>", "provider": "wll"},
            "loyale": {"type": "card", "value": f"<{person}_loyale_card>", "provider": "loyale"},
            "koupon": {"type": "card", "value": f"<{person}_koupon_card>", "provider": "koupon"},
        }
        kinds = {
            "leat": ["leat"],
            "dollars": ["leat", "loyale", "koupon"],
            "euros": ["leat", "wll"],
        }
        return [cards[kind] for kind in kinds[self._mix] if self._dice.random() < 0.8]

    # --- building -------------------------------------------------------------------------------

    def _gathering(self) -> Message:
        ways = [self._offer, self._offer, self._offer, self._tender, self._tender]
        ways += [self._no_offer, self._no_tender, self._identify, self._put_basket]
        return self._dice.choice(ways)()

    def _put_basket(self) -> Message:
        return Message("put_basket", {"basket": self._basket()})

    def _identify(self) -> Message:
        person = self._dice.choice(("ann", "ann", "bob"))
        return Message("identify", self._dice.choice(self._cards(person) or self._all(person)))

    def _all(self, person: str) -> list[Json]:
        return [{"type": "card", "value": f"<{person}_leat_card>", "provider": "leat"}]

    def _offer(self) -> Message:
        priced = {"type": "absolute", "amount": 1_00, "title": "1.00 off"}
        asked: list[Json] = [
            {"code": "<ann_voucher>"},
            {"code": "<ann_voucher>"},
            {"offer_id": f"leat:reward:{leat.REWARD_TWO_OFF}"},
            {"offer_id": f"leat:reward:{leat.REWARD_COFFEE}"},
            {"code": "<bob_voucher>"},
        ]
        more: dict[str, list[Json]] = {
            "leat": [],
            "dollars": [
                {"code": COUPON_CODE},
                {"code": "<ann_barcode>", "discount": priced},
                {"code": "<ann_barcode>", "discount": priced},
            ],
            "euros": [{"code": "<ann_redeem>"}, {"offer_id": "wll:voucher:<ann_benefit>"}] * 2,
        }
        return Message("apply_offer", self._dice.choice([*asked, *more[self._mix]]))

    def _no_offer(self) -> Message:
        ids = ["leat:voucher:<ann_voucher_id>", f"leat:reward:{leat.REWARD_TWO_OFF}"]
        ids += ["wll:voucher:<ann_benefit>"] if self._mix == "euros" else []
        return Message("remove_offer", subject=self._dice.choice(ids))

    def _tender(self) -> Message:
        dice = self._dice
        amount = dice.choice((None, 1_00, 2_50, 4_00))
        stored: list[Json] = [
            {"type": "giftcard", "reference": "<ann_giftcard>"},
            {"type": "giftcard", "reference": "<bob_giftcard>"},
            {"type": "prepaid"},
        ]
        more: dict[str, list[Json]] = {
            "leat": [],
            "dollars": [
                {"type": "giftcard", "reference": "<ann_second_giftcard>"},
                {"type": "points", "provider": "loyale"},
            ],
            "euros": [{"type": "wallet", "reference": "<ann_pay>"}],
        }
        chosen = {
            k: v for k, v in dice.choice([*stored, *more[self._mix]]).items() if k != "provider"
        }
        return Message("add_tender", chosen | ({"amount": amount} if amount else {}))

    def _no_tender(self) -> Message:
        return Message("remove_tender", subject=f"tnd_{self._dice.randint(1, 2)}")

    # --- paying ---------------------------------------------------------------------------------

    def _ready(self) -> list[Message]:
        self._flow = self._dice.choice(("two_step", "two_step", "one_step"))
        return [Message("ready", {"payment_flow": self._flow})]

    def _end(self) -> list[Message]:
        ways = [self._captured, self._captured, self._authorized, self._authorized, self._split]
        ways += [self._declined, self._voided, self._cancelled, self._paid_late]
        return self._dice.choice(ways)()

    def _captured(self) -> list[Message]:
        return [self._payment("captured", "all"), *self._aftermath()]

    def _authorized(self) -> list[Message]:
        first = self._payment("authorized", "all")
        return [first, self._again(first, "captured"), *self._aftermath()]

    def _split(self) -> list[Message]:
        half = self._payment("captured", "half", final=False, type="cash")
        return [half, self._payment("captured", "rest"), *self._aftermath()]

    def _declined(self) -> list[Message]:
        if self._dice.random() < 0.5:
            return [self._payment("declined", "all", final=True)]
        first = self._payment("declined", "all")
        return [first, self._payment("captured", "all"), *self._aftermath()]

    def _voided(self) -> list[Message]:
        first = self._payment("authorized", "all")
        return [first, Message("cancel", {"reason": "left"}), self._again(first, "voided")]

    def _cancelled(self) -> list[Message]:
        return [Message("cancel", {"reason": "left"})]

    def _paid_late(self) -> list[Message]:
        return [Message("cancel", {"reason": "left"}), self._payment("captured", "all")]

    def _payment(self, status: str, part: str, **more: Any) -> Message:
        self._paid += 1
        body = {"status": status, "type": "card", "reference": f"card-{self._paid}"} | more
        return Message("payment", body, part=part)

    def _again(self, first: Message, status: str) -> Message:
        return replace(first, body={**(first.body or {}), "status": status}, part="same")

    def _aftermath(self) -> list[Message]:
        ways = [[], [], [self._refund(1)], [self._refund(1), self._refund(2)], [self._refund(0)]]
        ways += [[self._corrected()], [Message("cancel", {"reason": "late"})]]
        return self._dice.choice(ways)

    def _refund(self, number: int) -> Message:
        body: Json = {"refund_id": f"r-{number}-<bill>", "reason": "cold"}
        if number:
            body["lines"] = [{"line_id": "1", "quantity": "1"}]
        return Message("refund", body)

    def _corrected(self) -> Message:
        body = {"status": "captured", "type": "cash", "reference": "card-1", "reason": "typo"}
        return Message("correct_payment", body, subject="pay_1", part="same")
