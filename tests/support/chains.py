"""Chains written by hand, in the shapes that real checkouts leave, for what is read from them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tillsaga.domain.audit import START, AuditEntry, AuditNote, ChainHead, written

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = "chk_9T3M2K7QW4RB5X8Z"


class Chain:
    """A checkout's chain; each thing happens some milliseconds after the one before."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []
        self.now = NOON
        self.note("opened", store_id="ams-1", terminal_id="till-1", basket_id="b-1", generation=1)

    @property
    def head(self) -> ChainHead:
        last = self.entries[-1] if self.entries else None
        return ChainHead(length=len(self.entries), hash=last.hash if last else START)

    def wait(self, **time: float) -> "Chain":
        self.now += timedelta(**time)
        return self

    def note(
        self, kind: str, actor: str = "checkout", private: Any = None, **facts: Any
    ) -> "Chain":
        note = AuditNote(kind=kind, actor=actor, at=self.now, facts=facts, private=private)
        self.entries.append(written(ID, note, self.head))
        return self.wait(milliseconds=12)

    def said(self, message: str, refusal: str | None = None, **facts: Any) -> "Chain":
        """A till's message and its answer."""
        self.note("message", "till", message=message, number=len(self.entries), **facts)
        told: dict[str, Any] = {"http_status": 409 if refusal else 200, "status": "open"}
        told |= {"refusal": refusal} if refusal else {}
        return self.note("answer", message=message, number=len(self.entries), **told)

    def moved(
        self,
        effect: int,
        operation: str,
        state: str,
        *,
        provider: str = "leat",
        side: str = "do",
        attempt: int = 1,
        subject: str | None = "s-1",
        **facts: Any,
    ) -> "Chain":
        """One change of an effect's record."""
        named: dict[str, Any] = {
            "effect": effect,
            "operation": operation,
            "provider": provider,
            "side": side,
        }
        key = f"{ID}/{operation}/{provider}/{subject}#1"
        private = {"key": key} if subject is not None else None
        return self.note(
            "effect", "worker", private, **named, state=state, attempt=attempt, **facts
        )

    def done(self, effect: int, operation: str, milliseconds: float = 40, **facts: Any) -> "Chain":
        """A call that was answered with yes."""
        began = {
            name: value
            for name, value in facts.items()
            if name in ("provider", "side", "attempt", "subject", "amount")
        }
        self.moved(effect, operation, "calling", **began).wait(milliseconds=milliseconds)
        side = facts.get("side", "do")
        facts.setdefault("transaction_id", f"{side}-{effect}")
        return self.moved(effect, operation, "applied", **facts)

    def undone(self, effect: int, operation: str, **facts: Any) -> "Chain":
        return self.done(effect, operation, side="undo", **facts)

    def decided(self, status: str, kind: str = "decided", **facts: Any) -> "Chain":
        return self.note(kind, status=status, version=len(self.entries), **facts)

    def paid(self, amount: int, status: str = "captured") -> "Chain":
        told: dict[str, Any] = {"payment": 1, "status": status, "type": "card", "amount": amount}
        self.note("payment", "till", **told, verdict="received")
        return self.note("payment", "till", **told, verdict="accepted")

    def by_kim(self, message: str, reason: str, **facts: Any) -> "Chain":
        private = {"actor": "kim", "reason": reason}
        return self.note("message", "support", private, message=message, number=9, **facts)


def totals(owed: int, tender: int, paid: int) -> dict[str, int]:
    due = max(0, owed - tender - paid)
    sums = {"basket_amount": owed, "tender_amount": tender, "paid_amount": paid}
    return sums | {"discount_amount": 0, "fees_amount": 0, "tax_amount": 0, "due_amount": due}


def captured(amount: int) -> list[dict[str, Any]]:
    return [{"id": "pay_1", "status": "captured", "amount": amount}]


