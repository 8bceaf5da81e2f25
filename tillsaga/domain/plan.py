"""What the payment will set in motion, in order."""

from collections.abc import Iterator

from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import OPERATIONS, Effect, Stage, Step
from tillsaga.domain.model import Json, Model
from tillsaga.domain.offers import NOBODY, Offer, Tender
from tillsaga.domain.sale import PaidPart, Sale, SoldLine, SoldOffer, UsedTender

Planned = tuple[str, Step, int | None]
"""Provider, step and amount in minor units."""


class SealStep(Model):
    """One step of the seal, and the offer that it spends unless it is a vendor's whole sale."""

    provider: str
    step: Step
    offer_id: str | None = None

    @property
    def rank(self) -> int:
        """Its place: what may change the price first, what needs the final price last."""
        return OPERATIONS[self.step.operation].rank


def seal_steps(checkout: Checkout) -> list[SealStep]:
    """What cannot be undone, or needs the final price, and so runs just before the capture."""
    offers = [
        SealStep(provider=offer.provider, step=step, offer_id=offer.id)
        for offer, step in _commits(checkout, Stage.SEAL)
    ]
    sales = [
        SealStep(provider=provider, step=step)
        for provider, step in checkout.earning.items()
        if OPERATIONS[step.operation].rank and spends(checkout, provider)
    ]
    return sorted([*offers, *sales], key=lambda sealed: sealed.rank)


def spends(checkout: Checkout, provider: str) -> bool:
    """Whether the vendor's own sale transaction spends something of the customer's."""
    return any(_spent_offers(checkout, provider)) or any(_planned(checkout, provider))


def _spent_offers(checkout: Checkout, provider: str) -> Iterator[Offer]:
    """What the vendor's own sale transaction uses up; not what the store bears by itself."""
    counting = (o for o in checkout.counting_offers() if o.provider == provider)
    return (o for o in counting if o.sealed_by_sale and not o.honoured)


def spends_points_only(checkout: Checkout, provider: str) -> bool:
    """Whether a return at that vendor would restore all that its transaction spends."""
    tenders = list(_planned(checkout, provider))
    return not any(_spent_offers(checkout, provider)) and all(t.type == "points" for t in tenders)


def _planned(checkout: Checkout, provider: str) -> Iterator[Tender]:
    mine = (t for t in checkout.tenders if t.provider == provider and t.planned)
    return (t for t in mine if t.pays and not t.honoured)


def is_closed(checkout: Checkout, provider: str) -> bool:
    """Whether the vendor's sale transaction stands for good: only a failed sale takes it back."""
    effect = checkout.sale_effect(provider)
    if effect is None or not effect.sealed:
        return False
    if effect.status != "applied":
        return effect.status in ("in_doubt", "manual")
    for_good = effect.nature.reversibility == "irreversible"
    return for_good or (effect.done is not None and effect.done.binding)


def _commits(checkout: Checkout, stage: Stage) -> list[tuple[Offer, Step]]:
    offers = [o for o in checkout.counting_offers() if not o.honoured]
    steps = [(o, o.commit) for o in offers if o.commit is not None]
    return [(o, step) for o, step in steps if OPERATIONS[step.operation].stage is stage]


def offer_steps(checkout: Checkout) -> list[tuple[Offer, Step]]:
    """The commit step, after the payment, of each offer that counts."""
    return _commits(checkout, Stage.COMMIT)


def delivery_steps(checkout: Checkout) -> list[list[Planned]]:
    """How sold stored value is delivered: one list of consecutive steps per line."""
    return [
        [
            (checkout.sale_providers[line_id], step, line_amount(checkout, line_id))
            for step in sale.steps
        ]
        for line_id, sale in checkout.sales.items()
    ]


