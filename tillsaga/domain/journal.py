"""What a checkout heard and answered, as its workflow tells the audit when it next saves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from tillsaga.domain.audit import Heard, digest
from tillsaga.domain.messages import AppendOffers, Context, OpenCheckout, PutBasket, TillMessage
from tillsaga.domain.model import Json
from tillsaga.domain.view import Reply

_FACTS = frozenset(
    {"status", "amount", "tip_amount", "rounding_amount", "tax_amount", "final", "mode", "action"}
    | {"payment_flow", "quantity", "dry_run", "refund_id", "tender_order", "provider", "item"}
    | {"receipt_number", "payment_id", "tender_id"}
)
"""What of a message is never personal."""
_PEOPLE = ("actor", "owner", "approved_by", "requested_by", "cashier_id")
_NAMES: dict[str, str] = {
    "OpenCheckout": "open",
    "MakeReady": "ready",
    "PaymentReport": "payment",
    "TakenPayment": "payment",
    "RefundSale": "refund",
    "ClaimPoints": "claim",
}


def heard(message: TillMessage, context: Context, number: int, at: datetime) -> Heard:
    """Note a message that is taken up."""
    said = message.model_dump(mode="json")
    facts: Json = {"message": name_of(message), "number": number}
    facts |= {name: value for name, value in said.items() if name in _FACTS and value is not None}
    if isinstance(message, OpenCheckout | PutBasket):
        facts |= {"basket_id": message.basket.id, "basket_amount": message.basket.amount}
    person = next((said[name] for name in _PEOPLE if said.get(name)), None)
    private: Json = {"actor": person, "request_id": context.request_id}
    private |= {name: said[name] for name in ("reason", "effect_id") if name in said}
    if not {"actor", "owner", "reason"} & said.keys():
        # What a till sent may be anybody's number: its digest goes with them when they are erased.
        private["digest"] = digest(said)
    return Heard(
        kind="message",
        number=number,
        at=at,
        actor=_speaker(message, context, said),
        facts=facts,
        private=private,
    )


def answered(message: TillMessage, reply: Reply, number: int, at: datetime) -> Heard:
    """Note what a message was answered: the decision about it."""
    facts: Json = {
        "message": name_of(message),
        "number": number,
        "http_status": reply.status,
        "refusal": reply.refusal.code if reply.refusal else None,
        "version": reply.checkout.get("version"),
        "status": reply.checkout.get("status"),
    }
    return Heard(kind="answer", number=number, at=at, actor="checkout", facts=facts, private={})


def name_of(message: TillMessage) -> str:
    """Say by which name a message is sent.

    >>> from tillsaga.domain.messages import CorrectPayment, Heartbeat
    >>> name_of(Heartbeat())
    'heartbeat'
    """
    name = type(message).__name__
    spoken = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).removeprefix("_")
    return _NAMES.get(name, spoken)


def _speaker(message: TillMessage, context: Context, said: Mapping[str, Any]) -> str:
    if isinstance(message, AppendOffers):
        return f"vendor {message.provider}"
    if said.get("actor") or "owner" in said:
        return "support"
    if context.recorded and context.request_id is None:
        return "records"
    # The door always gives the request its id; whoever has none came by Temporal itself.
    return "till" if context.request_id else "temporal"


# --- what a saved checkout shows ------------------------------------------------------------------


def decided(view: Mapping[str, JsonValue], state: Mapping[str, JsonValue]) -> Json:
    """Say what a checkout has decided, as far as it is never personal."""
    totals = view.get("totals")
    facts: Json = {
        "status": view.get("status"),
        "version": view.get("version"),
        "instruction": view.get("instruction"),
        "totals": totals if isinstance(totals, dict) else {},
        "attention": [_named(a, "id", "code", "amount") for a in _each(view, "attention")],
        "payments": [_named(p, "id", "status", "amount") for p in _each(view, "payments")],
        "offers": [_named(o, "provider", "kind", "status") for o in _each(view, "offers")],
        "tenders": [_named(t, "id", "status", "amount") for t in _each(view, "tenders")],
        "give_back": [
            _named(g, "payment_id", "tender_id", "amount") for g in _each(view, "give_back")
        ],
        "refunds": [_named(r, "refund_id", "status", "amount") for r in _each(state, "refunds")],
        "settled": [_settled(s) for s in _each(state, "settled")],
        "releases": len(_each(state, "releases")),
        "generation": state.get("generation"),
    }
    return {name: value for name, value in facts.items() if value not in (None, [], {}, 0)}


def _settled(settled: Json) -> Json:
    case = settled.get("case")
    named = _named(case, "id", "code") if isinstance(case, dict) else {}
    return {**named, "action": settled.get("action"), "retrying": settled.get("retrying")}


def _each(holder: Mapping[str, JsonValue], name: str) -> list[Json]:
    items = holder.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _named(item: Json, *names: str) -> Json:
    return {name: item[name] for name in names if item.get(name) is not None}
