"""One sale on the crank: what can happen next, what happens then, and what must always hold."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.proof.model.bills import OFFERS, TENDERS, Bill
from tests.proof.model.crank import NOON, Call, Crank
from tests.proof.model.world import CLOCK, World
from tillsaga.domain import messages as m
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Effect
from tillsaga.domain.plan import delivery_steps, earn_steps
from tillsaga.domain.settling import paying, serves
from tillsaga.domain.view import Reply, StartCheckout
from workflows.checkout import CheckoutWorkflow

Event = tuple[str, ...]
FINAL = ("completed", "cancelled", "expired")
NEXT = {
    "open": {"open", "ready", "completing", "cancelling"},
    "ready": {"ready", "open", "completing", "cancelling"},
    "completing": {"completing", "completed", "ready"},  # `ready`: something is to be collected
    "completed": {"completed"},
    "cancelling": {"cancelling", "cancelled", "expired", "ready"},
    "cancelled": {"cancelled", "ready"},  # only a capture that came late
    "expired": {"expired", "ready"},
}
"""Where a status may lead."""
MOST_TRIES = 3
"""How often an obedient till makes a sale ready again that has lost something."""
NOT_ALLOWED = ("state_conflict", "basket_frozen", "already_committed")
ACTION = {"apply": "apply_offer", "remove": "remove_offer", "untender": "remove_tender"}
ACTION |= {"tender": "add_tender", "ready": "ready", "reopen": "reopen", "cancel": "cancel"}
PAYMENTS = {
    "authorize": "authorized",
    "capture": "captured",
    "void": "voided",
    "decline": "declined",
}


@dataclass(eq=False)
class Letter:
    """What a till has said, what was allowed then if it was weighed at once, and the answer."""

    word: str
    allowed: tuple[str, ...]
    version: int
    reply: Any

    @property
    def action(self) -> str:
        """What it asks for, in the words of `allowed_actions`."""
        return ACTION.get(self.word, "payment" if self.word in PAYMENTS else "")


class Sale:
    """A checkout and its world, driven by events."""

    def __init__(self, bill: Bill) -> None:
        """Open the checkout; every read is answered, nothing has an effect yet."""
        self.bill = bill
        self.world = World(bill.quotes, bill.tenders)
        self.captured = False
        self.tries = 0
        self._begin(resumed=False)
        self._say("open", self._message("open", ""))
        self._settle()

    def _begin(self, *, resumed: bool) -> None:
        # Of a loop only what workflow code uses is there.
        self.crank = Crank(self.world.at_once)  # type: ignore[abstract]
        if hasattr(self, "flow"):
            self.crank.now = self.now
        start = StartCheckout(
            checkout_id="chk_1",
            terms=self.bill.terms,
            terminal_id="till-1",
            created_at=NOON,
            resumed=resumed,
        )
        self.flow = CheckoutWorkflow(start)
        self.run = self.crank.start(self.flow.run(start))
        self.letters: list[Letter] = []
        self.gone = False
        self._started: set[int] = set()

    @property
    def checkout(self) -> Checkout:
        """The workflow's own state."""
        return self.flow._checkout

    @property
    def now(self) -> Any:
        """The time on the crank."""
        return self.crank.now

    # --- what can happen next -------------------------------------------------------------------

    def events(self, alphabet: tuple[str, ...]) -> list[Event]:
        """Everything that can happen now: an answer, a message, a lapse of time, a loss."""
        if self.gone:
            return [("repair",), *(("say", said) for said in alphabet if said in PAYMENTS)]
        if self.run.done():
            return [("say", "capture")] if "capture" in alphabet else []
        found: list[Event] = [
            ("end", self._name(call), choice)
            for call in self.crank.calls
            for choice in self.world.choices(call)
        ]
        found += [("fire", timer.summary) for timer in self.crank.timers]
        if len(self._unanswered()) < 2:
            found += [("say", said) for said in alphabet if said not in ("terminate", "leave")]
        found += [(word,) for word in ("terminate", "leave") if word in alphabet]
        return found

    def _name(self, call: Call) -> str:
        return f"{call.name} {call.order.key}"

    def _unanswered(self) -> list[Any]:
        return [letter.reply for letter in self.letters if not letter.reply.done()]

    # --- what happens ---------------------------------------------------------------------------

    def happen(self, event: Event) -> None:
        """Let one thing happen, and all that follows from it by itself."""
        before: str = self.checkout.status
        kind, *words = event
        if kind == "end":
            call = next(c for c in self.crank.calls if self._name(c) == words[0])
            self.crank.answer(call, self.world.end(call, words[1]))
        elif kind == "fire":
            self.crank.fire(next(t for t in self.crank.timers if t.summary == words[0]))
        elif kind == "terminate":
            self.crank.drop()
            self.gone = True
            return
        elif kind == "leave":
            self.run.cancel()
        elif kind == "repair":
            self._begin(resumed=True)
            before = ""
        else:
            word, _, item = words[0].partition(" ")
            message = self._message(word, item)  # the till knows what it was told last
            if self.gone or self.run.done():
                self._begin(resumed=True)
                before = ""
            self._say(word, message, before)
        self._settle()
        self._check_status(before, event)
        self._check_replies()

    def _settle(self) -> None:
        self.crank.turn()
        for call in self.crank.calls:
            if id(call) not in self._started:
                self._started.add(id(call))
                self._check_start(call)

    def _say(self, word: str, message: m.TillMessage, before: str = "") -> None:
        if isinstance(message, m.PaymentReport):
            self.captured = self.captured or message.status == "captured"
            self.world.note(message, self._verdict(message))
        # A little later is enough for the till to be heard of.
        self.crank.now += timedelta(milliseconds=1)
        quiet = self.checkout.allowed_actions if before and self._is_quiet() else ()
        context = {"recorded": isinstance(message, m.PaymentReport)}
        update = getattr(self.flow, f"update_{_UPDATE.get(word, word)}")
        body = message.model_dump(mode="json", exclude_none=True)
        task = self.crank.start(update(body, context))
        self.tries += word == "ready"
        self.letters.append(Letter(word, quiet, self.checkout.version, task))

    def _verdict(self, report: m.PaymentReport) -> str:
        known = self.world.payments.get((report.reference, report.status))
        return known.verdict if known else "received"

    def _is_quiet(self) -> bool:
        """Whether a message is weighed at once, so that its status is the one that was seen."""
        return not self.crank.calls and not self._unanswered()

    def _message(self, word: str, item: str) -> m.TillMessage:
        match word:
            case "open":
                return m.OpenCheckout(
                    store_id="ams-1", terminal_id="till-1", basket=self.bill.basket
                )
            case "apply":
                return m.ApplyOffer(offer_id=OFFERS[item].id)
            case "remove":
                return m.RemoveOffer(offer_id=OFFERS[item].id)
            case "tender":
                return m.AddTender(type=TENDERS[item][1], reference=item, amount=2_00)  # type: ignore[arg-type]
            case "untender":
                subject = TENDERS[item][3]
                mine = [t.id for t in self.checkout.tenders if t.subject == subject]
                return m.RemoveTender(tender_id=mine[-1] if mine else "tnd_9")
            case "ready":
                return m.MakeReady()
            case "reopen":
                return m.Reopen()
            case "cancel":
                return m.Cancel(reason="given up")
        return self._report(PAYMENTS[word])

    def _report(self, status: str) -> m.PaymentReport:
        """Of the payment that is on its way, or of a further one for what is still due."""
        known = self.checkout.payments[-1:]
        due = self.checkout.totals().due_amount
        taken = sum(p.status == "captured" for p in self.checkout.payments)
        number = taken + 1 if due or not taken else taken
        own = [p.amount for p in known if p.reference == f"card-{number}" and p.covers]
        amount = own[0] if own else due
        return m.PaymentReport.model_validate(
            {
                "status": status,
                "type": "card" if amount else "none",
                "amount": amount,
                "reference": f"card-{number}",
                "final": True if status == "declined" else None,
            }
        )

    # --- what must hold at every moment -----------------------------------------------------------

    def _check_status(self, before: str, event: Event) -> None:
        after = self.checkout.status
        if not before:
            return
        passed = {before}
        for _ in range(3):  # one turn may pass through a status that nobody could see
            passed |= {status for name in passed for status in NEXT[name]}
        assert after in passed, (before, after, event)
        if before == "completed":
            assert after == "completed", event
        if before in ("cancelled", "expired") and after != before:
            assert self.captured, (before, after, event)

    def _check_replies(self) -> None:
        """What was accepted was allowed, and what was allowed is not refused as impossible."""
        answered = [letter for letter in self.letters if letter.reply.done()]
        self.letters = [letter for letter in self.letters if letter not in answered]
        for letter in answered:
            reply: Reply = letter.reply.result()
            if reply.refusal is not None:
                assert reply.refusal.allowed_actions, reply.refusal
            if letter.allowed and letter.action:
                self._check_allowed(letter, reply)

    def _check_allowed(self, letter: "Letter", reply: Reply) -> None:
        refused = reply.refusal.code if reply.refusal else None
        if letter.action not in letter.allowed and letter.word not in ("void", "decline"):
            # That a payment brought no money is a fact, which is heard at any time.
            unchanged = reply.checkout["version"] == letter.version
            assert refused or unchanged, f"{letter.word} was accepted, allowed was {letter.allowed}"
        elif refused in NOT_ALLOWED:
            assert letter.word in ("apply", *PAYMENTS), f"{letter.word}: {refused}"

    def _check_start(self, call: Call) -> None:
        effect = self._effect(call)
        if effect is None or call.name == "settle_effect":
            return
        if call.name != effect.operation:
            self._check_undo(effect)
        elif effect.nature.reversibility == "irreversible" and effect.sealed:
            self._check_irreversible(effect)

    def _effect(self, call: Call) -> Effect | None:
        found = (e for e in self.checkout.effects if e.id == call.order.effect_id)
        return next(found, None)

    def _check_irreversible(self, effect: Effect) -> None:
        """Nothing is spent for good before money is certain and all that can be undone stands."""
        checkout = self.checkout
        certain = checkout.covered_amount >= checkout.payable_amount
        with_basket = checkout.payment_flow == "one_step" and effect.nature.rank < 30
        late = any(s.sealed for s in checkout.effects if s.status == "manual")
        assert certain or with_basket or late or checkout.captured, (effect.id, checkout.status)
        for tender in paying(checkout):
            assert tender.planned or tender.status == "charged", (effect.id, tender)
        for offer in checkout.counting_offers():
            assert not offer.is_holdable or offer.honoured or self._stands(offer), offer
        earlier = [e.nature.rank for e in checkout.effects if e.sealed and e.status == "pending"]
        assert all(rank >= effect.nature.rank for rank in earlier), (effect.id, earlier)

    def _stands(self, offer: Any) -> bool:
        held = self.checkout.effect(offer.hold.operation, offer.provider, offer.hold.subject)
        return held is not None and held.status == "applied"

    def _check_undo(self, effect: Effect) -> None:
        """Of one object the newest goes back first."""
        effects = self.checkout.effects
        newer = effects[effects.index(effect) + 1 :]
        object_ = (effect.provider, effect.subject)
        for other in newer:
            if (other.provider, other.subject) == object_ and other.nature.undo:
                assert other.status != "applied" or other.wanted, (effect.id, other.id)

    # --- the end ----------------------------------------------------------------------------------

    def first_answer(self) -> Event:
        """The best that the oldest call can come to."""
        call = self.crank.calls[0]
        return ("end", self._name(call), self.world.choices(call)[0])

    def let_all_answer(self) -> list[Event]:
        """Let every call come to its best; answers what happened."""
        happened = []
        while self.crank.calls:
            happened.append(self.first_answer())
            self.happen(happened[-1])
        return happened

    def answers(self) -> list[Event]:
        """Everything that the oldest call can come to, the best first."""
        call = self.crank.calls[0]
        return [("end", self._name(call), choice) for choice in self.world.choices(call)]

    def till_says(self) -> Event | None:
        """What an obedient till says now, or else what time brings; None: it is over."""
        checkout = self.checkout
        if self.run.done():
            return None
        if any(timer.summary == "patience" for timer in self.crank.timers):
            return ("fire", "patience")
        if checkout.instruction == "void":
            return ("say", "void")
        if checkout.status == "open":
            return ("say", "ready" if self.tries < MOST_TRIES else "cancel")
        captures = checkout.instruction in ("capture", "collect")
        if checkout.status == "ready" and (captures or checkout.payment_flow == "one_step"):
            return ("say", "capture")
        if checkout.status == "ready":
            return ("say", "authorize")
        raise AssertionError(f"stuck in {checkout.status}")

    def drive_to_the_end(self) -> None:
        """Every vendor answers from now on; a till that has not captured gives up."""
        for _ in range(200):
            if self.gone:
                self.happen(("repair",))
            elif self.run.done():
                break
            elif self.crank.calls:
                self.happen(self.first_answer())
            elif any(t.summary == "patience" for t in self.crank.timers):
                self.happen(("fire", "patience"))
            elif self.checkout.status in ("open", "ready"):
                paid = any(p.status == "authorized" for p in self.checkout.payments)
                assert not self._unanswered(), "a message waits for nothing"
                self.happen(("say", "void" if paid else "cancel"))
            else:
                raise AssertionError(f"stuck in {self.checkout.status}")
        assert self.run.done(), "it never ends"
        self.judge()

    def judge(self) -> None:
        """I1 and I2 from the vendors' truth."""
        checkout = self.checkout
        assert checkout.status in FINAL, checkout.status
        assert self.world.ended, "it is not archived"
        named = {case.effect_id for case in checkout.attention}
        named |= {settled.case.effect_id for settled in checkout.settled}
        for effect in checkout.effects:
            self._judge_effect(effect, named)
        if checkout.status == "completed":
            self._judge_sold(named)
        elif any(p.status == "captured" for p in checkout.payments):
            assert checkout.give_back, checkout.payments

    def _judge_effect(self, effect: Effect, named: set[str | None]) -> None:
        stands = f"chk_1/{effect.id.replace(':', '/')}" in self.world.standing
        record = self.world.records.get(f"chk_1/{effect.id.replace(':', '/')}")
        assert effect.status not in ("pending", "in_doubt") or not record, effect
        if effect.status in ("manual", "irreversible"):
            assert effect.id in named, (effect.id, effect.status)
            return
        assert stands == (effect.status == "applied"), (effect.id, effect.status, stands)
        harmless = effect.nature.reversibility == "none_needed" or effect.operation == "reserve"
        if stands and not harmless and effect.id not in named:
            sold = self.checkout.status == "completed"
            assert sold, f"{effect.id} stands although nothing was sold"
            assert self._is_of_use(effect), f"{effect.id} stands and serves nothing"

    def _is_of_use(self, effect: Effect) -> bool:
        checkout = self.checkout
        steps = [s for _, s, _ in earn_steps(checkout)] + [*checkout.earning.values()]
        steps += [step for line in delivery_steps(checkout) for _, step, _ in line]
        told = any((s.operation, s.subject) == (effect.operation, effect.subject) for s in steps)
        return told or serves(checkout, effect) or self._is_hold_of_used(effect)

    def _is_hold_of_used(self, effect: Effect) -> bool:
        return any(
            offer.hold is not None and offer.hold.subject == effect.subject
            for offer in self.checkout.counting_offers()
        )

    def _judge_sold(self, named: set[str | None]) -> None:
        checkout = self.checkout
        codes = {case.code for case in checkout.attention}
        for offer in checkout.counting_offers():
            step = offer.commit or checkout.earning.get(offer.provider)
            effect = checkout.effect(step.operation, offer.provider, step.subject) if step else None
            done = effect is not None and (effect.status == "applied" or effect.id in named)
            assert done or offer.honoured, (offer.id, codes)
            assert not offer.honoured or checkout.attention, offer.id
        for tender in paying(checkout):
            effect = checkout.tender_effect(tender)
            assert effect is not None, tender
            assert effect.status == "applied" or effect.id in named, (tender, effect.status)
        for provider, step, _ in earn_steps(checkout):
            effect = checkout.effect(step.operation, provider, step.subject)
            told = effect is not None and (effect.status == "applied" or effect.id in named)
            assert told or "earning_failed" in codes, (provider, step.operation)
        paid = checkout.totals().paid_amount
        unfit = codes & {"payment_unmatched", "payment_corrected"}
        assert unfit or paid == checkout.payable_amount, (paid, checkout.payable_amount, codes)

    # --- what distinguishes it --------------------------------------------------------------------

    def print(self) -> bytes:
        """Everything that can matter to what may still happen, in a digest."""
        state = self.checkout.model_dump_json(
            exclude={"version", "updated_at", "active_at", "runs"}
        )
        facts = [
            [key, record.do.state, record.undo.state if record.undo else None]
            for key, record in sorted(self.world.records.items())
        ]
        rest = [
            CLOCK.sub("", state),
            facts,
            sorted(self.world.standing),
            [(*key, fact.verdict, fact.report.amount) for key, fact in self.world.payments.items()],
            self.world.saved,
            [self._name(call) for call in self.crank.calls],
            [timer.summary for timer in self.crank.timers],
            [(letter.word, letter.allowed) for letter in self.letters],
            [self.gone, self.world.ended, self.flow._cancelled, self.flow._silent],
            [type(letter.message).__name__ for letter in self.flow._deferred],
            self.crank.where(),
        ]
        return hashlib.blake2b(repr(rest).encode(), digest_size=16).digest()


_UPDATE = {
    "apply": "apply_offer",
    "remove": "remove_offer",
    "tender": "add_tender",
    "untender": "remove_tender",
    "authorize": "payment",
    "capture": "payment",
    "void": "payment",
    "decline": "payment",
}
