"""The checkout: its state, what each status allows, and what the till sees of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from tillsaga.domain.attention import ALL_ACTIONS as ALL_ACTIONS
from tillsaga.domain.attention import BY_HAND as BY_HAND
from tillsaga.domain.attention import Attention, SettledCase, actions_for
from tillsaga.domain.basket import Basket
from tillsaga.domain.discounts import savings
from tillsaga.domain.effects import Concern, Effect, EffectOrder, Step
from tillsaga.domain.holds import Release
from tillsaga.domain.limits import Limits
from tillsaga.domain.messages import GivenOffer, PaymentFlow, PaymentReport, PaymentStatus
from tillsaga.domain.model import Instant, Json, Model, MutableModel
from tillsaga.domain.offers import Identifier, Member, Offer, Tender
from tillsaga.domain.ports import SaleStep
from tillsaga.domain.refunds import Refund
from tillsaga.domain.returns import GoodsReturn
from tillsaga.errors import Refusal

Status = Literal["open", "ready", "completing", "completed", "cancelling", "cancelled", "expired"]
Instruction = Literal["capture", "void", "collect", "refund", "wait"]
_FROZEN: frozenset[Status] = frozenset({"ready", "completing", "completed"})
FINAL: frozenset[Status] = frozenset({"completed", "cancelled", "expired"})

ALLOWED: dict[Status, tuple[str, ...]] = {
    "open": (
        "put_basket",
        "identify",
        "apply_offer",
        "remove_offer",
        "add_tender",
        "remove_tender",
        "ready",
        "heartbeat",
        "correct_payment",
        "cancel",
    ),
    "ready": ("payment", "correct_payment", "identify", "reopen", "ready", "heartbeat", "cancel"),
    "completing": ("payment", "correct_payment"),
    "completed": ("correct_payment", "claim", "refund", "receipt"),
    "cancelling": ("payment", "correct_payment", "cancel"),
    "cancelled": ("open", "payment", "correct_payment", "cancel"),
    "expired": ("open", "payment", "correct_payment", "cancel"),
}
"""What a till may ask in each status; everything may be read in all of them."""


class ProviderTerms(Model):
    """One vendor of the store as the workflow needs to know it."""

    name: str
    kind: str


class Terms(Model):
    """What a store's configuration decides about a checkout, fixed when it starts."""

    store_id: str
    currency: str
    timezone: str = "UTC"
    providers: tuple[ProviderTerms, ...]
    abandon_after: timedelta = timedelta(minutes=15)
    answer_budget: timedelta = timedelta(seconds=2)
    in_doubt_after: timedelta = timedelta(seconds=20)
    payment_flow: PaymentFlow = "two_step"
    offers: Literal["best_effort", "all_or_none"] = "best_effort"
    on_vendor_down: Literal["sell_without", "refuse"] = "sell_without"
    in_doubt: Literal["honour", "refuse"] = "honour"
    pre_redeemed_on_failure: Literal["give_back", "keep"] = "give_back"
    late_offers: Literal["honour", "charge_store", "review"] = "review"
    spent_points_on_refund: Literal["negative", "floor", "review"] = "negative"
    spent_value_on_refund: Literal["refuse", "take_what_is_left", "review"] = "refuse"
    webhooks: bool = False
    """Whether anybody listens to what happens at the store."""
    limits: Limits | None = None


class Payment(MutableModel):
    """One payment of the till, by its reference."""

    id: str
    status: PaymentStatus | Literal["unmatched"]
    type: str
    amount: int
    reference: str
    tip_amount: int = 0
    rounding_amount: int = 0
    final: bool = True
    sold_late: bool = False
    """It came after the end with an amount that does not fit, and the sale stands for its sake."""
    former_references: list[str] = Field(default_factory=list)
    """Wrong ones that were corrected: the till's old report is still known by them."""

    @property
    def covers(self) -> bool:
        """Whether it counts towards what is due."""
        return self.status in ("authorized", "captured")


