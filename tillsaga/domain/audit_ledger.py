"""Accounts: what a checkout took from a customer at each vendor, and what it gave, in T-form.

Taken stands on the left, given on the right, and each reversal opposite to what it takes back. A
sale that was given up or refunded must come to nothing, account by account.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from tillsaga.domain.audit_effects import ToldEffect, whole, words
from tillsaga.domain.audit_sale import ToldSale
from tillsaga.domain.holds import HOLDING
from tillsaga.domain.model import Json, Model
from tillsaga.domain.ports import EffectRecord
from tillsaga.domain.reversals import SALES

Book = Literal["used", "sold", "points", "pieces", "sales"]
"""Stored value that paid, stored value that was sold, points, vouchers and rewards, and whole
sales that a vendor was told of. Money is in minor units, points and pieces are whole."""
Standing = Literal["held", "committed", "reversed", "reversal", "kept"]
Proof = Literal["zero", "off", "unknown"]

_TAKEN, _GIVEN = -1, 1
_MONEY: dict[str, tuple[Book, int]] = {
    "charge_giftcard": ("used", _TAKEN),
    "charge_prepaid": ("used", _TAKEN),
    "refund_giftcard": ("used", _GIVEN),
    "refund_prepaid": ("used", _GIVEN),
    "load_giftcard": ("sold", _GIVEN),
    "topup_prepaid": ("sold", _GIVEN),
    "take_from_giftcard": ("sold", _TAKEN),
    "take_from_prepaid": ("sold", _TAKEN),
}
_PIECES = frozenset(
    {"lock_voucher", "redeem_voucher", "collect_reward", "redeem_reward", "redeem_coupon"}
    | {"burn_voucher"}
)
_USES_UP_A_LOCK = frozenset({"redeem_voucher"})


class Posting(Model):
    """One line of an account; `amount` is signed for the customer: what is taken is negative."""

    effect: int
    title: str
    amount: int
    standing: Standing


class Account(Model):
    """One account of one vendor.

    `must_be_zero`: the sale was given up or refunded, so that nothing may be left. `unsure` are
    effects of which nobody knows yet how they stand, so that nothing is proven.
    """

    provider: str
    book: Book
    postings: tuple[Posting, ...]
    unsure: tuple[int, ...] = ()
    must_be_zero: bool = False
    all_undone: bool = False
    """Each posting must be reversed by its own reversal, not made up for by another's."""

    @property
    def taken(self) -> tuple[Posting, ...]:
        """The left side."""
        return tuple(posting for posting in self.postings if posting.amount < 0)

    @property
    def given(self) -> tuple[Posting, ...]:
        """The right side."""
        return tuple(posting for posting in self.postings if posting.amount >= 0)

    @property
    def held(self) -> int:
        """What is held and may still be let go."""
        return self._sum("held")

    @property
    def committed(self) -> int:
        """What was done and stands."""
        return self._sum("committed")

    @property
    def reversed(self) -> int:
        """What was done and taken back."""
        return self._sum("reversed")

    @property
    def net(self) -> int:
        """What is left of all of it, signed for the customer, but for what is kept by plan."""
        return sum(each.amount for each in self.postings if each.standing != "kept")

    @property
    def off_by(self) -> int:
        """How far it is from nothing; with postings that make up for each other, what stands."""
        if self.net or not self.all_undone:
            return self.net
        return self.held + self.committed

    @property
    def proof(self) -> Proof | None:
        """Whether it comes to nothing, where it must."""
        if not self.must_be_zero:
            return None
        if self.unsure:
            return "unknown"
        return "off" if self.off_by else "zero"

    def _sum(self, standing: Standing) -> int:
        """Add up sizes: both sides of what stands would hide each other."""
        return sum(abs(each.amount) for each in self.postings if each.standing == standing)


@dataclass
class _Open:
    postings: list[Posting] = field(default_factory=list)
    unsure: list[int] = field(default_factory=list)


def accounts_of(
    effects: Sequence[ToldEffect],
    sale: ToldSale,
    records: Mapping[int, EffectRecord],
    view: Mapping[str, JsonValue],
    *,
    keeps_rewards: bool = False,
) -> list[Account]:
    """Write the accounts of all vendors.

    Args:
        effects: What the chain tells.
        sale: The same of the sale.
        records: The effect records by their numbers; they know what points a vendor's own sale
            spent, which no entry tells.
        view: The checkout as the API shows it: what was paid inside a vendor's own sale.
        keeps_rewards: The store leaves a pre-redeemed reward with the customer of a failed sale.
    """
    writer = _Writer(effects, sale, records, view, keeps_rewards)
    for effect in effects:
        writer.write(effect)
    return writer.accounts()


