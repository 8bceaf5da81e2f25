"""What the activities need from the outside world; connectors and records fill these."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from pydantic import Field

from tillsaga.domain.audit import Heard
from tillsaga.domain.basket import Basket
from tillsaga.domain.effects import Done, EffectOrder, Outcome, Step, Timing
from tillsaga.domain.messages import PaymentReport
from tillsaga.domain.model import Instant, Json, Model
from tillsaga.domain.offers import Identifier, Member, Offer, Refusing, Tender, TenderType
from tillsaga.domain.reconcile import BusinessDay, Claimed, Entry, Reconciled

# --- vendors ------------------------------------------------------------------------------------


class Identified(Model):
    """Who it is, or that somebody would have to be created: `create` is the step for it."""

    member: Member | None = None
    create: Step | None = None


class SaleStep(Model):
    """How a stored-value line is delivered after the payment, or why it cannot be sold.

    `steps` run in order: e.g. create a digital card, then load it. `later` may wait and never
    holds the sale up: e.g. e-mail it. `subject` is claimed so that no other till sells it.
    """

    line_id: str
    subject: str | None = None
    steps: tuple[Step, ...] = ()
    later: tuple[Step, ...] = ()
    refusal_code: str | None = None
    refusal_detail: str | None = None


class Quote(Model):
    """What one vendor offers to this customer for this basket.

    `offers` holds the applied ones again, under their ids, where the basket changes their worth.
    `fees_amount` is what the vendor adds to the bill. `sales` answers each stored-value line that
    this vendor can sell. `earn` is the step that reports the sale, if this vendor wants one; its
    request names the customer, and is empty for nobody's sale.
    `lost_tenders` says, by subject, which planned ones the vendor would no longer charge.
    """

    provider: str
    member: Member | None = None
    offers: tuple[Offer, ...] = ()
    sales: tuple[SaleStep, ...] = ()
    earn: Step | None = None
    fees_amount: int = 0
    lost_tenders: dict[str, Refusing] = Field(default_factory=dict)


class FoundTender(Model):
    """A stored value that could pay, with the step that charges it.

    `planned`: the vendor charges it only within its own sale transaction, which `step` names.
    """

    subject: str
    available_amount: int
    step: Step
    planned: bool = False
    points: int | None = None
    data: Json = Field(default_factory=dict)
    request: Json = Field(default_factory=dict)


class CardState(Model):
    """A gift card for the look-up."""

    masked: str
    balance_amount: int
    currency: str | None
    active: bool
    expires_at: Instant | None
    sellable: bool


class Operator(Protocol):
    """One operation at one vendor: do and undo side by side. Each method sends once.

    All methods raise `Refused` for a definite no (with the code that the till will see),
    `NotSent` when the vendor surely did nothing, and `AnswerLost` when it may have.
    """

    async def do(self, order: EffectOrder) -> Done:
        """Do it now."""
        ...

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Ask whether it happened at or after `since`; None: not seen (yet).

        Raises:
            InDoubt: the vendor cannot say, now or ever.
        """
        ...

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Take it back."""
        ...

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Ask whether the taking back happened at or after `since`."""
        ...


class Connector(Protocol):
    """One vendor of one store. Reads are methods here; what changes something is an operator."""

    provider: str
    kind: str
    timing: Timing

    def operator(self, operation: str) -> Operator:
        """Find the operator of an operation; KeyError if the vendor has none."""
        ...

    async def identify(self, identifier: Identifier) -> Identified:
        """Find the customer; changes nothing at the vendor. Nobody: `member` is None."""
        ...

    async def quote(
        self,
        basket: Basket,
        member: Member | None,
        applied: Sequence[Offer] = (),
        terminal_id: str | None = None,
    ) -> Quote:
        """Say what the customer could use, side by side where the vendor allows it."""
        ...

    async def find_offer(
        self,
        code: str,
        member: Member | None,
        basket: Basket | None = None,
        terminal_id: str | None = None,
    ) -> Offer | None:
        """Find a scanned voucher code; None if the vendor does not know it."""
        ...

    async def check_offer(self, offer: Offer) -> str | None:
        """Say why an offer that is applied but not held is gone; None if it still stands."""
        ...

    async def find_tender(
        self,
        type_: TenderType,
        reference: str | None,
        member: Member | None,
        basket: Basket | None = None,
        due_amount: int = 0,
        terminal_id: str | None = None,
    ) -> FoundTender | None:
        """Find the stored value behind a card code or member; None if the vendor has none such."""
        ...

    async def look_up_card(self, code: str) -> CardState | None:
        """Look at a gift card without a checkout."""
        ...

    def claim_link(self, checkout_id: str, amount: int, at: datetime) -> str | None:
        """Make the URL where a customer who did not identify may claim points; None if none."""
        ...

    async def portal_session(self, member: Member | None) -> str | None:
        """Make a URL of the vendor's own screens; None if the vendor has none."""
        ...