def sale() -> Chain:
    """A voucher, a gift card, a card payment, points."""
    chain = Chain().said("open").said("apply_offer")
    chain.done(1, "lock_voucher", subject="v-1").wait(seconds=8)
    chain.said("add_tender", amount=3_00).done(
        2, "charge_giftcard", 85, subject="gc-1", amount=3_00
    )
    chain.decided("ready", totals=totals(8_00, 3_00, 0)).wait(seconds=4)
    chain.paid(5_00).decided("completing", totals=totals(8_00, 3_00, 5_00))
    chain.done(3, "redeem_voucher", subject="v-1").done(4, "post_order", subject="b-1", points=11)
    return chain.decided(
        "completed", "archived", totals=totals(8_00, 3_00, 5_00), payments=captured(5_00)
    )


def declined() -> Chain:
    """The same until the payment, which is declined: all is taken back, newest first."""
    chain = Chain().said("open").done(1, "lock_voucher", subject="v-1")
    chain.done(2, "charge_giftcard", subject="gc-1", amount=3_00).wait(seconds=5)
    chain.decided("ready", totals=totals(8_00, 3_00, 0)).paid(5_00, "declined")
    chain.decided("cancelling", totals=totals(8_00, 3_00, 0))
    chain.undone(2, "charge_giftcard", subject="gc-1", amount=3_00)
    chain.undone(1, "lock_voucher", subject="v-1")
    return chain.decided("cancelled", "archived", totals=totals(8_00, 0, 0))


def lost() -> Chain:
    """A charge whose answer was lost twice, and found when the vendor was asked."""
    chain = Chain().said("open").moved(1, "charge_giftcard", "calling", amount=3_00)
    chain.wait(seconds=5).moved(1, "charge_giftcard", "in_doubt", amount=3_00).wait(seconds=1)
    chain.moved(1, "charge_giftcard", "calling", attempt=2, amount=3_00).wait(seconds=5)
    chain.moved(1, "charge_giftcard", "in_doubt", attempt=2, amount=3_00).wait(seconds=30)
    chain.moved(1, "charge_giftcard", "applied", attempt=2, amount=3_00, transaction_id="t-1")
    return chain.decided("ready", totals=totals(8_00, 3_00, 0))


def refunded() -> Chain:
    """A sale that came back as a whole."""
    chain = sale().wait(days=2).said("refund", refund_id="r-1")
    chain.undone(4, "post_order", subject="b-1", points=-11)
    chain.undone(3, "redeem_voucher", subject="v-1")
    chain.undone(2, "charge_giftcard", subject="gc-1", amount=3_00)
    back = [{"refund_id": "r-1", "status": "completed", "amount": 8_00}]
    return chain.decided(
        "completed",
        "archived",
        totals=totals(8_00, 3_00, 5_00),
        payments=captured(5_00),
        refunds=back,
    )


def several() -> Chain:
    """Three vendors, one of which refuses at first; a bill that is closed for good."""
    chain = Chain().said("open").said("apply_offer", "code_unknown")
    chain.done(1, "spend_points", provider="wll", subject="m-1", points=-200, amount=2_00)
    chain.moved(2, "post_transaction", "calling", provider="loyale", subject="b-1").wait(seconds=1)
    chain.moved(
        2, "post_transaction", "refused", provider="loyale", subject="b-1", code="member_blocked"
    )
    chain.paid(6_00).done(3, "finalise", 320, provider="letstrade", subject="b-1")
    chain.done(4, "post_order", provider="wll", subject="b-1", points=6)
    return chain.decided(
        "completed", "archived", totals=totals(8_00, 2_00, 6_00), payments=captured(6_00)
    )


def irreversible() -> Chain:
    """A burned voucher whose sale failed: support gave something for it."""
    chain = Chain().said("open").done(1, "burn_voucher", provider="wll", subject="w-1")
    chain.paid(5_00, "declined").decided(
        "cancelled",
        "archived",
        totals=totals(5_00, 0, 0),
        attention=[{"id": "att_1", "code": "goodwill"}],
    )
    return chain.wait(hours=3).by_kim(
        "resolve_attention", "a new voucher was sent", item="att_1", action="settled_by_hand"
    )


SHAPES = {
    "a plain sale": sale,
    "declined and undone": declined,
    "an answer lost and asked for": lost,
    "a refund": refunded,
    "several vendors": several,
    "an irreversible step": irreversible,
}