class _Writer:
    def __init__(
        self,
        effects: Sequence[ToldEffect],
        sale: ToldSale,
        records: Mapping[int, EffectRecord],
        view: Mapping[str, JsonValue],
        keeps_rewards: bool,
    ) -> None:
        self._sale, self._records, self._keeps_rewards = sale, records, keeps_rewards
        self._used_up = {
            (e.provider, e.subject)
            for e in effects
            if e.operation in _USES_UP_A_LOCK and e.do.is_applied
        }
        charging = [name for name, (book, _) in _MONEY.items() if book == "used"]
        charged = {e.provider for e in effects if e.operation in charging}
        self._inside = [t for t in _each(view, "tenders") if words(t, "provider") not in charged]
        self._open: dict[tuple[str, Book], _Open] = {}

    def write(self, effect: ToldEffect) -> None:
        """Post one effect to the accounts that it moves."""
        if effect.operation in _MONEY and effect.amount is not None:
            book, sign = _MONEY[effect.operation]
            self._post(effect, book, sign * effect.amount, -sign * effect.amount)
        if effect.operation in _PIECES and not self._is_used_up(effect):
            self._post(effect, "pieces", -1, 1)
        if effect.operation in SALES:
            self._post(effect, "sales", -1, 1)
            self._post_inside(effect)
        self._post_points(effect)

    def accounts(self) -> list[Account]:
        """Close them."""
        return [
            Account(
                provider=provider,
                book=book,
                postings=tuple(found.postings),
                unsure=tuple(dict.fromkeys(found.unsure)),
                must_be_zero=self._must_be_zero(book),
                all_undone=self._sale.is_given_up,
            )
            for (provider, book), found in sorted(self._open.items(), key=_in_order)
        ]

    def _must_be_zero(self, book: Book) -> bool:
        """A refunded sale stays told: its parts come back as returns."""
        return self._sale.is_given_up or (self._sale.is_refunded and book != "sales")

    def _is_used_up(self, effect: ToldEffect) -> bool:
        if effect.operation != "lock_voucher":
            return False
        # What was erased has no name any more; a sale that was made used its locks up.
        erased_and_sold = effect.subject is None and self._sale.status == "completed"
        return erased_and_sold or (effect.provider, effect.subject) in self._used_up

    def _post_points(self, effect: ToldEffect) -> None:
        spent = self._spent_inside(effect)
        if effect.do.points is None and spent is None:
            return
        did = (effect.do.points or 0) - (spent or 0)
        undid = effect.undo.points if effect.undo else None
        if did or undid:
            self._post(effect, "points", did, -did if undid is None else undid)

    def _spent_inside(self, effect: ToldEffect) -> int | None:
        record = self._records.get(effect.number)
        done = record.do.done if record else None
        return whole(done.data, "points_redeemed") if done else None

    def _post_inside(self, effect: ToldEffect) -> None:
        """Post what paid inside the vendor's own sale, which has no effect of its own."""
        for tender in self._inside:
            amount = whole(tender, "amount")
            if words(tender, "provider") != effect.provider or not amount:
                continue
            if words(tender, "type") == "points" or not effect.do.is_applied:
                continue
            back = words(tender, "status") == "reversed"
            self._put(effect, "used", -amount, "reversed" if back else "committed")
            if back:
                self._put(effect, "used", amount, "reversal")

    def _post(self, effect: ToldEffect, book: Book, did: int, undid: int) -> None:
        if effect.is_unsure:
            self._account(effect, book).unsure.append(effect.number)
        if effect.is_undone and effect.do.is_applied:
            self._put(effect, book, did, "reversed")
            self._put(effect, book, undid, "reversal")
        elif effect.do.is_applied:
            self._put(effect, book, did, self._standing(effect))

    def _standing(self, effect: ToldEffect) -> Standing:
        if effect.operation == "lock_voucher":
            return "held"
        is_reward = effect.operation == "pre_redeem_reward"
        if is_reward and self._keeps_rewards and self._sale.is_given_up:
            return "kept"
        is_held = effect.operation in HOLDING and not self._sale.has_ended
        return "held" if is_held else "committed"

    def _put(self, effect: ToldEffect, book: Book, amount: int, standing: Standing) -> None:
        posting = Posting(
            effect=effect.number, title=effect.title, amount=amount, standing=standing
        )
        self._account(effect, book).postings.append(posting)

    def _account(self, effect: ToldEffect, book: Book) -> _Open:
        return self._open.setdefault((effect.provider, book), _Open())


_ORDER: tuple[Book, ...] = ("used", "sold", "points", "pieces", "sales")


def _in_order(opened: tuple[tuple[str, Book], _Open]) -> tuple[str, int]:
    (provider, book), _ = opened
    return provider, _ORDER.index(book)


def _each(view: Mapping[str, JsonValue], name: str) -> Iterable[Json]:
    items = view.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