@runtime_checkable
class QuotesTenders(Protocol):
    """A vendor whose planned tenders are part of the question what it offers."""

    async def quote_with(
        self,
        basket: Basket,
        member: Member | None,
        applied: Sequence[Offer],
        tenders: Sequence[Tender],
        terminal_id: str | None = None,
    ) -> Quote:
        """Quote as `quote` does, with the payment codes that are planned."""
        ...


@runtime_checkable
class SellsCards(Protocol):
    """A vendor whose digital cards may have to be handed over on the receipt."""

    async def card_code(self, giftcard_uuid: str) -> str:
        """Read the code of a card that was sold. It is never recorded."""
        ...


class Selection(Model):
    """All that a customer has picked in the vendor's app for an open bill.

    `digest` names the vendor's message, so that a repetition is seen; `reply` answers it.
    """

    digest: str
    offers: tuple[Offer, ...]
    reply: Json


@runtime_checkable
class TakesSelections(Protocol):
    """A vendor whose customers find the open bill by its slip and pick offers in an app."""

    def slip(self, basket: Basket, terminal_id: str | None) -> str | None:
        """Write the text of the QR code on a printed bill; None if the vendor has no such bill."""
        ...

    def read_selection(self, body: Json, basket: Basket, terminal_id: str) -> Selection:
        """Read the vendor's message about the open bill; asks nobody.

        Raises:
            Refusal: `malformed_request`; `state_conflict`: it is for another bill;
                `basket_mismatch`: its amounts are wrong.
        """
        ...


class StoredValue(Model):
    """What is on a gift card or prepaid account now, minor units; `account` names it."""

    account: str
    balance_amount: int


@runtime_checkable
class KnowsStoredValue(Protocol):
    """A vendor that sells stored value and says what is left of it."""

    async def stored_value(self, order: EffectOrder) -> StoredValue:
        """Read the balance of what an effect has loaded; changes nothing."""
        ...


@runtime_checkable
class ForeseesReturns(Protocol):
    """A vendor that can say beforehand what a return of goods would do to the points."""

    async def foresee_return(self, order: EffectOrder) -> int | None:
        """Work out the points, signed for the customer; None where nobody can tell."""
        ...


class Weighed(Model):
    """What such goods would earn today, and what the customer has; points."""

    points: int
    balance: int | None = None


@runtime_checkable
class TakesGoodsBack(Protocol):
    """A vendor that can say what goods would earn; its operator `return_goods` takes that back."""

    async def weigh_goods(self, order: EffectOrder) -> Weighed:
        """Work out the points of `order.sale`, for the member that `order.subject` names.

        Raises:
            Refused: the vendor cannot say, or has no way to take points back.
        """
        ...


@runtime_checkable
class TriesCredentials(Protocol):
    """A vendor with a read that only we may make; not every vendor has one."""

    async def try_credentials(self) -> None:
        """Ask for something that belongs to no customer; changes nothing.

        Raises:
            TillsagaError: the vendor does not let us, or does not answer.
        """
        ...


class BookReader(Protocol):
    """What can be read of one vendor's books; changes nothing.

    Reads raise `Unavailable` when they may work another time, and `Refused` when they will not.
    `ledgers` are those that can be listed by time; others are asked by name.
    """

    ledgers: tuple[str, ...]

    def expect(self, records: "Sequence[EffectRecord]") -> list[Claimed]:
        """Say what all records of one checkout at this vendor mean for its books."""
        ...

    def entries(self, ledger: str, since: datetime, until: datetime) -> AsyncIterator[list[Entry]]:
        """List a ledger's entries of this store between two moments, page by page."""
        ...

    async def look_up(self, claim: Claimed) -> list[Entry]:
        """Ask by name (`Claimed.known`) for what the lists do not show."""
        ...


@runtime_checkable
class KeepsBooks(Protocol):
    """A vendor whose books can be read."""

    books: BookReader


class Connectors(Protocol):
    """All vendors of all stores."""

    def of(self, store_id: str, provider: str) -> Connector:
        """Find the connector; raises `Refused` (`provider_unknown`) if the store has none such."""
        ...


# --- records ------------------------------------------------------------------------------------


class CallState(StrEnum):
    """Where an effect or its undo stands in the records."""

    CALLING = "calling"  # a call is open, or its process died
    NOT_SENT = "not_sent"  # the last call surely did nothing
    IN_DOUBT = "in_doubt"  # the last call's answer was lost
    APPLIED = "applied"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # an undo came first, or it was found not to have happened
    MANUAL = "manual"  # a person settles it


