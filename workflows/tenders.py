"""Tenders: a vendor's stored value that pays a part, charged as soon as the till asks."""

from contextlib import suppress

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout
    from tillsaga.domain.effects import Done, Effect, Step, reservation
    from tillsaga.domain.limits import check_new_tender, check_tender_amount, tender_room
    from tillsaga.domain.messages import AddTender, RemoveTender
    from tillsaga.domain.offers import Tender
    from tillsaga.domain.plan import is_closed
    from tillsaga.domain.ports import FoundTender
    from tillsaga.domain.reads import FindTender, TenderAnswer
    from tillsaga.domain.tokens import masked
    from tillsaga.errors import Refusal

from workflows.effects import Effects
from workflows.refusals import BEING_TAKEN_BACK, refusal_for, require_basket
from workflows.vendors import Vendors


class Tenders:
    """The tenders of one checkout."""

    def __init__(self, checkout: Checkout, effects: Effects, vendors: Vendors) -> None:
        """Take the checkout and the ways to its vendors."""
        self._checkout = checkout
        self._effects = effects
        self._vendors = vendors

    async def add(self, message: AddTender) -> Tender:
        """Charge a stored value now, where the vendor allows it."""
        checkout = self._checkout
        checkout.require("add_tender")
        require_basket(checkout)
        provider, answer = await self._found(message)
        found = answer.found
        assert found is not None, "a tender that was not found is refused before"
        known = self._standing(message, provider, found)
        if known is not None:
            if message.amount in (None, known.amount):
                return known
            raise Refusal("tender_exists", "the same card pays another amount; remove it first")
        check_new_tender(checkout)
        if found.planned and is_closed(checkout, provider):
            raise Refusal("tender_refused", "the vendor has closed its part of this bill for good")
        if checkout.is_leaving(found.step.operation, provider, found.subject):
            raise BEING_TAKEN_BACK
        amount = self._amount(message, provider, answer)
        tender = Tender(
            id=f"tnd_{len(checkout.tenders) + 1}",
            type=message.type,
            provider=provider,
            subject=found.subject,
            masked=masked(message.reference),
            amount=amount,
            operation=found.step.operation,
            request=found.step.request,
            planned=found.planned,
            points=found.points if amount == found.available_amount else None,
            data=found.data,
            sequence=checkout.next_sequence(),
        )
        checkout.tenders.append(tender)
        await self._charge(tender, found.available_amount)
        return tender

    def _standing(self, message: AddTender, provider: str, found: FoundTender) -> Tender | None:
        key = (message.type, provider, found.subject)
        same = (t for t in self._checkout.tenders if (t.type, t.provider, t.subject) == key)
        return next((t for t in same if t.pays), None)

    async def _found(self, message: AddTender) -> tuple[str, TenderAnswer]:
        checkout = self._checkout
        failure = None
        for name in self._vendors.names:
            order = FindTender(
                checkout_id=checkout.id,
                patience=self._vendors.patience,
                store_id=checkout.terms.store_id,
                terminal_id=checkout.terminal_id,
                provider=name,
                type=message.type,
                reference=message.reference,
                member=checkout.members.get(name),
                basket=checkout.basket,
                due_amount=checkout.totals().due_amount,
            )
            answer = await self._vendors.find_tender(order)
            if answer.found is not None:
                return name, answer
            # Another vendor's no says nothing while one that may have it does not answer.
            if answer.failure and (failure is None or answer.failure.code == "vendor_unavailable"):
                failure = answer.failure
        if failure is not None:
            raise Refusal(failure.code, failure.detail)
        raise Refusal("tender_refused", f"no vendor of this store takes {message.type}")

    def _amount(self, message: AddTender, provider: str, answer: TenderAnswer) -> int:
        found = answer.found
        assert found is not None, "a tender that was not found is refused before"
        latest = self._checkout.effect(found.step.operation, provider, found.subject)
        generation = latest.generation + 1 if latest else 1
        if generation in answer.charged:
            return answer.charged[generation]
        due = self._checkout.totals().due_amount
        if due == 0:
            raise Refusal("nothing_due", "nothing is left to pay")
        room = tender_room(self._checkout, message.type)
        amount = message.amount or min(due, found.available_amount, room or due)
        if amount > due:
            raise Refusal("tender_exceeds_total", f"{due} is due")
        check_tender_amount(self._checkout, message.type, amount)
        if amount > found.available_amount or amount == 0:
            raise Refusal("insufficient_balance", f"{found.available_amount} is available")
        return amount

    async def _charge(self, tender: Tender, available: int | None = None) -> None:
        if tender.planned:
            await self._reserve(tender)
            return
        step = Step(operation=tender.operation, subject=tender.subject, request=tender.request)
        effect = self._checkout.start_effect(tender.provider, step, amount=tender.amount)
        tender.effect_id = effect.id
        outcome = await self._effects.do(effect)
        if outcome.status == "in_doubt":
            tender.status = "in_doubt"
            self._effects.later(self._settle(tender, effect))
            return
        if outcome.status == "applied" and outcome.done is not None:
            self._charged(tender, outcome.done, available)
            return
        tender.status = "refused"
        raise refusal_for(self._effects, effect, outcome, otherwise="tender_refused")

    async def _reserve(self, tender: Tender) -> None:
        """Keep other checkouts off what the vendor's own sale transaction will charge."""
        effect = self._checkout.start_effect(tender.provider, reservation(tender.subject))
        outcome = await self._effects.do(effect)
        if outcome.status != "applied":
            tender.status = "refused"
            raise refusal_for(self._effects, effect, outcome, otherwise="tender_refused")

    def _charged(self, tender: Tender, done: Done, available: int | None = None) -> None:
        tender.status = "charged"
        tender.points = abs(done.points) if done.points is not None else tender.points
        after = done.balance_after_amount
        if after is None and available is not None:
            after = available - tender.amount
        tender.balance_after_amount = after

    async def _settle(self, tender: Tender, effect: Effect) -> None:
        """Find out about a lost charge while the till goes on."""
        outcome = await self._effects.settle(effect)
        if tender.status != "in_doubt":
            return
        if outcome.status == "applied" and outcome.done is not None:
            self._charged(tender, outcome.done)
            return
        tender.status = "refused"
        if outcome.status == "manual":
            self._effects.needs_a_person(effect, outcome)

    async def remove(self, message: RemoveTender) -> None:
        """Reverse a charge; repeating it is harmless."""
        self._checkout.require("remove_tender")
        tender = self._checkout.tender(message.tender_id)
        if tender is None:
            raise Refusal("tender_not_found", "the checkout has no such tender")
        if tender.pays:
            await self.take_back(tender)

    async def take_back(self, tender: Tender) -> None:
        """Reverse one charge now, or say why it stands."""
        if tender.planned:
            await self._free(tender)
            return
        effect = self._checkout.effect(tender.operation, tender.provider, tender.subject)
        assert effect is not None, "a tender is charged by an effect"
        outcome = await self._effects.undo(effect, patient=False)
        if outcome.status == "not_sent":
            effect.wanted = True
            raise Refusal("vendor_unavailable", "the vendor does not answer; the charge stands")
        if outcome.status == "manual":
            self._keep(effect)
            raise Refusal("tender_refused", "the vendor does not take the charge back")
        if outcome.status == "in_doubt":
            self._effects.undo_later(effect)
        tender.status = "refused" if outcome.status == "refused" else "reversed"
        tender.sequence = 0

    async def _free(self, tender: Tender) -> None:
        """Nothing is charged yet, or the seal takes it back when it sees that the sale changed."""
        if tender.status == "charged" and is_closed(self._checkout, tender.provider):
            raise Refusal("tender_refused", "the vendor does not take the charge back")
        effect = self._checkout.effect("reserve", tender.provider, tender.subject)
        if effect is not None and effect.may_stand and tender.status == "planned":
            await self._effects.undo(effect)
        tender.status, tender.sequence = "reversed", 0

    async def refuse(self, tender: Tender) -> None:
        """The vendor's sale transaction did not charge it: another till may take it."""
        await self._free(tender)
        tender.status = "refused"

    def _keep(self, effect: Effect) -> None:
        """A charge that the vendor does not take back goes on paying, so nobody has to act."""
        effect.status, effect.wanted = "applied", True
        self._checkout.attention = [
            a
            for a in self._checkout.attention
            if (a.code, a.effect_id) != ("undo_failed", effect.id)
        ]

    async def fit(self) -> None:
        """Reduce charged tenders newest first until they no longer exceed what is owed.

        Until the larger charge is back, the card may have too little: that part the till collects.

        Raises:
            Refusal: `tender_exceeds_total`: one cannot be reduced; the others pay as before.
        """
        reduced: list[tuple[Tender, Tender | None]] = []
        for tender in sorted(self._checkout.tenders, key=lambda t: -t.sequence):
            excess = self._excess()
            if excess <= 0:
                return
            if not tender.pays:
                continue
            keep = max(0, tender.amount - excess)
            try:
                await self.take_back(tender)
                reduced.append((tender, None))
                if keep:
                    reduced[-1] = (tender, await self._charge_anew(tender, keep))
            except Refusal as no:
                if self._checkout.is_leaving(tender.operation, tender.provider, tender.subject):
                    continue
                await self._charge_as_before(reduced)
                raise Refusal("tender_exceeds_total", no.detail) from no

    async def _charge_as_before(self, reduced: list[tuple[Tender, Tender | None]]) -> None:
        """Put reduced charges back; what the vendor refuses now, the till collects."""
        for tender, smaller in reversed(reduced):
            with suppress(Refusal):
                if smaller is not None:
                    await self.take_back(smaller)
                await self._charge_anew(tender, tender.amount)

    def _excess(self) -> int:
        totals = self._checkout.totals()
        return totals.tender_amount - totals.owed_amount

    async def _charge_anew(self, tender: Tender, amount: int) -> Tender:
        again = tender.model_copy(
            update={
                "id": f"tnd_{len(self._checkout.tenders) + 1}",
                "amount": amount,
                "status": "planned",
                "sequence": self._checkout.next_sequence(),
            }
        )
        self._checkout.tenders.append(again)
        await self._charge(again)
        return again