def earn_steps(checkout: Checkout) -> list[Planned]:
    """What is reported at the end, and may wait for days."""
    mails = [
        (checkout.sale_providers[line_id], step, None)
        for line_id, sale in checkout.sales.items()
        for step in sale.later
    ]
    orders = [
        (provider, step, None)
        for provider, step in checkout.earning.items()
        if not is_sealed(checkout, provider, step)
    ]
    return [*mails, *orders]


def is_sealed(checkout: Checkout, provider: str, step: Step) -> bool:
    """Whether the vendor's sale transaction ran before the capture."""
    effect = checkout.effect(step.operation, provider, step.subject)
    standing = ("applied", "in_doubt", "manual")
    return effect is not None and effect.sealed and effect.status in standing


def earning_amount(checkout: Checkout) -> int:
    """What of this sale may earn points: products after discounts, minor units."""
    saved: dict[str, int] = {}
    for _, amounts in checkout.offer_savings():
        for line_id, amount in amounts.items():
            saved[line_id] = saved.get(line_id, 0) + amount
    lines = checkout.basket.lines if checkout.basket else ()
    earning = (line for line in lines if line.type == "product" and line.earns_points)
    return max(0, sum(line.amount - saved.get(line.line_id, 0) for line in earning))


def line_amount(checkout: Checkout, line_id: str) -> int | None:
    """The price of a line, minor units."""
    lines = checkout.basket.lines if checkout.basket else ()
    return next((line.amount for line in lines if line.line_id == line_id), None)


def plan(checkout: Checkout) -> list[Json]:
    """List what has been done and what the payment would do, in order, with reversibility."""
    before = [_shown_effect(e) for e in checkout.effects if e.may_stand]
    if checkout.status not in ("open", "ready"):
        return before
    sealed = [(s.provider, s.step, None) for s in seal_steps(checkout) if not _ran(checkout, s)]
    first = [_shown_step(checkout, planned) | {"stage": "seal"} for planned in sealed]
    commits: list[Planned] = [(o.provider, step, None) for o, step in offer_steps(checkout)]
    commits += [planned for steps in delivery_steps(checkout) for planned in steps]
    pivot: Json = {"operation": "payment", "amount": checkout.payable_amount, "stage": "pivot"}
    sealing = {provider for provider, _, _ in sealed}
    earns = [planned for planned in earn_steps(checkout) if not _seals(planned, sealing)]
    later = [_shown_step(checkout, planned) for planned in [*commits, *earns, *_points(checkout)]]
    return [*before, *first, pivot, *later]


def _points(checkout: Checkout) -> list[Planned]:
    """Goods that are worth more than what is sold for them take their points with them."""
    if checkout.basket is None or not sale_of(checkout).returns_more:
        return []
    members = checkout.members.values()
    return [
        (m.provider, Step(operation="return_goods", subject=m.member_id), None) for m in members
    ]


def _ran(checkout: Checkout, sealed: SealStep) -> bool:
    effect = checkout.effect(sealed.step.operation, sealed.provider, sealed.step.subject)
    return effect is not None and effect.status == "applied"


def _seals(planned: Planned, sealing: set[str]) -> bool:
    provider, step, _ = planned
    return provider in sealing and OPERATIONS[step.operation].rank > 0


def _shown_effect(effect: Effect) -> Json:
    return {
        "id": effect.id,
        "operation": effect.operation,
        "provider": effect.provider,
        "stage": (Stage.SEAL if effect.sealed else effect.nature.stage).value,
        "reversibility": effect.nature.reversibility,
        "amount": effect.amount,
        "status": effect.status,
    }


def _shown_step(checkout: Checkout, planned: Planned) -> Json:
    provider, step, amount = planned
    nature = OPERATIONS[step.operation]
    latest = checkout.effect(step.operation, provider, step.subject)
    generation = latest.generation + 1 if latest else 1
    return {
        "id": f"{step.operation}:{provider}:{step.subject}#{generation}",
        "operation": step.operation,
        "provider": provider,
        "stage": nature.stage.value,
        "reversibility": nature.reversibility,
        "amount": amount,
        "status": "planned",
    }


