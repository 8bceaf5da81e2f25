"""A checkout's effects as chips: what is planned, done, in doubt, and what is taken back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from api.pages.local import VENDORS as VENDOR_NAMES
from tillsaga.domain.correlation import correlation_id
from tillsaga.domain.effects import OPERATIONS, effect_key
from tillsaga.domain.model import Json
from tillsaga.domain.ports import CallRecord, CallState, EffectRecord


@dataclass(frozen=True)
class Look:
    """How a state or a vendor looks: never by its colour alone."""

    word: str
    sign: str
    css: str


STATES = {
    "planned": Look("planned", "\u25cb", "plain"),
    "calling": Look("calling", "\u2026", "busy"),
    "waiting": Look("asking again", "\u21bb", "busy"),
    "applied": Look("applied", "\u2713", "good"),
    "in_doubt": Look("in doubt", "?", "warn"),
    "undone": Look("undone", "\u21a9", "plain"),
    "withdrawn": Look("never sent", "\u2013", "plain"),
    "refused": Look("refused", "\u2715", "bad"),
    "irreversible": Look("cannot be undone", "\u2691", "warn"),
    "manual": Look("for a person", "!", "warn"),
}
_SIGNS = {"leat": "L", "letstrade": "T", "wll": "W", "loyale": "Y", "koupon": "K"}
VENDORS = {kind: Look(VENDOR_NAMES[kind], sign, kind) for kind, sign in _SIGNS.items()}

UNDOS = {
    "free": "let go of it",
    "release_voucher": "release the voucher",
    "give_back_pre_redeemed_reward": "give the reward back",
    "give_back_reward": "give the reward back",
    "reverse_giftcard_charge": "pay back to the gift card",
    "reverse_prepaid_charge": "pay back to the prepaid credit",
    "give_points_back": "give the points back",
    "return_transaction": "return the transaction",
    "void_bill": "void the bill",
    "reverse_voucher": "make the voucher good again",
    "reverse_collection": "make the reward good again",
    "unload_giftcard": "take the load off the gift card",
    "withdraw_prepaid": "withdraw the top-up",
    "return_order": "return the order and its points",
}
"""The taking back of each operation in plain words."""

_OF_VIEW = {"pending": "calling", "reversed": "undone"}
"""Others go by the same name."""
_UNSETTLED = ("pending", "in_doubt")
_OF_CALL = {
    CallState.CALLING: "calling",
    CallState.NOT_SENT: "waiting",
    CallState.IN_DOUBT: "in_doubt",
    CallState.APPLIED: "applied",
    CallState.REFUSED: "refused",
    CallState.WITHDRAWN: "withdrawn",
    CallState.MANUAL: "manual",
}
BUSY = ("calling", "waiting", "in_doubt")


@dataclass(frozen=True)
class Chip:
    """One step, or the taking back of one. `id` tells nothing; `number` counts the steps."""

    id: str
    number: int
    operation: str
    vendor: Look
    provider: str
    state: str
    amount: int | None = None
    attempts: int = 0
    is_irreversible: bool = False
    reference: str | None = None

    @property
    def look(self) -> Look:
        """How its state looks."""
        return STATES[self.state]


@dataclass(frozen=True)
class Saga:
    """The steps in their order, those to come, and what is taken back, the newest first.

    The customer pays before the planned step at `pivot_at`; None: not any more, or not at all.
    """

    steps: Sequence[Chip]
    planned: Sequence[Chip]
    pivot_at: int | None
    pivot_amount: int | None
    undos: Sequence[Chip]
    records: Mapping[str, EffectRecord] = field(repr=False)

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return any(chip.state in BUSY for chip in (*self.steps, *self.undos))


def saga(
    view: Json, plan: Iterable[Json], records: Sequence[EffectRecord], kinds: Mapping[str, str]
) -> Saga:
    """Lay out a checkout: as it is shown to tills, and as the records know it by now.

    Args:
        view: The checkout, as the API shows it.
        plan: What payment would set in motion.
        records: The effect records, oldest first.
        kinds: The kind of each vendor, by the name that the store gives it.
    """
    known = {record.order.effect_id: record for record in records}
    effects = _effects(view, known)
    made = _Maker(str(view["id"]), kinds, known)
    steps = [made.step(number, effect) for number, effect in enumerate(effects, 1)]
    shown = {effect["id"] for effect in effects}
    coming = [step for step in plan if step.get("id") not in shown]
    pivot = next((n for n, step in enumerate(coming) if step.get("stage") == "pivot"), None)
    amount = coming[pivot]["amount"] if pivot is not None else None
    to_come = [step for step in coming if "id" in step]
    planned = [made.step(number, step) for number, step in enumerate(to_come, len(steps) + 1)]
    numbers = {str(effect["id"]): number for number, effect in enumerate(effects, 1)}
    by_id = {made.id_of(name): record for name, record in known.items()}
    due = amount if isinstance(amount, int) else None
    return Saga(steps, planned, pivot, due, made.undos(numbers), by_id)


def _effects(view: Json, known: Mapping[str, EffectRecord]) -> list[Json]:
    """What the view lists, and what began since it was last seen."""
    listed = view["effects"]
    effects = [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
    there = {effect["id"] for effect in effects}
    newer = [_as_effect(record) for name, record in known.items() if name not in there]
    return [*effects, *newer]


def _as_effect(record: EffectRecord) -> Json:
    order = record.order
    return {
        "id": order.effect_id,
        "operation": order.operation,
        "provider": order.provider,
        "status": "pending",
        "amount": order.amount,
    }


class _Maker:
    def __init__(
        self, checkout_id: str, kinds: Mapping[str, str], known: Mapping[str, EffectRecord]
    ) -> None:
        self._checkout_id, self._kinds, self._known = checkout_id, kinds, known

    def id_of(self, effect_id: str) -> str:
        return correlation_id(effect_key(self._checkout_id, effect_id)).removeprefix("effect-")

    def step(self, number: int, effect: Json) -> Chip:
        name, provider = str(effect["id"]), str(effect["provider"])
        record = self._known.get(name)
        operation = OPERATIONS[str(effect["operation"])]
        amount, reference = effect["amount"], effect.get("reference")
        return Chip(
            id=self.id_of(name),
            number=number,
            operation=operation.title,
            vendor=self._vendor(provider),
            provider=provider,
            state=_state(str(effect["status"]), record),
            amount=amount if isinstance(amount, int) else None,
            attempts=record.do.attempts if record else 0,
            is_irreversible=operation.reversibility == "irreversible",
            reference=reference if isinstance(reference, str) else None,
        )

    def undos(self, numbers: Mapping[str, int]) -> list[Chip]:
        """Newest first, as one vendor object is taken back; different ones go side by side."""
        begun = [(numbers[n], r, r.undo) for n, r in self._known.items() if r.undo]
        begun.sort(key=lambda one: -one[0])
        return [self._undo(number, record, call) for number, record, call in begun]

    def _undo(self, number: int, record: EffectRecord, call: CallRecord) -> Chip:
        operation = OPERATIONS[record.order.operation]
        state = "undone" if call.state is CallState.APPLIED else _OF_CALL[call.state]
        return Chip(
            id=self.id_of(record.order.effect_id),
            number=number,
            operation=UNDOS.get(operation.undo or "", "take it back"),
            vendor=self._vendor(record.order.provider),
            provider=record.order.provider,
            state=state,
            amount=record.order.amount,
            attempts=call.attempts,
        )

    def _vendor(self, provider: str) -> Look:
        kind = self._kinds.get(provider, provider)
        return VENDORS.get(kind) or Look(provider, provider[:1].upper(), "other")


def _state(status: str, record: EffectRecord | None) -> str:
    """What the checkout says, unless the records know better: they are written at every call."""
    if record is not None and status in (*_UNSETTLED, "applied"):
        if record.undo is not None and record.undo.state is CallState.APPLIED:
            return "undone"
        if status in _UNSETTLED:
            return _OF_CALL[record.do.state]
    return _OF_VIEW.get(status, status)