class CallRecord(Model):
    """One direction (do or undo) of an effect record.

    `started_at` is the first call's start, `last_started_at` and `last_ended_at` the last call's;
    `last_ended_at` is None while it is open or when its process died in it.
    """

    state: CallState
    attempts: int
    started_at: Instant
    last_started_at: Instant
    last_ended_at: Instant | None = None
    done: Done | None = None
    code: str | None = None
    detail: str | None = None


class EffectRecord(Model):
    """The row that answers for an effect, whatever happens to the workflow's history."""

    order: EffectOrder
    fingerprint: str
    do: CallRecord
    undo: CallRecord | None = None


class EffectBook(Protocol):
    """The effect records. Every method is one transaction and is durable when it returns."""

    async def begin(self, order: EffectOrder) -> tuple[EffectRecord, bool]:
        """Open the record before the first call, or read the one that exists.

        An exclusive operation claims its subject in the same transaction.

        Returns:
            The record, and whether it is new (then its first attempt has been noted as open). After
            a restore one that the lost time may have done is not new, but without an attempt.

        Raises:
            Refused: `offer_held`: another checkout has the live claim. `ended`: it is too late.
            KeyReused: the key stands for another request.
        """
        ...

    async def too_late(self, order: EffectOrder) -> bool:
        """Say whether the checkout has ended without the run that orders this."""
        ...

    async def read(self, key: str) -> EffectRecord | None:
        """Read one record."""
        ...

    async def calling(self, key: str, after: int) -> bool:
        """Note that another attempt starts, `after` so many; False: another one was faster."""
        ...

    async def not_sent(self, key: str) -> None:
        """Note that the attempt surely did nothing."""
        ...

    async def lost(self, key: str) -> None:
        """Note that the attempt ended without a usable answer."""
        ...

    async def applied(self, key: str, done: Done) -> None:
        """Note the yes, and that `done.transaction_id` belongs to this effect.

        Raises:
            KeyReused: the vendor transaction belongs to another effect.
        """
        ...

    async def refused(self, key: str, code: str, detail: str) -> None:
        """Note the no; a claim of this effect ends."""
        ...

    async def manual(self, key: str, code: str, detail: str) -> None:
        """Note that nobody but a person can say whether it happened."""
        ...

    async def withdrawn(self, order: EffectOrder) -> None:
        """Note that it did not happen and must not; works without an earlier record."""
        ...

    async def undo_begin(self, key: str) -> tuple[CallRecord, bool]:
        """Open the undo before its first call, or read how it stands."""
        ...

    async def undo_calling(self, key: str, after: int) -> bool:
        """Note that another attempt of the undo starts; see `calling`."""
        ...

    async def undo_not_sent(self, key: str) -> None:
        """Note that the undo's attempt surely did nothing."""
        ...

    async def undo_lost(self, key: str) -> None:
        """Note that the undo's attempt ended without a usable answer."""
        ...

    async def undone(self, key: str, done: Done) -> None:
        """Note that it was taken back; a claim of this effect ends."""
        ...

    async def undo_manual(self, key: str, code: str, detail: str) -> None:
        """Note that the vendor refuses to take it back: a person must settle it."""
        ...

    async def reopen(self, key: str) -> bool:
        """Put what a person should settle back in doubt: its undo, or else its doing.

        Harmless when repeated, and where nothing waits for a person.

        Returns:
            False where another checkout has the subject meanwhile, so that a vendor's books would
            not say whose doing they show.
        """
        ...

    async def settled_by_person(self, key: str) -> None:
        """Note that nobody waits for the effect any more: a claim that it alone needs ends."""
        ...

    async def owner(self, kind: str, transaction_id: str) -> str | None:
        """Say which effect key a vendor transaction belongs to, do or undo."""
        ...

    async def rival(self, order: EffectOrder, over_since: datetime) -> bool:
        """Say whether another effect on the same subject may own what a find would show.

        True while another record of the same kind, operation and subject has a call that was
        opened at `over_since` or later, or is older than this one and its call open or in doubt.
        """
        ...

    async def of_checkout(self, checkout_id: str) -> list[EffectRecord]:
        """Read all records of a checkout, oldest first."""
        ...


class PaymentFact(Model):
    """One till payment message as a row; `verdict` is what the checkout made of it."""

    reference: str
    report: PaymentReport
    received_at: Instant
    verdict: str = "received"  # received | accepted | refused | unmatched | corrected