class Earned(Model):
    """Points earned by the sale."""

    provider: str
    points: int | None
    balance_after: int | None


class Degraded(Model):
    """A vendor that is absent from this answer, and why."""

    provider: str
    reason: str


class Appended(Model):
    """The latest selection that a customer made in a vendor's app.

    `digest` names the vendor's message; `offer_ids` are the offers that it put on the bill.
    """

    digest: str
    offer_ids: tuple[str, ...] = ()
    appended_at: Instant


class GiveBack(Model):
    """An external payment that the till must give back."""

    payment_id: str | None = None
    tender_id: str | None = None
    type: str
    amount: int


EXCHANGE = "exchange"
"""Goods taken back on the bill, as a means of payment."""


class Totals(Model):
    """The sums, minor units. basket - discount + fees + tax - tender - paid = due."""

    basket_amount: int = 0
    discount_amount: int = 0
    fees_amount: int = 0
    tax_amount: int = 0
    tender_amount: int = 0
    paid_amount: int = 0
    due_amount: int = 0

    @property
    def owed_amount(self) -> int:
        """The bill after discounts, before anybody has paid."""
        return self.basket_amount - self.discount_amount + self.fees_amount + self.tax_amount


class ClosedBill(MutableModel):
    """What the till said of a bill that it had closed without us, until it is `gathered`."""

    identifiers: tuple[Identifier, ...] = ()
    codes: tuple[str, ...] = ()
    offers: tuple[GivenOffer, ...] = ()
    paid_in_full: bool = False
    """The till listed no payments."""
    built: bool = False
    """A till had opened the checkout, and built on it, before."""
    customer_known: bool = False
    """Somebody was identified then: what is held is held for them."""
    given_up: bool = False
    """It had ended without a sale: its effects are to be taken again."""
    gathered: bool = False


