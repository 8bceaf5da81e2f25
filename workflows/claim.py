"""A claim: the customer forgot their card, and earns the points of the sale afterwards.

The archive is the only state. Each message reads it anew and each result is written onto what
stands there then, so that a claim that waits for days for a vendor overwrites nothing. One run
per checkout takes the claims one after another; the effect records keep a second run harmless.
"""

import asyncio
from collections.abc import Sequence

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from tillsaga.domain.checkout import Checkout, Degraded
    from tillsaga.domain.claiming import (
        EARNING,
        Earning,
        askable,
        earning_effect,
        is_somebodys,
        record,
        require_claimable,
        sale_for,
        standing,
    )
    from tillsaga.domain.effects import Effect, Outcome, Step
    from tillsaga.domain.messages import ClaimPoints, Context
    from tillsaga.domain.model import Json
    from tillsaga.domain.offers import Identifier, Member
    from tillsaga.domain.reads import ReadFailure, VisitAnswer
    from tillsaga.domain.recovery import fresh, restored
    from tillsaga.domain.view import Reply, StartCheckout, refusal_body, view
    from tillsaga.errors import Refusal

from workflows import memory
from workflows.announcing import Announcing
from workflows.effects import Effects
from workflows.inbox import Inbox, Letter
from workflows.journal import Journal
from workflows.till import field_errors
from workflows.vendors import Vendors

Customer = tuple[Member, Step | None]
"""Who it is at one vendor, and the step by which that vendor gives the points."""


