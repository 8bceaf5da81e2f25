"""The world around a cranked workflow: our records, and vendors of whom only the truth is known.

`Truth` is what the vendor's books would show: an effect stands or it does not. Every way in which
a call may end is a choice, and what the records say of it follows the same rules as
`activities.effects`: nothing is sent again that may have happened.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.proof.model.crank import NOON, Call
from tillsaga.domain.effects import Done, EffectOrder, Outcome
from tillsaga.domain.messages import PaymentReport
from tillsaga.domain.offers import Offer
from tillsaga.domain.ports import (
    CallRecord,
    CallState,
    EffectRecord,
    Facts,
    FoundTender,
    PaymentFact,
    Quote,
    outcome_of,
)
from tillsaga.domain.reads import CheckAnswer, OfferAnswer, TenderAnswer, VisitAnswer

YES, NO, LOST_DONE, LOST, NOT_SENT, UNKNOWN = (
    "applied",
    "refused",
    "in doubt, done",
    "in doubt, not done",
    "not sent",
    "unknown for good",
)

CLOCK = re.compile(r'\d{4}-\d\d-\d\dT[\d:.]+Z|"version": ?\d+')


class World:
    """What survives the workflow: records and vendors."""

    def __init__(
        self,
        quotes: Mapping[str, Quote],
        tenders: Mapping[str, tuple[str, FoundTender]],
    ) -> None:
        """Take what each vendor quotes, and the stored values by their reference."""
        self._quotes = quotes
        self._tenders = tenders
        self.records: dict[str, EffectRecord] = {}
        self.standing: dict[str, EffectOrder] = {}
        self.payments: dict[tuple[str, str], PaymentFact] = {}
        self.state: Any = None
        self.saved = ""
        self.ended = False

    # --- what needs no choice -------------------------------------------------------------------

    def at_once(self, name: str, order: Any) -> Any:
        """Answer a read, or write to our records; None: it is an effect."""
        match name:
            case "read_facts":
                return self.facts()
            case "note_payment":
                self.note(order.report, order.verdict)
                return self.ended
            case "save" if order.before_end and self.ended:
                return []
            case "save":
                self.state, self.ended = order.state, order.ended
                self.saved = CLOCK.sub("", json.dumps(order.state))
                return []
            case "visit_vendor":
                return VisitAnswer(quote=self._quotes.get(order.provider))
            case "find_offer":
                return OfferAnswer(offer=self._offer(order.provider, order.code))
            case "check_offer":
                return CheckAnswer()
            case "find_tender":
                provider, found = self._tenders[order.reference]
                return TenderAnswer(found=found if provider == order.provider else None)
            case "end_claims" | "end_claim":
                return True
            case "claim_link":
                return ""
        return None

    def _offer(self, provider: str, code: str) -> Offer | None:
        return None

    def facts(self) -> Facts:
        """What the records know."""
        return Facts(
            ended=self.ended,
            state=self.state,
            payments=tuple(self.payments.values()),
            effects=tuple(self.records.values()),
        )

    def note(self, report: PaymentReport, verdict: str) -> None:
        """Write the row of a payment message."""
        fact = PaymentFact(
            reference=report.reference, report=report, received_at=NOON, verdict=verdict
        )
        self.payments[report.reference, report.status] = fact

    # --- what may end in many ways --------------------------------------------------------------

    def choices(self, call: Call) -> list[str]:
        """The ways in which a call may end now; one, if the records or the vendor decide it."""
        order: EffectOrder = call.order
        record = self.records.get(order.key)
        if call.name == "settle_effect":
            return self._settling(record)
        if call.name != order.operation:
            return self._undoing(order, record)
        if record is not None and outcome_of(record) is not None:
            return ["as recorded"]
        if record is not None and record.do.state is CallState.IN_DOUBT:
            found = [YES] if order.key in self.standing else [YES, NO]
            return [*found, UNKNOWN]
        if order.operation == "reserve":
            return [YES, NO]
        return [YES, NO] if order.patient else [YES, NO, LOST_DONE, LOST, NOT_SENT]

    def _settling(self, record: EffectRecord | None) -> list[str]:
        open_ = record is not None and outcome_of(record) is None
        in_doubt = open_ and record is not None and record.do.state is CallState.IN_DOUBT
        return ["found out", UNKNOWN] if in_doubt else ["as recorded"]

    def _undoing(self, order: EffectOrder, record: EffectRecord | None) -> list[str]:
        if record is None or record.do.state is CallState.NOT_SENT:
            return ["nothing to undo"]
        if record.undo is not None and record.undo.state is CallState.IN_DOUBT:
            return [YES, NO] if order.key in self.standing else [YES]
        known = outcome_of(record)
        if known is not None and known.status != "applied":
            return ["as recorded"]
        if known is None and order.key not in self.standing:
            return ["nothing to undo", UNKNOWN]
        if order.operation == "reserve":
            return [YES]
        return [YES, NO] if order.patient else [YES, NO, LOST_DONE, LOST, NOT_SENT]

    def end(self, call: Call, choice: str) -> Outcome:
        """Let a call end that way: in the vendor's books, in our records, and in the answer."""
        order: EffectOrder = call.order
        record = self.records.get(order.key)
        if choice == "as recorded":
            known = outcome_of(record) if record is not None else None
            return known or self._withdrawn(order)
        if call.name == "settle_effect":
            return self._found_out(order, choice)
        if call.name != order.operation:
            return self._undone(order, choice)
        return self._done(order, choice)

    def _done(self, order: EffectOrder, choice: str) -> Outcome:
        if choice in (YES, LOST_DONE):
            self._applies(order)
        if choice == YES:
            return self._write(order, CallState.APPLIED, "applied")
        if choice == NO:
            return self._write(order, CallState.REFUSED, "refused")
        if choice == UNKNOWN:
            return self._write(order, CallState.MANUAL, "manual")
        if choice == NOT_SENT:
            return self._write(order, CallState.NOT_SENT, "not_sent")
        return self._write(order, CallState.IN_DOUBT, "in_doubt")

    def _applies(self, order: EffectOrder) -> None:
        """The vendor does it. I3: never while another doing of the same intent stands."""
        for other in self.standing.values():
            same = (other.operation, other.provider, other.subject)
            twice = same == (order.operation, order.provider, order.subject)
            known = self.records[other.key]
            unknown = known.do.state is CallState.MANUAL or known.undo is not None
            if twice and other.key != order.key and not unknown:
                raise AssertionError(f"{order.key} happens while {other.key} stands")
        self.standing[order.key] = order

    def _found_out(self, order: EffectOrder, choice: str) -> Outcome:
        if choice == UNKNOWN:
            return self._write(order, CallState.MANUAL, "manual")
        if order.key in self.standing:
            return self._write(order, CallState.APPLIED, "applied")
        return self._withdrawn(order)

    def _withdrawn(self, order: EffectOrder) -> Outcome:
        self._write(order, CallState.WITHDRAWN, "refused")
        return Outcome(status="refused", code="withdrawn", detail="it did not happen")

    def _undone(self, order: EffectOrder, choice: str) -> Outcome:
        if choice == "nothing to undo":
            return self._withdrawn(order)
        if choice == UNKNOWN:
            return self._write(order, CallState.MANUAL, "manual")
        record = self.records[order.key]
        if record.do.state is CallState.IN_DOUBT:
            self._write(order, CallState.APPLIED, "applied")
        if choice in (YES, LOST_DONE):
            self.standing.pop(order.key, None)
        states = {YES: CallState.APPLIED, NO: CallState.MANUAL, NOT_SENT: CallState.NOT_SENT}
        undo = _call(states.get(choice, CallState.IN_DOUBT), order)
        kept = self.records[order.key].model_copy(update={"undo": undo})
        self.records[order.key] = kept
        answers: Mapping[str, Any] = {YES: "reversed", NO: "manual", NOT_SENT: "not_sent"}
        done = kept.do.done
        return Outcome(status=answers.get(choice, "in_doubt"), done=done, code=undo.code)

    def _write(self, order: EffectOrder, state: CallState, answer: Any) -> Outcome:
        call = _call(state, order)
        before = self.records.get(order.key)
        undo = before.undo if before else None
        self.records[order.key] = EffectRecord(order=order, fingerprint="f", do=call, undo=undo)
        return Outcome(status=answer, done=call.done, code=call.code, detail=call.detail)


def _call(state: CallState, order: EffectOrder) -> CallRecord:
    done = Done(reference=order.subject, transaction_id=order.key)
    why = None if state is CallState.APPLIED else state.value
    return CallRecord(
        state=state,
        attempts=1,
        started_at=NOON,
        last_started_at=NOON,
        last_ended_at=NOON,
        done=done if state is CallState.APPLIED else None,
        code=why,
        detail=why,
    )
