"""An audit entry in words, for people."""

from collections.abc import Callable
from typing import TypeGuard

from tillsaga.domain.audit import AuditEntry
from tillsaga.domain.model import Json

_Words = Callable[[Json], str]


def summary(entry: AuditEntry) -> str:
    """Say in a line what an entry tells; of one that lacks what its kind says, what is there."""
    try:
        words = _WORDS.get(entry.kind, _plain)(entry.facts)
    except KeyError:  # somebody has changed it, which is to be seen and not to be stumbled over
        words = f"{entry.kind} ({_plain(entry.facts)})"
    return f"{words}: {entry.reason}" if entry.reason else words


def _opened(facts: Json) -> str:
    again = f", after {facts['previous_id']}" if facts.get("previous_id") else ""
    return f"bill of basket {facts['basket_id']} opened at {facts['store_id']}{again}"


def _asked(facts: Json) -> str:
    return f"{facts['method']} request at the door"


def _message(facts: Json) -> str:
    told = _list(facts, "amount", "status", "action", "item", "refund_id")
    return f"{facts['message']}{told}"


def _answer(facts: Json) -> str:
    if facts.get("refusal"):
        return f"{facts['message']} refused: {facts['refusal']}"
    return f"{facts['message']} answered {facts['http_status']}, {facts['status']}"


def _effect(facts: Json) -> str:
    undo = "undo of " if facts["side"] == "undo" else ""
    who = f"{undo}{facts['provider']} {facts['operation']} (effect {facts['effect']})"
    told = _list(facts, "attempt", "amount", "points", "code", "transaction_id")
    return f"{who} {str(facts['state']).replace('_', ' ')}{told}"


def _answered_again(facts: Json) -> str:
    return f"effect {facts['effect']}: a second yes, transaction {facts['transaction_id']}"


def _payment(facts: Json) -> str:
    named = f"payment {facts['payment']} {facts['status']}"
    return f"{named} by {facts['type']}{_list(facts, 'amount', 'verdict')}"


def _decided(facts: Json) -> str:
    open_cases = facts.get("attention")
    cases = [c.get("code") for c in open_cases if isinstance(c, dict)] if _is(open_cases) else []
    waits = f", waits for a person: {', '.join(map(str, cases))}" if cases else ""
    totals = facts.get("totals")
    due = f", due {totals['due_amount']}" if isinstance(totals, dict) and totals else ""
    return f"{facts['status']}{due}{_list(facts, 'instruction')}{waits}"


def _archived(facts: Json) -> str:
    return f"ended and archived as {_decided(facts)}"


def _restored(facts: Json) -> str:
    return f"records restored from {facts['backed_up_at']}: effect {facts['effect']} is in doubt"


def _erased(facts: Json) -> str:
    entries = facts["entries"]
    return f"a member was erased: what was private in {len(entries) if _is(entries) else 0} entries"


def _exported(facts: Json) -> str:
    return f"{facts['what']} exported"


def _pruned(_: Json) -> str:
    return "no longer kept: the entries before this one were deleted"


def _plain(facts: Json) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def _list(facts: Json, *names: str) -> str:
    told = [
        f"{name.replace('_', ' ')} {facts[name]}" for name in names if facts.get(name) is not None
    ]
    return f", {', '.join(told)}" if told else ""


def _is(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


_WORDS: dict[str, _Words] = {
    "opened": _opened,
    "asked": _asked,
    "message": _message,
    "answer": _answer,
    "effect": _effect,
    "answered_again": _answered_again,
    "payment": _payment,
    "decided": _decided,
    "archived": _archived,
    "restored": _restored,
    "erased": _erased,
    "exported": _exported,
    "pruned": _pruned,
}