class Facts(Model):
    """What the records know of a checkout: enough to go on without its history.

    `state` is the saved state as JSON (at ready and at the end), `ended` whether it was archived,
    `version` that of the view which tills were shown last, `restored_at` when the records were
    restored from a backup that had the checkout.
    """

    ended: bool = False
    version: int = 0
    restored_at: Instant | None = None
    state: Json | None = None
    payments: tuple[PaymentFact, ...] = ()
    effects: tuple[EffectRecord, ...] = ()

    @property
    def to_answer_for(self) -> bool:
        """Whether something was done or paid: so is a closed bill or a return by itself."""
        state = self.state or {}
        told = any(state.get(name) is not None for name in ("closed", "returned"))
        return bool(self.effects or self.payments) or told

    @property
    def captured(self) -> bool:
        """Whether the customer has paid anything: then nothing is ever undone by itself."""
        standing = (fact for fact in self.payments if fact.verdict != "corrected")
        return any(fact.report.status == "captured" for fact in standing)


class CheckoutBook(Protocol):
    """Bills, payment facts, saved states and the archive."""

    async def facts(self, checkout_id: str) -> Facts:
        """Read everything about one checkout."""
        ...

    async def note_payment(self, checkout_id: str, report: PaymentReport, verdict: str) -> bool:
        """Write a payment fact, or change the verdict on the one that is there.

        Returns:
            Whether the checkout has ended before.
        """
        ...

    async def end_claims(self, checkout_id: str) -> None:
        """End a sold checkout's claims: what is spent need not be kept from others any more."""
        ...

    async def save(
        self,
        checkout_id: str,
        state: Json,
        view: Json,
        ended: bool,
        *,
        before_end: bool = False,
        run_id: str | None = None,
        knows: Sequence[str] | None = None,
        heard: Sequence[Heard] = (),
    ) -> list[str]:
        """Save state and view; `ended` archives them and ends the checkout's live claims.

        `before_end`: only as long as no other run than `run_id` has ended the checkout.
        `knows`: the keys of all effects that the state knows of. `heard` goes into the audit.

        Returns:
            The keys of other effects that may stand: a run that was left behind began them. Then
            nothing is archived.
        """
        ...


class ReconciliationBook(Protocol):
    """What was compared with the vendors' books, and the records to compare."""

    async def checkouts_of(self, provider: str, store_id: str, day: BusinessDay) -> list[str]:
        """Name the checkouts with an effect at this vendor that was begun, or undone, that day."""
        ...

    async def effects_of(self, kind: str, checkout_ids: Sequence[str]) -> list[list[EffectRecord]]:
        """Read all their records at vendors of a kind, checkout by checkout."""
        ...

    async def pruned(self, checkout_ids: Sequence[str]) -> set[str]:
        """Name those of them whose records were deleted when their keeping time was over."""
        ...

    async def save(self, result: Reconciled) -> None:
        """Keep a result in place of the day's last one."""
        ...

    async def read(self, store_id: str, day: date) -> list[Reconciled]:
        """Read the day's results, by vendor."""
        ...

    async def unsettled(self, store_id: str, since: date) -> list[tuple[date, str]]:
        """Name the days from then on, and the vendors, that should be compared again."""
        ...


class Clock(Protocol):
    """The time outside workflows."""

    def now(self) -> datetime:
        """Now, in UTC."""
        ...


def outcome_of(record: EffectRecord) -> Outcome | None:
    """Say how a record ended; None while that is open."""
    return _OUTCOMES[record.do.state](record)


def _applied(record: EffectRecord) -> Outcome:
    undo = record.undo
    if undo is not None and undo.state is CallState.MANUAL:
        return Outcome(status="manual", done=record.do.done, code=undo.code, detail=undo.detail)
    if undo is not None and undo.state is CallState.APPLIED:
        return Outcome(
            status="reversed",
            done=record.do.done,
            attempts=record.do.attempts,
            reversed_by=undo.done.reference if undo.done else None,
            concerns=undo.done.concerns if undo.done else (),
            undone_points=undo.done.points if undo.done else None,
            balance_after_amount=undo.done.balance_after_amount if undo.done else None,
        )
    done = record.do.done
    concerns = done.concerns if done else ()
    return Outcome(status="applied", done=done, attempts=record.do.attempts, concerns=concerns)


def _refused(record: EffectRecord) -> Outcome:
    call = record.do
    return Outcome(status="refused", code=call.code, detail=call.detail, attempts=call.attempts)


def _manual(record: EffectRecord) -> Outcome:
    call = record.do
    return Outcome(status="manual", code=call.code, detail=call.detail, attempts=call.attempts)


def _open(_: EffectRecord) -> None:
    return None


_OUTCOMES = {
    CallState.CALLING: _open,
    CallState.NOT_SENT: _open,
    CallState.IN_DOUBT: _open,
    CallState.APPLIED: _applied,
    CallState.REFUSED: _refused,
    CallState.WITHDRAWN: _refused,
    CallState.MANUAL: _manual,
}