class Checkout(MutableModel):
    """The whole state of one checkout. Its workflow is the only one who changes it."""

    id: str
    previous_id: str | None = None
    terms: Terms
    status: Status = "open"
    version: int = 0
    instruction: Instruction | None = None
    terminal_id: str = ""
    cashier_id: str | None = None
    receipt_number: str | None = None
    basket: Basket | None = None
    members: dict[str, Member] = Field(default_factory=dict)
    offers: list[Offer] = Field(default_factory=list)
    tenders: list[Tender] = Field(default_factory=list)
    sales: dict[str, SaleStep] = Field(default_factory=dict)
    sale_providers: dict[str, str] = Field(default_factory=dict)
    earning: dict[str, Step] = Field(default_factory=dict)
    fees: dict[str, int] = Field(default_factory=dict)
    payments: list[Payment] = Field(default_factory=list)
    effects: list[Effect] = Field(default_factory=list)
    earned: list[Earned] = Field(default_factory=list)
    degraded: list[Degraded] = Field(default_factory=list)
    absent: dict[str, tuple[Identifier, ...]] = Field(default_factory=dict)
    """Vendors that have not answered, with what the customer showed: they are asked again."""
    attention: list[Attention] = Field(default_factory=list)
    cases: int = 0
    """How many attention items there have been; their ids are never used again."""
    settled: list[SettledCase] = Field(default_factory=list)
    """Cases that a person has decided about, for the audit."""
    give_back: list[GiveBack] = Field(default_factory=list)
    refunds: list[Refund] = Field(default_factory=list)
    releases: list[Release] = Field(default_factory=list)
    """The holds that support has freed, and why."""
    returned: GoodsReturn | None = None
    """It carries a return without a sale: nothing was sold, and its one refund is that return."""
    claim_link: str | None = None
    slip: str | None = None
    """The QR code by which a vendor's app finds the open bill."""
    appended: dict[str, Appended] = Field(default_factory=dict)
    """What customers picked in vendors' apps, by provider."""
    announced: list[str] = Field(default_factory=list)
    """The keys of what those who listen have been told; see `domain/news.py`."""
    payment_flow: PaymentFlow = "two_step"
    added_tax_amount: int = 0
    paid_at: Instant | None = None
    closed: ClosedBill | None = None
    runs: list[str] = Field(default_factory=list)
    """Temporal's ids of the runs that have carried it: each alone knows what it has answered."""
    generation: int = 1
    """Grows when effects are taken again after the checkout had ended."""
    sequence: int = 0
    reason: str | None = None
    created_at: Instant
    updated_at: Instant
    active_at: Instant

    # --- reading --------------------------------------------------------------------------------

    @property
    def currency(self) -> str:
        """The store's currency."""
        return self.terms.currency

    @property
    def is_final(self) -> bool:
        """Whether the till has nothing more to do."""
        return self.status in FINAL

    @property
    def paid_something(self) -> bool:
        """Whether anything is authorised or captured: then no clock undoes the checkout."""
        return any(p.covers or p.status == "unmatched" for p in self.payments)

    @property
    def captured(self) -> bool:
        """Whether the customer has paid something."""
        return any(p.status in ("captured", "unmatched") for p in self.payments)

    @property
    def expires_at(self) -> datetime | None:
        """When silence gives the checkout up; None once money is on its way."""
        if self.status not in ("open", "ready") or self.paid_something:
            return None
        return self.active_at + self.terms.abandon_after

    def provider_kind(self, provider: str) -> str:
        """The vendor kind of a provider name."""
        return next(p.kind for p in self.terms.providers if p.name == provider)

    def offer(self, offer_id: str) -> Offer | None:
        """Find an offer by id."""
        return next((o for o in self.offers if o.id == offer_id), None)

    def tender(self, tender_id: str) -> Tender | None:
        """Find a tender by id."""
        return next((t for t in self.tenders if t.id == tender_id), None)

    def payment(self, reference: str) -> Payment | None:
        """Find a payment by the till's reference, or by one that was corrected since."""
        own = (p for p in self.payments if p.reference == reference)
        former = (p for p in self.payments if reference in p.former_references)
        return next(own, None) or next(former, None)

    def effect(self, operation: str, provider: str, subject: str) -> Effect | None:
        """Find the latest generation of an effect."""
        found = (
            e
            for e in reversed(self.effects)
            if (e.operation, e.provider, e.subject) == (operation, provider, subject)
        )
        return next(found, None)

    def sale_effect(self, provider: str) -> Effect | None:
        """Find the latest generation of a vendor's own sale transaction."""
        step = self.earning.get(provider)
        return self.effect(step.operation, provider, step.subject) if step else None

    def tender_effect(self, tender: Tender) -> Effect | None:
        """Find the effect that charged a tender, or will."""
        if tender.planned:
            return self.sale_effect(tender.provider)
        return self.effect(tender.operation, tender.provider, tender.subject)

    def counting_offers(self) -> list[Offer]:
        """The offers that lower the price, in their declared order."""
        return sorted((o for o in self.offers if o.counts), key=lambda o: o.sequence or 0)

    def offer_savings(self) -> list[tuple[Offer, dict[str, int]]]:
        """What each counting offer takes off, per line."""
        if self.basket is None:
            return []
        offers = self.counting_offers()
        discounts = [(o.discount, o.quantity) for o in offers if o.discount]
        saved = iter(savings(self.basket, [d for d, times in discounts for _ in range(times)]))
        return [(o, _summed(saved, o.quantity) if o.discount else {}) for o in offers]

    def totals(self) -> Totals:
        """Add everything up; `due_amount` is what the till still has to collect."""
        if self.basket is None:
            return Totals()
        basket = self.basket.amount
        discount = sum(sum(saved.values()) for _, saved in self.offer_savings())
        tax = self.added_tax_amount + self.basket.added_tax_amount
        tender = sum(t.amount for t in self.tenders if t.pays)
        paid = sum(p.amount for p in self.payments if p.status == "captured")
        fees = sum(self.fees.values())
        return Totals(
            basket_amount=basket,
            discount_amount=discount,
            fees_amount=fees,
            tax_amount=tax,
            tender_amount=tender,
            paid_amount=paid,
            due_amount=max(0, basket - discount + fees + tax - tender - paid),
        )

    @property
    def money_back(self) -> list[GiveBack]:
        """What the till hands out: payments, and goods worth more than what is sold for them."""
        sells = self.status in ("open", "ready", "completing", "completed")
        over = -self.totals().owed_amount
        if self.returned is not None or not sells or over <= 0:
            return self.give_back
        return [*self.give_back, GiveBack(type=EXCHANGE, amount=over)]

    @property
    def payable_amount(self) -> int:
        """What the till's payments must cover in all: due before any of them."""
        totals = self.totals()
        return max(0, totals.owed_amount - totals.tender_amount)

    @property
    def covered_amount(self) -> int:
        """What authorised and captured payments cover."""
        return sum(p.amount for p in self.payments if p.covers)

    @property
    def allowed_actions(self) -> tuple[str, ...]:
        """What a till may ask now: what the status allows, as far as its payments let it.

        An authorisation that the sale could not use is still to be voided, and what a correction
        left unpaid is still to be collected; what is paid for, or closed for good at a vendor, is
        not built on any more.
        """
        allowed = ALLOWED[self.status]
        to_void = any(p.status in ("authorized", "unmatched") for p in self.payments)
        if (self.status == "open" and to_void) or self.instruction == "collect":
            allowed = tuple(dict.fromkeys((*allowed, "payment")))
        if self.paid_something or self.closed_for_good:
            allowed = tuple(action for action in allowed if action != "reopen")
        return allowed

    @property
    def closed_for_good(self) -> Effect | None:
        """The sale transaction by which a vendor has, or may have, closed the bill for good."""
        for effect in self.effects:
            whole = effect.sealed_as is not None and effect.nature.reversibility == "irreversible"
            if whole and (effect.may_stand or effect.status == "manual"):
                return effect
        return None

    # --- deciding -------------------------------------------------------------------------------

    def require(self, action: str) -> None:
        """Refuse an action that the status does not allow.

        Raises:
            Refusal: `state_conflict`, `basket_frozen` or `already_committed`.
        """
        if self.returned is not None:
            raise Refusal("state_conflict", "it carries a return: nothing was sold")
        if action in ALLOWED[self.status]:
            return
        if action == "cancel" and self.status in ("completing", "completed"):
            raise Refusal("already_committed", "the sale is committed; use a refund")
        if action in ("put_basket", "apply_offer", "remove_offer") and self.status in _FROZEN:
            raise Refusal("basket_frozen", "the basket is frozen; reopen it while it is ready")
        raise Refusal("state_conflict", f"not possible while the checkout is {self.status}")

    # --- changing -------------------------------------------------------------------------------

    def next_sequence(self) -> int:
        """Number things in the order in which the till asked for them."""
        self.sequence += 1
        return self.sequence

    def reprice(self) -> None:
        """Write each offer's saving; what an available one would save is not counted."""
        for offer in self.offers:
            offer.saving_amount = 0
        for offer, saved in self.offer_savings():
            offer.saving_amount = sum(saved.values())

    def is_leaving(self, operation: str, provider: str, subject: str) -> bool:
        """Whether an earlier generation of an effect is still being taken back."""
        same = (operation, provider, subject)
        return any(
            effect.is_leaving and (effect.operation, effect.provider, effect.subject) == same
            for effect in self.effects
        )

    def start_effect(
        self, provider: str, step: Step, *, amount: int | None = None, reuse: bool = True
    ) -> Effect:
        """Register an effect before it is asked for, so that its undo is known.

        The latest generation is met again unless it has ended without effect; then the next one
        begins, under a key of its own.
        """
        latest = self.effect(step.operation, provider, step.subject)
        if latest and reuse and latest.may_stand and latest.wanted:
            return latest
        effect = Effect(
            operation=step.operation,
            provider=provider,
            kind=self.provider_kind(provider),
            subject=step.subject,
            generation=latest.generation + 1 if latest else 1,
            amount=amount,
            request=step.request,
        )
        self.effects.append(effect)
        return effect

    def order_for(self, effect: Effect, *, patient: bool) -> EffectOrder:
        """Write the order for an effect's activity, with what came before on its subject."""
        prior: dict[str, Json] = {}
        for earlier in self.effects:
            same = (earlier.provider, earlier.subject) == (effect.provider, effect.subject)
            if same and earlier is not effect and earlier.done:
                data = dict(earlier.done.data)
                data.setdefault("reference", earlier.done.reference)
                prior[earlier.operation] = data
        if parts := self._earlier_parts(effect):
            prior[effect.operation] = {"parts": [*parts]}
        return EffectOrder(
            checkout_id=self.id,
            store_id=self.terms.store_id,
            provider=effect.provider,
            kind=effect.kind,
            operation=effect.operation,
            subject=effect.subject,
            generation=effect.generation,
            amount=effect.amount,
            request=effect.request,
            prior=prior,
            terminal_id=self.terminal_id or None,
            cashier_id=self.cashier_id,
            patient=patient,
        )

    def _earlier_parts(self, effect: Effect) -> list[Json]:
        """What earlier refunds gave back of the same effect, in the vendor's words."""
        of = effect.request.get("of")
        return [
            earlier.done.data
            for earlier in self.effects
            if of is not None
            and (earlier.provider, earlier.operation) == (effect.provider, effect.operation)
            and earlier is not effect
            and earlier.subject != effect.subject
            and earlier.request.get("of") == of
            and earlier.done
        ]

    def open_attention(
        self,
        code: str,
        detail: str,
        now: datetime,
        *,
        effect: Effect | None = None,
        amount: int | None = None,
        again: bool = False,
        actions: tuple[str, ...] | None = None,
    ) -> None:
        """Put something before a person: once for each effect, unless `again` allows more.

        `actions`: where the store's policy leaves less to them than the code and the effect do.
        """
        effect_id = effect.id if effect else None
        known = any(a.code == code and a.effect_id == effect_id for a in self.attention if effect)
        if known and not again:
            return
        self.cases += 1
        self.attention.append(
            Attention(
                id=f"att_{self.cases}",
                code=code,
                effect_id=effect_id,
                detail=detail,
                amount=amount if amount is not None else (effect.amount if effect else None),
                opened_at=now,
                allowed_actions=actions or actions_for(code, effect),
            )
        )

    def raise_concern(self, effect: Effect, concern: Concern, now: datetime) -> None:
        """Open a case for each thing of its own that the vendor's yes left to a person."""
        words = f"{effect.nature.title}: {concern.detail}"
        # A person has decided about a settled one: an undo that is read again is no news.
        cases = [*self.attention, *(settled.case for settled in self.settled)]
        known = [(a.code, a.effect_id, a.detail, a.amount) for a in cases]
        if (concern.code, effect.id, words, concern.amount) not in known:
            self.open_attention(
                concern.code, words, now, effect=effect, amount=concern.amount, again=True
            )

    def record_payment(self, report: PaymentReport) -> Payment:
        """Write or update the payment of a reference."""
        payment = self.payment(report.reference)
        if payment is None:
            payment = Payment(
                id=f"pay_{len(self.payments) + 1}",
                status=report.status,
                type=report.type,
                amount=report.amount,
                reference=report.reference,
            )
            self.payments.append(payment)
        payment.status = report.status
        payment.type = report.type
        payment.amount = report.amount
        payment.tip_amount = report.tip_amount
        payment.rounding_amount = report.rounding_amount
        payment.final = report.is_final
        return payment


def _summed(saved: Iterator[dict[str, int]], times: int) -> dict[str, int]:
    """Add up what one offer saves, taken several times."""
    total: dict[str, int] = {}
    for _ in range(times):
        for line_id, amount in next(saved).items():
            total[line_id] = total.get(line_id, 0) + amount
    return total