def sale_of(checkout: Checkout) -> Sale:
    """Write the sale as vendors are told of it; what was lost at commit no longer counts."""
    basket = checkout.basket
    assert basket is not None, "only a basket can be sold"
    paid_at = checkout.paid_at or checkout.updated_at
    offers = checkout.offer_savings()
    saved: dict[str, int] = {}
    for _, amounts in offers:
        for line_id, amount in amounts.items():
            saved[line_id] = saved.get(line_id, 0) + amount
    totals = checkout.totals()
    return Sale(
        checkout_id=checkout.id,
        store_id=checkout.terms.store_id,
        terminal_id=checkout.terminal_id,
        cashier_id=checkout.cashier_id,
        receipt_number=checkout.receipt_number,
        currency=checkout.currency,
        basket_id=basket.id,
        lines=tuple(
            SoldLine(
                line=line.model_copy(update={"reference": None, "recipient": None}),
                discount_amount=saved.get(line.line_id, 0),
                total_amount=line.amount - saved.get(line.line_id, 0),
                **_sold(checkout, line.line_id),
            )
            for line in basket.lines
        ),
        charges=basket.charges,
        offers=tuple(_sold_offer(checkout, offer, amounts) for offer, amounts in offers),
        tenders=tuple(_used_tenders(checkout)),
        payments=tuple(
            PaidPart(type=p.type, amount=p.amount) for p in checkout.payments if p.covers
        ),
        external_vouchers=basket.external_vouchers,
        members={m.provider: m.member_id for m in checkout.members.values()},
        basket_amount=totals.basket_amount,
        discount_amount=totals.discount_amount,
        tax_amount=totals.tax_amount,
        total_amount=totals.basket_amount - totals.discount_amount + totals.tax_amount,
        due_amount=checkout.payable_amount,
        paid_at=paid_at,
    )


def _sold(checkout: Checkout, line_id: str) -> dict[str, str | None]:
    sale = checkout.sales.get(line_id)
    if sale is None or not sale.steps:
        return {}
    step = sale.steps[-1]
    effect = checkout.effect(step.operation, checkout.sale_providers[line_id], step.subject)
    reference = effect.done.transaction_id if effect and effect.done else None
    return {"sold_operation": step.operation, "sold_reference": reference}


def _sold_offer(checkout: Checkout, offer: Offer, amounts: dict[str, int]) -> SoldOffer:
    if offer.honoured:
        # The store bears it, so to every vendor it is somebody else's.
        return SoldOffer(
            offer_id=offer.id,
            provider=NOBODY,
            kind=offer.kind,
            title=offer.title,
            line_amounts=amounts,
        )
    step = offer.commit or offer.hold
    effect = checkout.effect(step.operation, offer.provider, step.subject) if step else None
    done = effect.done if effect else None
    return SoldOffer(
        offer_id=offer.id,
        provider=offer.provider,
        kind=offer.kind,
        title=offer.title,
        line_amounts=amounts,
        redemption_operation=step.operation if step else None,
        redemption_reference=(done.transaction_id or done.reference) if done else None,
        honoured=offer.honoured,
        data=offer.data,
    )


def _used_tenders(checkout: Checkout) -> list[UsedTender]:
    used = []
    for tender in checkout.tenders:
        if tender.honoured or tender.status not in ("charged", "planned"):
            continue  # what was lost after the payment, the store bears
        # A planned tender is paid by the very transaction that is told of it.
        effect = None if tender.planned else checkout.tender_effect(tender)
        transaction = effect.done.transaction_id if effect and effect.done else None
        used.append(
            UsedTender(
                type=tender.type,
                provider=tender.provider,
                amount=tender.amount,
                transaction_id=transaction,
                points=tender.points,
                data=tender.data,
            )
        )
    return used
