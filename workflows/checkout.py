"""The checkout: open → gather → ready → pay → complete, or everything given back.

One loop takes the till's messages one after another. Updates and Signals only post to it, so a
cancel meets the work where it happens and a reset replays the messages in their order.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeGuard

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain import messages as m
    from tillsaga.domain.checkout import Checkout, Payment, Status
    from tillsaga.domain.corrections import facts_of, replace_facts, require_own_reference
    from tillsaga.domain.effects import Effect, Stage
    from tillsaga.domain.messages import Context, TillMessage
    from tillsaga.domain.model import Json
    from tillsaga.domain.money import formatted
    from tillsaga.domain.payments import Judgement
    from tillsaga.domain.plan import plan
    from tillsaga.domain.ports import Facts
    from tillsaga.domain.privacy import forget_served, is_same_basket
    from tillsaga.domain.receipt import receipt
    from tillsaga.domain.recovery import fresh, overlooked, restored, spent_for_good, unheard
    from tillsaga.domain.restoring import may_be_paid
    from tillsaga.domain.view import (
        RefusalBody,
        Reply,
        StartCheckout,
        clock,
        refund_view,
        refusal_body,
        view,
    )
    from tillsaga.errors import Refusal

from workflows import memory
from workflows.announcing import Announcing
from workflows.appended import Appending
from workflows.attention import Attending
from workflows.closed_bill import ClosedBills
from workflows.codes import Codes
from workflows.effects import Effects
from workflows.gathering import Gathering
from workflows.holds import Holds
from workflows.inbox import Inbox, Letter
from workflows.journal import Journal
from workflows.paying import Paying
from workflows.refunding import Refunding
from workflows.returning import Returning
from workflows.till import TillMessages
from workflows.vendors import Vendors

STATUS = SearchAttributeKey.for_keyword("TillsagaStatus")
ATTENTION = SearchAttributeKey.for_bool("TillsagaAttention")
AMOUNT_DUE = SearchAttributeKey.for_int("TillsagaAmountDue")

Handler = Callable[["CheckoutWorkflow", Any], Coroutine[Any, Any, Reply | None]]


@workflow.defn(name="Checkout")
class CheckoutWorkflow(TillMessages):
    """One checkout, from the first basket to the last point earned."""

    @workflow.init
    def __init__(self, start: StartCheckout) -> None:
        """Set the stage before the first message arrives."""
        self._start = start
        self._inbox = Inbox()
        self._journal = Journal()
        self._work: asyncio.Task[None] | None = None
        self._alarm: asyncio.Task[None] | None = None
        self._waiting: list[Letter] = []
        self._deferred: list[Letter] = []
        self._cancelled = False
        self._silent = False
        self._over = False
        self._before_end = False
        self._saved_ready = False
        self._saved_cases: list[str] = []
        self._last_seen: Json = {}
        self._last_labels: tuple[str, bool] = ("open", False)
        self._announcing = Announcing(start.terms)
        self._use(fresh(start))

    def _use(self, checkout: Checkout) -> None:
        self._checkout = checkout
        checkout.runs.append(workflow.info().run_id)
        self._effects = Effects(checkout)
        self._effects.before_end = self._before_end
        vendors = Vendors(checkout)
        self._gathering = Gathering(checkout, self._effects, vendors)
        offers, tenders = self._gathering.offers, self._gathering.tenders
        self._paying = Paying(checkout, self._effects, vendors, offers, tenders)
        self._refunding = Refunding(checkout, self._effects)
        self._returning = Returning(checkout, self._effects)
        self._attending = Attending(checkout, self._effects, self._paying, self._refunding)
        self._appending = Appending(checkout, vendors, offers, tenders)
        self._codes = Codes(checkout, vendors, self._gathering)
        self._holds = Holds(checkout, self._effects, self._gathering.codes, self._paying.sealing)
        self._closed_bills = ClosedBills(
            checkout, self._effects, vendors, self._gathering, self._paying, self._codes
        )

    # --- the process ----------------------------------------------------------------------------

    @workflow.run
    async def run(self, start: StartCheckout) -> str:
        """Serve the till until the checkout has ended; answers the final status.

        A cancel from outside is only noted here and acted upon in the loop: before the pivot
        everything is given back, after it the sale is carried on.
        """
        loop = asyncio.create_task(self._serve())
        while not loop.done():
            try:
                await asyncio.shield(loop)
            except asyncio.CancelledError:
                self._cancelled = True
        loop.result()
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self._cancelled and self._checkout.status == "cancelled":
            raise asyncio.CancelledError("cancelled, and everything was given back")
        return self._checkout.status

    async def _serve(self) -> None:
        facts = await memory.read_facts(self._checkout.id)
        self._before_end = self._effects.before_end = not facts.ended
        if facts.ended and not self._start.resumed:
            # The reset of an ended checkout: nothing of it is done again.
            self._use(restored(self._start, facts))
        else:
            await self._pick_up(facts)
            await self._serve_till()
        self._over = True
        while self._inbox:
            self._inbox.take().answer(self._reply())

    async def _serve_till(self) -> None:
        # Never cancelled: a timer ends with its workflow, and to say so would be one more event.
        self._alarm = asyncio.create_task(self._watch_for_silence())
        self._announcing.notice(self._checkout)
        while not self._over:
            await workflow.wait_condition(self._is_called)
            if self._work is not None and self._work.done():
                self._finish_work(self._work)
                await self._free_what_is_spent()
                await self._save_if_reopened()
            elif self._inbox:
                await self._take(self._inbox.take())
                await self._save_if_reopened()
            elif self._must_leave():
                await self._leave()
            elif self._is_settled():
                await self._archive()
            elif not self._effects.begun:
                self._leave_a_trace()
            self._effects.changed = self._effects.begun = False
            await self._save_new_cases()
            self._publish()
            self._announcing.notice(self._checkout)

    async def _free_what_is_spent(self) -> None:
        """A vendor that is down must not keep the customer's points from their next sale."""
        if self._checkout.status == "completed" and self._effects.unsettled:
            await memory.end_claims(self._checkout.id)

    def _leave_a_trace(self) -> None:
        """Something was settled in the background: make this workflow task leave an event.

        A worker that replays merges tasks without one, and may then deliver the next message
        before what this task had learned (temporalio/sdk-python#1591).
        """
        due = self._checkout.totals().due_amount
        workflow.upsert_search_attributes([AMOUNT_DUE.value_set(due)])

    def _is_called(self) -> bool:
        work_ended = self._work is not None and self._work.done()
        called = bool(self._inbox) or work_ended or self._must_leave() or self._is_settled()
        return called or self._effects.changed or self._effects.begun

    def _must_leave(self) -> bool:
        leaving = self._cancelled or self._silent
        return leaving and self._work is None and self._checkout.status in ("open", "ready")

    def _is_settled(self) -> bool:
        settled = self._checkout.is_final and self._work is None and not self._effects.unsettled
        return settled and not self._announcing.unsettled

    async def _archive(self) -> None:
        # What the customer showed has served its purpose, and the archive keeps no card number.
        self._checkout.absent = {}
        forget_served(self._checkout)
        self._publish()
        if await memory.archive(self._checkout, self._journal, before_end=self._before_end):
            self._before_end = self._effects.before_end = False
            self._over = not self._inbox
        else:
            facts = await memory.read_facts(self._checkout.id)
            for effect in overlooked(self._checkout, facts):  # by a run that was left behind
                self._effects.later(self._paying.let_go_of(effect))

    # --- without the history --------------------------------------------------------------------

    async def _pick_up(self, facts: Facts) -> None:
        """Go on from the records: after a terminate, a late payment, or a reset of a paid sale.

        A reset of what is spent for good too: what is asked anew would find it used.
        """
        paid_before = facts.captured or spent_for_good(facts)
        if not self._start.resumed and not (paid_before and facts.state is not None):
            return
        self._use(restored(self._start, facts))
        # The saved state is as old as the loss: silence is counted from now.
        self._checkout.active_at = workflow.now()
        self._attending.go_on()
        in_hand = self._attending.in_hand | self._refunding.in_hand
        self._effects.name_the_unknown(in_hand)
        for effect in self._checkout.effects:
            if effect.id in in_hand:
                continue
            if effect.may_stand and not effect.wanted:
                self._effects.undo_later(effect)
            elif effect.status == "in_doubt" and effect.sealed and self._is_sold:
                self._paying.sealing.follow_up(effect)
            elif effect.status == "in_doubt" and not self._is_carried_on(effect):
                self._effects.later(self._settled(effect))
        if self._is_sale:
            self._refunding.go_on()
        else:
            self._returning.go_on()
        await self._hear(facts)
        if self._start.resumed and not self._inbox:
            # Nobody waits at a till: the sweep found this checkout without a workflow.
            self._silent = not self._checkout.paid_something
        if self._work is None and self._checkout.status == "cancelling":
            self._begin(self._paying.give_back("cancelled"))
        elif self._work is None and self._checkout.status == "completing":
            closed = self._checkout.closed is not None
            self._begin(self._sell_closed_bill() if closed else self._paying.commit())
        elif self._checkout.status == "completed" and not facts.ended and self._is_sale:
            self._paying.go_on_earning(in_hand)

    def _is_left_behind(self, facts: Facts) -> bool:
        """Whether the archive tells of an end that this run, reset to before it, knows nothing of.

        What it would do is done, or was given up; what it would take back is another's.
        """
        return facts.ended and self._before_end

    def _catch_up(self, facts: Facts) -> None:
        self._before_end = False
        self._use(restored(self._start, facts))

    def _end_as_archived(self, facts: Facts) -> None:
        self._catch_up(facts)
        self._over = True

    @property
    def _is_sale(self) -> bool:
        return self._checkout.returned is None

    @property
    def _is_sold(self) -> bool:
        return self._checkout.status in ("completing", "completed")

    def _is_carried_on(self, effect: Effect) -> bool:
        """Whether it is done again anyway, if need be: to ask beside that would withdraw it.

        What is in doubt of a finished sale is its earning, or a claim, which goes on by itself.
        """
        status = self._checkout.status
        after_payment = effect.nature.stage not in (Stage.APPLY, Stage.SEAL) and not effect.sealed
        given_up = status in ("cancelling", "cancelled", "expired")
        return status == "completed" or (after_payment and not given_up)

    async def _settled(self, effect: Effect) -> None:
        await self._effects.settle(effect)
        self._paying.name_what_stands()

    async def _hear(self, facts: Facts) -> None:
        """Take the recorded payments that no message has brought yet."""
        for report in unheard(self._checkout, facts):
            if self._checkout.closed is not None and self._checkout.status == "completing":
                self._checkout.record_payment(report)
                continue
            await self._take(Letter(report, Context(recorded=True)))

    # --- messages -------------------------------------------------------------------------------

    def _post(self, message: TillMessage, context: Context) -> Letter:
        if not self._over:
            return self._inbox.post(message, context)
        late = Letter(message, context)
        late.answer(self._reply())
        return late

    def _invalid(self, errors: tuple[dict[str, str], ...]) -> Reply:
        detail = "the message does not fit its schema"
        refusal = Refusal("invalid_request", detail, list(errors))
        return self._reply(refusal_body(refusal, self._checkout))

    def _must_wait(self, message: TillMessage) -> bool:
        """While effects are sealed, taken back or again, the next step cannot be weighed yet."""
        if self._work is None or isinstance(message, m.Heartbeat | m.AssignAttention):
            return False
        if isinstance(message, m.ResolveAttention):
            return message.action == "retry"
        if isinstance(message, m.PaymentReport) or self._checkout.status in ("open", "ready"):
            return True
        if isinstance(message, m.RefundSale):
            # A till may know of the end that a worker wrote down before it died.
            return self._checkout.status == "completing"
        closes = isinstance(message, m.OpenCheckout) and message.closes
        return closes and self._checkout.status == "cancelling"

    async def _take(self, letter: Letter) -> None:
        message = letter.message
        self._journal.take_up(letter)
        if self._must_wait(message):
            self._deferred.append(letter)
            return
        letter.creates = isinstance(message, m.OpenCheckout) and self._checkout.basket is None
        try:
            self._check_version(letter.context)
            if not isinstance(message, m.ResolveAttention | m.AssignAttention):
                # Support's word is no sign of life of the till.
                self._checkout.active_at = workflow.now()
                self._silent = False
            if _is_report(message) and not letter.context.recorded:
                ended = await memory.note_payment(self._checkout.id, message, "received")
                if ended and self._before_end:
                    self._catch_up(await memory.read_facts(self._checkout.id))
            reply = await _HANDLERS[type(message)](self, message)
        except Refusal as no:
            await self._note_refused(message, no)
            self._publish()
            reply = self._reply(refusal_body(no, self._checkout))
        if reply is None:
            self._waiting.append(letter)
        else:
            letter.answer(reply)

    def _check_version(self, context: Context) -> None:
        expected = context.expected_version
        if expected is not None and expected != self._checkout.version:
            raise Refusal("version_mismatch", f"the version is {self._checkout.version} now")

    async def _note_refused(self, message: TillMessage, no: Refusal) -> None:
        if not isinstance(message, m.PaymentReport) or no.code == "version_mismatch":
            return
        known = self._checkout.payment(message.reference)
        if known is not None and known.status == "captured":
            # Rows are by reference and status: the refused facts must not hide those that stand.
            await memory.note_payment(self._checkout.id, facts_of(known), "accepted")
        elif not isinstance(message, m.CorrectPayment):
            verdict = "unmatched" if message.status == "captured" else "refused"
            await memory.note_payment(self._checkout.id, message, verdict)
        elif known is not None and known.status == "unmatched":
            await memory.note_payment(self._checkout.id, facts_of(known), "unmatched")

    def _reply(self, refusal: RefusalBody | None = None, status: int = 200) -> Reply:
        self._publish()
        return Reply(status=status, checkout=self._last_seen, refusal=refusal)

    async def _open(self, message: m.OpenCheckout) -> Reply | None:
        checkout = self._checkout
        if message.closes:
            return await self._close_bill(message)
        if checkout.basket is None and checkout.status == "open":
            await self._codes.open(message.basket, message.identifiers, message.codes)
            return self._reply(status=201)
        sold = checkout.is_final and is_same_basket(checkout.basket, message.basket)
        if not sold and checkout.basket != message.basket:
            await self._gathering.put_basket(m.PutBasket(basket=message.basket))
        return self._reply()

    async def _close_bill(self, message: m.OpenCheckout) -> Reply | None:
        """The payment is a fact, so it commits the checkout whatever it was before."""
        if self._checkout.status in ("completing", "completed"):
            self._closed_bills.compare(message)
            return self._reply() if self._work is None else None
        self._closed_bills.take(message)
        await self._save()
        for payment in message.payments:
            await memory.note_payment(self._checkout.id, payment, "received")
        self._begin(self._sell_closed_bill())
        return None

    async def _sell_closed_bill(self) -> None:
        await self._closed_bills.gather()
        await self._save()
        await self._closed_bills.commit()

    async def _put_basket(self, message: m.PutBasket) -> Reply:
        await self._gathering.put_basket(message)
        return self._reply()

    async def _identify(self, message: m.Identify) -> Reply:
        await self._gathering.identify(message)
        return self._reply()

    async def _apply_offer(self, message: m.ApplyOffer) -> Reply:
        await self._gathering.apply_offer(message)
        return self._reply()

    async def _remove_offer(self, message: m.RemoveOffer) -> Reply:
        await self._gathering.codes.remove(message)
        return self._reply()

    async def _append_offers(self, message: m.AppendOffers) -> Reply:
        answer = await self._appending.append(message)
        return self._reply().model_copy(update={"answer": answer})

    async def _add_tender(self, message: m.AddTender) -> Reply:
        await self._gathering.add_tender(message)
        in_doubt = any(tender.status == "in_doubt" for tender in self._checkout.tenders)
        return self._reply(status=202 if in_doubt else 200)

    async def _remove_tender(self, message: m.RemoveTender) -> Reply:
        await self._gathering.codes.take_back(message)
        return self._reply()

    async def _ready(self, message: m.MakeReady) -> Reply | None:
        already = self._checkout.status == "ready"
        await self._gathering.make_ready(message)
        if not already and self._checkout.payment_flow == "one_step":
            self._begin(self._seal_at_ready())
            return None
        if not already:
            await self._save()
        return self._reply()

    async def _save(self) -> None:
        """Save what to go on from, should this run be lost."""
        self._publish()
        self._saved_ready = self._checkout.status == "ready"
        self._saved_cases = [case.id for case in self._checkout.attention]
        await memory.save(self._checkout, self._journal, before_end=self._before_end)

    async def _save_new_cases(self) -> None:
        """Nobody talks to a finished checkout: what waits for a person must be told by itself."""
        if not self._checkout.is_final or not self._effects.unsettled:
            return
        if self._saved_cases != [case.id for case in self._checkout.attention]:
            await self._save()

    async def _save_if_reopened(self) -> None:
        """A saved state that says `ready` must not outlive a reopening."""
        if self._saved_ready and self._checkout.status == "open":
            await self._save()

    async def _seal_at_ready(self) -> None:
        try:
            await self._paying.sealing.seal(at_ready=True)
        except Refusal:
            self._checkout.status = "open"
            raise
        await self._save()

    async def _reopen(self, _: m.Reopen) -> Reply:
        checkout = self._checkout
        if checkout.status == "open":
            return self._reply()
        checkout.require("reopen")
        if checkout.paid_something:
            raise Refusal("state_conflict", "something is authorised or captured already")
        self._paying.sealing.require_openable()
        checkout.status = "open"
        return self._reply()

    async def _payment(self, message: m.PaymentReport) -> Reply | None:
        late = self._checkout.status in ("cancelling", "cancelled", "expired")
        known = self._checkout.payment(message.reference)
        if late and message.status == "captured" and (known is None or known.status != "captured"):
            self._begin(self._sell_late(message))
            return None
        return self._follow(self._paying.report(message))

    async def _correct_payment(self, message: m.CorrectPayment) -> Reply | None:
        payment = self._paying.payment_of(message)
        given_up = self._checkout.status in ("cancelled", "expired")
        if given_up and message.status == "captured" and payment.status != "captured":
            # It was paid after all: as if the report had come late.
            require_own_reference(self._checkout, payment, message.reference)
            replace_facts(self._checkout, payment, message.model_copy(update={"status": "failed"}))
            await self._note_corrected(payment, message)
            self._begin(self._sell_late(message))
            return None
        judgement = self._paying.correct(message)
        await self._note_corrected(payment, facts_of(payment))
        await self._save()
        return self._follow(judgement)

    async def _note_corrected(self, payment: Payment, report: m.PaymentReport) -> None:
        """The right facts stand in the records; what was said before of this payment does not."""
        checkout_id = self._checkout.id
        await memory.note_payment(checkout_id, report, "accepted")
        names = {payment.reference, *payment.former_references}
        for fact in (await memory.read_facts(checkout_id)).payments:
            stands = (fact.reference, fact.report.status) == (payment.reference, report.status)
            if fact.reference in names and not stands and fact.verdict != "corrected":
                await memory.note_payment(checkout_id, fact.report, "corrected")

    async def _cancel(self, message: m.Cancel) -> Reply | None:
        if self._checkout.status in ("cancelled", "expired"):
            return self._reply()
        if self._checkout.status == "cancelling":
            return None
        self._checkout.require("cancel")
        facts = await memory.read_facts(self._checkout.id)
        if self._is_left_behind(facts):
            self._end_as_archived(facts)
            if self._checkout.status in ("cancelled", "expired"):
                return self._reply()
        else:
            await self._hear(facts)
        self._checkout.require("cancel")
        self._checkout.reason = message.reason
        self._begin(self._paying.give_back("cancelled"))
        return None

    async def _refund(self, message: m.RefundSale) -> Reply | None:
        checkout = self._checkout
        checkout.require("refund")
        if message.dry_run:
            would = await self._refunding.dry_run(message)
            return self._reply().model_copy(update={"answer": refund_view(checkout, would)})
        refund, turn = await self._refunding.begin(message)
        if turn is not None:
            await self._save()
            await self._wait_a_little(turn)
        return self._reply(status=201).model_copy(update={"answer": refund_view(checkout, refund)})

    async def _release_hold(self, message: m.ReleaseHold) -> Reply:
        if await self._holds.release(message):
            await self._save()
        return self._reply()

    async def _return_goods(self, message: m.ReturnGoods) -> Reply:
        checkout = self._checkout
        if checkout.basket is not None and (message.dry_run or checkout.returned is None):
            raise Refusal("state_conflict", "the checkout carries something else")
        if message.dry_run:
            would = await self._returning.dry_run(message)
            answer = refund_view(checkout, would)
            self._over = True  # it was started for the question alone, and nothing is kept
            return self._reply().model_copy(update={"answer": answer})
        refund, new = self._returning.take(message)
        if new:
            await self._save()
        turn = self._returning.go_on()
        if turn is not None:
            await self._wait_a_little(turn)
        return self._reply(status=201).model_copy(update={"answer": refund_view(checkout, refund)})

    async def _resolve_attention(self, message: m.ResolveAttention) -> Reply:
        """The decision is written down before anything is done about it."""
        settled = self._attending.settle(message)
        if settled:
            await self._save()
            await self._attending.carry_out(settled)
        work = self._attending.work_on(message.item)
        if work is not None:
            await self._wait_a_little(work)
        return self._reply(status=202 if work is not None and not work.done() else 200)

    async def _assign_attention(self, message: m.AssignAttention) -> Reply:
        self._attending.assign(message)
        await self._save()
        return self._reply()

    async def _wait_a_little(self, work: asyncio.Task[None]) -> None:
        """Wait half of the budget: the other half went into waking the checkout, if it slept."""
        patience = self._checkout.terms.answer_budget / 2
        await workflow.wait([work], timeout=patience.total_seconds())

    async def _heartbeat(self, _: m.Heartbeat) -> Reply:
        if self._checkout.status in ("open", "ready"):
            await self._gathering.offers.renew_holds()
        return self._reply()

    # --- what takes long ------------------------------------------------------------------------

    def _follow(self, judgement: Judgement) -> Reply | None:
        if judgement.meaning == "paid":
            self._checkout.status = "completing"
            self._begin(self._paying.complete())
            return None
        if judgement.meaning == "covered" and self._paying.sealing.is_due():
            self._checkout.instruction = None  # also for who looks before the seal has begun
            self._begin(self._paying.seal_before_capture())
            return None
        if judgement.meaning == "give_back":
            self._begin(self._paying.give_back("cancelled"))
            return None
        return None if self._work is not None else self._reply()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Start what outlives the till's patience; its letters are answered when it is done."""
        self._work = asyncio.create_task(work)

    def _finish_work(self, work: asyncio.Task[None]) -> None:
        self._work = None
        refusal = None
        try:
            work.result()
        except Refusal as no:
            refusal = refusal_body(no, self._checkout)
        waiting, self._waiting = self._waiting, []
        for letter in waiting:
            letter.answer(self._reply(refusal, status=201 if letter.creates else 200))
        deferred, self._deferred = self._deferred, []
        self._inbox.put_back(deferred)

    async def _sell_late(self, report: m.PaymentReport) -> None:
        """The customer has paid after the checkout was given up: the sale stands."""
        await self._paying.take_again()
        try:
            judgement = self._paying.report(report)
        except Refusal:
            # It does not fit, which is before a person now; the goods are gone all the same.
            self._paying.note_sold_late(report)
            judgement = Judgement(meaning="paid")
        if judgement.meaning == "paid" and self._checkout.basket is not None:
            await self._paying.complete(late=True)

    async def _leave(self) -> None:
        """Nobody will pay, it seems: give everything back, unless a payment is recorded."""
        end_as: Status = "cancelled" if self._cancelled else "expired"
        if self._start.resumed and not self._cancelled:
            end_as = "cancelled"
        facts = await memory.read_facts(self._checkout.id)
        if self._is_left_behind(facts):
            self._end_as_archived(facts)
            return
        await self._hear(facts)
        if self._work is not None or self._checkout.status not in ("open", "ready"):
            return
        doubt = self._why_it_may_be_paid(facts)
        if doubt and not self._cancelled:
            self._silent = False
            self._checkout.open_attention("payment_unknown", doubt, workflow.now())
            await self._save()
        else:
            self._begin(self._paying.give_back(end_as))

    def _why_it_may_be_paid(self, facts: Facts) -> str | None:
        if self._checkout.paid_something:
            return "a payment began and the till fell silent"
        if may_be_paid(facts, self._checkout.active_at):
            return "the records were restored from an older backup"
        return None

    async def _watch_for_silence(self) -> None:
        """One timer, re-armed when it fires and not at every message."""
        while True:
            quiet_since = self._checkout.active_at
            ends = quiet_since + self._checkout.terms.abandon_after
            # A bill may wait longer for its workflow than a till may be silent.
            left = max(ends - workflow.now(), timedelta(0))
            await workflow.sleep(left, summary="abandoned after silence")
            if self._checkout.active_at > quiet_since:
                continue
            self._silent = True
            await workflow.wait_condition(
                lambda since=quiet_since: self._checkout.active_at > since  # type: ignore[misc]
            )

    # --- what others see ------------------------------------------------------------------------

    @workflow.query(name="checkout")
    def query_checkout(self) -> Json:
        """The checkout as the till sees it."""
        return self._last_seen or view(self._checkout)

    @workflow.query(name="plan")
    def query_plan(self) -> list[Json]:
        """What the payment will set in motion, in order, with reversibility."""
        return plan(self._checkout)

    @workflow.query(name="receipt")
    def query_receipt(self) -> Json:
        """The receipt's facts."""
        return receipt(self._checkout)

    def _publish(self) -> None:
        """Give what has changed a new version, and keep the Temporal UI readable."""
        checkout = self._checkout
        self._instruct_to_wait()
        seen = view(checkout)
        if _without_clock(seen) == _without_clock(self._last_seen):
            # Another deadline alone is no new version: a heartbeat must not make If-Match stale.
            self._last_seen = {**seen, "updated_at": self._last_seen["updated_at"]}
            return
        checkout.version += 1
        checkout.updated_at = workflow.now()
        self._last_seen = {**seen, **clock(checkout)}
        workflow.set_current_details(self._in_words())
        self._label()

    def _instruct_to_wait(self) -> None:
        checkout = self._checkout
        in_doubt = any(tender.status == "in_doubt" for tender in checkout.tenders)
        in_doubt = in_doubt or self._paying.sealing.waits
        if in_doubt and checkout.instruction is None:
            checkout.instruction = "wait"
        elif not in_doubt and checkout.instruction == "wait":
            checkout.instruction = None

    def _in_words(self) -> str:
        checkout = self._checkout
        due = formatted(checkout.totals().due_amount, checkout.currency)
        lines = [f"**{checkout.status}**, {due} {checkout.currency} due"]
        lines += [f"- {e.nature.title} ({e.provider}): {e.status}" for e in checkout.effects]
        lines += [f"- attention {a.id}: {a.code}, {a.detail}" for a in checkout.attention]
        return "\n".join(lines)

    def _label(self) -> None:
        """An event each time, so only what support searches for, and only when it moves."""
        checkout = self._checkout
        passing = checkout.status in ("completing", "cancelling") and not checkout.attention
        labels = (checkout.status, bool(checkout.attention))
        if passing or labels == self._last_labels:
            return
        self._last_labels = labels
        workflow.upsert_search_attributes(
            [
                STATUS.value_set(labels[0]),
                ATTENTION.value_set(labels[1]),
                AMOUNT_DUE.value_set(checkout.totals().due_amount),
            ]
        )


