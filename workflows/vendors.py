"""Asking vendors, while a till waits: one is asked in-process, several side by side."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.basket import Basket
    from tillsaga.domain.checkout import Checkout, Degraded
    from tillsaga.domain.model import Json
    from tillsaga.domain.offers import Identifier, Offer
    from tillsaga.domain.reads import (
        CheckAnswer,
        CheckOffer,
        ClaimOrder,
        CodesAnswer,
        FindOffer,
        FindTender,
        OfferAnswer,
        ReadFailure,
        ReadSelection,
        ScanCodes,
        SelectionAnswer,
        TenderAnswer,
        Visit,
        VisitAnswer,
    )

from workflows import queues

Answer = TypeVar("Answer", VisitAnswer, OfferAnswer, CheckAnswer, TenderAnswer, CodesAnswer)
LATE = timedelta(seconds=1)
"""What an answer may take on its way, beyond the vendor's part of the budget."""

_UNREAD = ReadFailure(code="service_unavailable", detail="the selection cannot be read now")
_SILENT = frozenset({"vendor_unavailable", "vendor_refused"})
"""Answers about the vendor and not about the customer: it is asked once more after the payment."""

_LATE = ReadFailure(code="vendor_unavailable", detail="no answer within the budget")


class Vendors:
    """The vendors of one checkout's store, as far as they are only asked."""

    def __init__(self, checkout: Checkout) -> None:
        """Take the checkout on whose behalf they are asked."""
        self._checkout = checkout

    @property
    def names(self) -> list[str]:
        """The store's provider names, in its declared order."""
        return [provider.name for provider in self._checkout.terms.providers]

    @property
    def patience(self) -> timedelta:
        """How long a vendor may take while the till waits."""
        return queues.patience(self._checkout.terms.answer_budget)

    async def visit(self, identifiers: Sequence[Identifier] = ()) -> list[VisitAnswer]:
        """Identify and quote at every vendor; `degraded` names the absent ones."""
        checkout = self._checkout
        assert checkout.basket is not None, "a checkout is opened with its basket"
        visits = [self._visit(name, checkout.basket, identifiers) for name in self.names]
        answers = await self._side_by_side(visits)
        checkout.degraded = [
            Degraded(provider=name, reason=answer.failure.code)
            for name, answer in zip(self.names, answers, strict=True)
            if answer.failure
        ]
        checkout.absent = {
            visit.provider: visit.identifiers
            for visit, answer in zip(visits, answers, strict=True)
            if answer.failure and answer.failure.code in _SILENT
        }
        return answers

    async def visit_at(
        self, names: Sequence[str], identifiers: Sequence[Identifier]
    ) -> list[VisitAnswer]:
        """Ask some vendors about these identifiers alone, whatever was shown before."""
        checkout = self._checkout
        assert checkout.basket is not None, "a checkout is opened with its basket"
        only = {"identifiers": tuple(identifiers)}
        visits = [self._visit(name, checkout.basket, ()).model_copy(update=only) for name in names]
        return await self._side_by_side(visits)

    async def _side_by_side(self, visits: Sequence[Visit]) -> list[VisitAnswer]:
        return await asyncio.gather(
            *(self._ask("visit_vendor", visit.provider, visit, VisitAnswer) for visit in visits)
        )

    def _visit(self, name: str, basket: Basket, identifiers: Sequence[Identifier]) -> Visit:
        """Write the question, with what the customer showed while the vendor was absent."""
        checkout = self._checkout
        missed = checkout.absent.get(name, ())
        return Visit(
            checkout_id=checkout.id,
            patience=self.patience,
            store_id=checkout.terms.store_id,
            terminal_id=checkout.terminal_id,
            provider=name,
            basket=basket,
            member=checkout.members.get(name),
            identifiers=(*(i for i in missed if i not in identifiers), *identifiers),
            applied=tuple(o for o in checkout.counting_offers() if o.provider == name),
            tenders=tuple(
                t for t in checkout.tenders if t.provider == name and t.planned and t.pays
            ),
        )

    async def visit_again(self, name: str) -> VisitAnswer:
        """Ask one vendor once more about what is applied by now."""
        checkout = self._checkout
        assert checkout.basket is not None, "a checkout is opened with its basket"
        visit = self._visit(name, checkout.basket, ())
        return await self._ask("visit_vendor", name, visit, VisitAnswer)

    async def visit_when_back(self, name: str) -> VisitAnswer:
        """Ask one vendor that was absent, for days if need be."""
        checkout = self._checkout
        assert checkout.basket is not None, "a checkout is opened with its basket"
        visit = self._visit(name, checkout.basket, ()).model_copy(update={"persistent": True})
        answer: VisitAnswer = await workflow.execute_activity(
            "visit_vendor",
            visit,
            result_type=VisitAnswer,
            task_queue=queues.vendor_queue(checkout.provider_kind(name)),
            start_to_close_timeout=queues.ATTEMPT,
            retry_policy=queues.FOR_DAYS,
            summary=f"{name}: when it is back",
        )
        return answer

    async def find_offer(self, code: str) -> list[OfferAnswer]:
        """Ask every vendor for a code."""
        orders = self._questions(code)
        return await asyncio.gather(
            *(self._ask("find_offer", order.provider, order, OfferAnswer) for order in orders)
        )

    async def await_offer(self, code: str) -> None:
        """Wait until every vendor can say whether a code is its own, for days if need be."""
        await asyncio.gather(*(self._await(order) for order in self._questions(code)))

    async def _await(self, order: FindOffer) -> None:
        with suppress(ActivityError):
            await workflow.execute_activity(
                "await_offer",
                order,
                result_type=OfferAnswer,
                task_queue=queues.vendor_queue(self._checkout.provider_kind(order.provider)),
                start_to_close_timeout=queues.ATTEMPT,
                schedule_to_close_timeout=queues.LONGEST_OUTAGE,
                retry_policy=queues.FOR_DAYS,
                summary=order.provider,
            )

    def _questions(self, code: str) -> list[FindOffer]:
        checkout = self._checkout
        return [
            FindOffer(
                checkout_id=checkout.id,
                patience=self.patience,
                store_id=checkout.terms.store_id,
                terminal_id=checkout.terminal_id,
                provider=name,
                code=code,
                member=checkout.members.get(name),
                basket=checkout.basket,
            )
            for name in self.names
        ]

    async def scan_codes(self, codes: Sequence[str], basket: Basket) -> list[CodesAnswer]:
        """Ask every vendor what scanned strings are to it."""
        checkout = self._checkout
        orders = [
            ScanCodes(
                patience=self.patience,
                store_id=checkout.terms.store_id,
                terminal_id=checkout.terminal_id,
                provider=name,
                codes=tuple(codes),
                member=checkout.members.get(name),
                basket=basket,
            )
            for name in self.names
        ]
        return await asyncio.gather(
            *(self._ask("scan_codes", order.provider, order, CodesAnswer) for order in orders)
        )

    async def check_offer(self, offer: Offer) -> CheckAnswer:
        """Ask whether an offer that is not held still stands."""
        order = CheckOffer(
            checkout_id=self._checkout.id,
            store_id=self._checkout.terms.store_id,
            patience=self.patience,
            offer=offer,
        )
        return await self._ask("check_offer", offer.provider, order, CheckAnswer)

    async def read_selection(self, provider: str, body: Json) -> SelectionAnswer:
        """Read what a vendor says its customer picked for the open bill; asks nobody."""
        checkout = self._checkout
        assert checkout.basket is not None, "only an open bill takes a selection"
        order = ReadSelection(
            store_id=checkout.terms.store_id,
            provider=provider,
            terminal_id=checkout.terminal_id,
            basket=checkout.basket,
            body=body,
        )
        try:
            read: SelectionAnswer = await workflow.execute_local_activity(
                "read_selection",
                order,
                result_type=SelectionAnswer,
                start_to_close_timeout=queues.READ,
                retry_policy=queues.ONCE,
                summary=provider,
            )
            return read
        except queues.UNANSWERED:
            return SelectionAnswer(failure=_UNREAD)

    async def find_tender(self, order: FindTender) -> TenderAnswer:
        """Ask one vendor for a stored value."""
        return await self._ask("find_tender", order.provider, order, TenderAnswer)

    async def claim_link(self, amount: int, at: datetime) -> str | None:
        """Make the URL where a customer whom no vendor knows may claim this sale's points."""
        checkout = self._checkout
        for name in self.names if amount else ():
            order = ClaimOrder(
                store_id=checkout.terms.store_id,
                provider=name,
                checkout_id=checkout.id,
                amount=amount,
                at=at,
            )
            link: str = await workflow.execute_local_activity(
                "make_claim_link",
                order,
                result_type=str,
                start_to_close_timeout=queues.READ,
                retry_policy=queues.RECORDS,
            )
            if link:
                return link
        return None

    async def _ask(self, activity: str, provider: str, order: Any, answer: type[Answer]) -> Answer:
        """A single vendor is asked in-process, which is cheapest; several on their own queues."""
        budget = self._checkout.terms.answer_budget + LATE
        try:
            found: Answer
            if len(self._checkout.terms.providers) == 1:
                found = await workflow.execute_local_activity(
                    activity,
                    order,
                    result_type=answer,
                    start_to_close_timeout=budget,
                    retry_policy=queues.ONCE,
                    summary=provider,
                )
                return found
            found = await workflow.execute_activity(
                activity,
                order,
                result_type=answer,
                task_queue=queues.vendor_queue(self._checkout.provider_kind(provider)),
                start_to_close_timeout=budget,
                schedule_to_close_timeout=budget,
                retry_policy=queues.ONCE,
                summary=provider,
            )
            return found
        except queues.UNANSWERED:
            return answer(failure=_LATE)