@workflow.defn(name="Claim")
class ClaimWorkflow:
    """All claims of one checkout, until each vendor has answered."""

    @workflow.init
    def __init__(self, start: StartCheckout) -> None:
        """Set the stage before the first message arrives."""
        self._start = start
        self._checkout = fresh(start)
        self._inbox = Inbox()
        self._announcing = Announcing(start.terms)
        self._journal = Journal()
        self._work: dict[str, asyncio.Task[Earning | None]] = {}
        self._may_end = False
        """Somebody has spoken, or it was cancelled; before, there is a first message to come."""
        self._shown: set[str] = set()
        """The effects whose end the archive tells."""

    @workflow.run
    async def run(self, start: StartCheckout) -> None:
        """Take claims until none is left and every vendor has answered.

        A cancel from outside ends only a run that nobody has spoken to: what a vendor may have
        been told is carried on.
        """
        serving = asyncio.create_task(self._serve())
        while not serving.done():
            try:
                await asyncio.shield(serving)
            except asyncio.CancelledError:
                self._may_end = True
        serving.result()

    async def _serve(self) -> None:
        await workflow.wait_condition(lambda: bool(self._inbox) or self._may_end)
        while not self._is_over():
            ended = [self._work.pop(name).result() for name in self._ended()]
            if ended:
                # Also without any: a task that learned something leaves an event (decision 0010).
                await self._write([earning for earning in ended if earning is not None])
            elif self._inbox:
                await self._take(self._inbox.take())
            else:
                await workflow.wait_condition(self._is_called)

    def _ended(self) -> list[str]:
        return [name for name, task in self._work.items() if task.done()]

    def _is_called(self) -> bool:
        return bool(self._inbox) or bool(self._ended()) or self._is_over()

    def _is_over(self) -> bool:
        busy = self._inbox or self._work or self._announcing.unsettled
        return not busy and workflow.all_handlers_finished()

    # --- messages -------------------------------------------------------------------------------

    @workflow.update(name="claim")
    async def update_claim(self, message: Json, context: Json | None = None) -> Reply:
        """Earn the points for who is named."""
        try:
            letter = self._letter(message, context)
        except ValidationError as wrong:
            self._may_end = True
            words = "the message does not fit its schema"
            return self._refused(Refusal("invalid_request", words, list(field_errors(wrong))))
        return await letter.reply

    @workflow.signal(name="claim")
    def signal_claim(self, message: Json, context: Json | None = None) -> None:
        """Earn the points for who is named, without an answer."""
        try:
            self._letter(message, context)
        except ValidationError as wrong:
            workflow.logger.warning("a signal does not fit: %s", field_errors(wrong))

    def _letter(self, message: Json, context: Json | None) -> Letter:
        said = ClaimPoints.model_validate(message)
        return self._inbox.post(said, Context.model_validate(context or {}))

    async def _take(self, letter: Letter) -> None:
        assert isinstance(letter.message, ClaimPoints), "nothing else is posted here"
        self._journal.take_up(letter)
        try:
            letter.answer(await self._claim(letter.message, letter.context))
        except Refusal as no:
            letter.answer(self._refused(no))

    def _refused(self, no: Refusal) -> Reply:
        return Reply(checkout=view(self._checkout), refusal=refusal_body(no, self._checkout))

    # --- a claim --------------------------------------------------------------------------------

    async def _claim(self, message: ClaimPoints, context: Context) -> Reply:
        await self._read(context)
        names = askable(self._checkout, message.provider)
        customers, failures = await self._identify(names, message)
        standings = [standing(self._checkout, member, step) for member, step in customers]
        if "taken" in standings:
            self._settle_what_was_left(customers)
            raise Refusal("already_claimed", "another customer has the points of this sale")
        if "open" in standings:
            mine = [c for c, stands in zip(customers, standings, strict=True) if stands == "open"]
            return await self._earn_all(mine, failures, alone="theirs" not in standings)
        if "theirs" in standings:
            return await self._as_it_is(customers)
        raise _nobody(customers, failures)

    async def _read(self, context: Context) -> None:
        facts = await memory.read_facts(self._start.checkout_id)
        self._checkout = restored(self._start, facts)
        archived = restored(self._start, facts.model_copy(update={"effects": ()}))
        self._shown = {e.id for e in archived.effects if e.status not in ("pending", "in_doubt")}
        expected, version = context.expected_version, self._checkout.version
        if expected is not None and expected != version:
            raise Refusal("version_mismatch", f"the version is {version} now")
        require_claimable(self._checkout, facts)

    async def _identify(
        self, names: Sequence[str], message: Identifier
    ) -> tuple[list[Customer], dict[str, ReadFailure]]:
        """Ask the vendors who it is; one who agreed is created where nobody has the points yet."""
        answers = await Vendors(self._checkout).visit_at(names, (message,))
        named = list(zip(names, answers, strict=True))
        failures = {name: answer.failure for name, answer in named if answer.failure}
        customers = [customer for _, answer in named for customer in _customer(answer)]
        if any(standing(self._checkout, *customer) == "taken" for customer in customers):
            return customers, failures
        for name, answer in named:
            create = answer.identified.create if answer.identified else None
            if create is None or not message.consent:
                continue
            if is_somebodys(self._checkout, name):
                raise Refusal("already_claimed", "another customer has the points of this sale")
            created, failure = await self._create(name, create)
            customers += created
            failures |= {name: failure} if failure else {}
        return customers, failures

    async def _create(self, name: str, step: Step) -> tuple[list[Customer], ReadFailure | None]:
        effect = self._checkout.start_effect(name, step)
        if _settling(effect) in self._work:
            return [], ReadFailure(code="vendor_unavailable", detail="an answer is still awaited")
        outcome = await Effects(self._checkout).do(effect)
        if outcome.status != "applied" or outcome.done is None:
            if outcome.status == "in_doubt":
                self._settle_later(effect)
            again = outcome.status in ("in_doubt", "not_sent") or outcome.code == "withdrawn"
            code = "vendor_unavailable" if again else "member_not_found"
            return [], ReadFailure(code=code, detail="the vendor did not create the customer")
        member_id = outcome.done.reference or step.subject
        known = Identifier(type="member_id", value=member_id, provider=name)
        [answer] = await Vendors(self._checkout).visit_at([name], (known,))
        return _customer(answer), answer.failure

    def _settle_what_was_left(self, customers: Sequence[Customer]) -> None:
        """A claim that was terminated would be in doubt for ever: find out how it ended.

        Whoever made it may still have the points; nobody else.
        """
        for member, _ in customers:
            effect = earning_effect(self._checkout, member.provider)
            if effect is not None and effect.status == "in_doubt":
                self._settle_later(effect)

    def _settle_later(self, effect: Effect) -> None:
        if _settling(effect) not in self._work and effect.id not in self._work:
            task = asyncio.create_task(self._settled(self._checkout, effect))
            self._work[_settling(effect)] = task

    async def _settled(self, checkout: Checkout, effect: Effect) -> Earning | None:
        outcome = await Effects(checkout).settle(effect)
        owner = checkout.members.get(effect.provider)
        if owner is None or effect.operation not in EARNING:
            return None
        return Earning(member=owner, effect=effect, joined=False, outcome=outcome)

    async def _as_it_is(self, customers: Sequence[Customer]) -> Reply:
        """The same customer again: nothing to do, unless their claim died before it was saved."""
        unsaved = [earning for customer in customers for earning in self._unsaved(*customer)]
        if unsaved:
            await self._write(unsaved)
        return Reply(checkout=view(self._checkout))

    def _unsaved(self, member: Member, _: Step | None) -> list[Earning]:
        effect = earning_effect(self._checkout, member.provider)
        attached = member.provider in self._checkout.members
        if effect is None or (attached and effect.id in self._shown):
            return []
        return [Earning(member=member, effect=effect, joined=True, outcome=effect.outcome)]

    # --- earning --------------------------------------------------------------------------------

    async def _earn_all(
        self, customers: Sequence[Customer], failures: dict[str, ReadFailure], *, alone: bool
    ) -> Reply:
        """Tell every vendor of the sale that knows the customer; what takes long goes on."""
        earnings = [self._earning(customer) for customer in customers]
        new = [earning for earning in earnings if earning.effect.id not in self._work]
        await asyncio.gather(*(self._earn(earning) for earning in new))
        if alone and len(new) == len(earnings) and all(earning.is_refused for earning in new):
            raise _refusal(new[0].outcome)
        if new:
            await self._write(new, failures)
        checkout = self._checkout
        for earning in new:
            if earning.is_open:
                later = self._earn_patiently(checkout, earning)
                self._work[earning.effect.id] = asyncio.create_task(later)
        going_on = any(earning.is_open for earning in earnings)
        return Reply(status=202 if going_on else 200, checkout=view(checkout))

    def _earning(self, customer: Customer) -> Earning:
        member, step = customer
        assert step is not None, "without a step nothing is open"
        joined = member.provider not in self._checkout.members
        effect = self._checkout.start_effect(member.provider, step)
        if _settling(effect) in self._work:
            raise Refusal("claim_too_early", "an earlier claim is still being settled")
        return Earning(member=member, effect=effect, joined=joined)

    async def _earn(self, earning: Earning) -> None:
        sale = sale_for(self._checkout, earning.member)
        earning.outcome = await Effects(self._checkout).do(earning.effect, sale=sale)

    async def _earn_patiently(self, checkout: Checkout, earning: Earning) -> Earning:
        sale = sale_for(checkout, earning.member)
        outcome = await Effects(checkout).do(earning.effect, patient=True, sale=sale)
        return earning.model_copy(update={"outcome": outcome})

    async def _write(
        self, earnings: Sequence[Earning], failures: dict[str, ReadFailure] | None = None
    ) -> None:
        """Write results onto what the archive holds now, which others may have changed."""
        facts = await memory.read_facts(self._start.checkout_id)
        self._checkout = restored(self._start, facts)
        if failures is not None:
            absent = ((name, failure.code) for name, failure in failures.items())
            self._checkout.degraded = [Degraded(provider=p, reason=r) for p, r in absent]
        if earnings:
            record(self._checkout, earnings, workflow.now())
            await memory.archive(self._checkout, self._journal, before_end=False)
            self._announcing.notice(self._checkout)


def _settling(effect: Effect) -> str:
    return f"settle {effect.id}"


def _customer(answer: VisitAnswer) -> list[Customer]:
    identified, quote = answer.identified, answer.quote
    if identified is None or identified.member is None or quote is None:
        return []
    return [(quote.member or identified.member, quote.earn)]


def _nobody(customers: Sequence[Customer], failures: dict[str, ReadFailure]) -> Refusal:
    if customers:
        return Refusal("claim_not_possible", "the vendor gives no points for a sale")
    for failure in failures.values():
        return Refusal(failure.code, failure.detail)
    words = "no vendor that can still give this sale's points knows the customer"
    return Refusal("member_not_found", words)


def _refusal(outcome: Outcome | None) -> Refusal:
    assert outcome is not None, "a refusal is an outcome"
    return Refusal("vendor_refused", outcome.detail or "the vendor gives no points for the sale")