def _is_report(message: TillMessage) -> TypeGuard[m.PaymentReport]:
    """Whether it is a new fact, and no correction of one, whose row follows its judgement."""
    return isinstance(message, m.PaymentReport) and not isinstance(message, m.CorrectPayment)


def _without_clock(seen: Json) -> Json:
    return {**seen, "version": 0, "updated_at": "", "expires_at": ""}


_HANDLERS: dict[type[TillMessage], Handler] = {
    m.OpenCheckout: CheckoutWorkflow._open,
    m.PutBasket: CheckoutWorkflow._put_basket,
    m.Identify: CheckoutWorkflow._identify,
    m.ApplyOffer: CheckoutWorkflow._apply_offer,
    m.RemoveOffer: CheckoutWorkflow._remove_offer,
    m.AddTender: CheckoutWorkflow._add_tender,
    m.RemoveTender: CheckoutWorkflow._remove_tender,
    m.MakeReady: CheckoutWorkflow._ready,
    m.Reopen: CheckoutWorkflow._reopen,
    m.PaymentReport: CheckoutWorkflow._payment,
    m.CorrectPayment: CheckoutWorkflow._correct_payment,
    m.Cancel: CheckoutWorkflow._cancel,
    m.RefundSale: CheckoutWorkflow._refund,
    m.ReleaseHold: CheckoutWorkflow._release_hold,
    m.ReturnGoods: CheckoutWorkflow._return_goods,
    m.Heartbeat: CheckoutWorkflow._heartbeat,
    m.AppendOffers: CheckoutWorkflow._append_offers,
    m.ResolveAttention: CheckoutWorkflow._resolve_attention,
    m.AssignAttention: CheckoutWorkflow._assign_attention,
}
