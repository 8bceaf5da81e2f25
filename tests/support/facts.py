"""What a till says of its payments, in any state: written down at the door, then told."""

from typing import Any

from tests.support.shop import Checkout, Shop, payment
from tillsaga.domain import messages as m
from tillsaga.domain.messages import Context
from tillsaga.domain.recovery import restored, unheard
from tillsaga.domain.view import Reply

FINAL = ("completed", "cancelled", "expired")


async def tell(checkout: Checkout, said: str, due: int) -> str | None:
    """Say one thing; answers the code of a refusal.

    `captured`, `captured 500`, `captured +100 on card-2`; `~` says that more follows and `!` that
    nothing does; `correct pay_1 declined`; `cancel`, `silence` and `terminate`.
    """
    words = said.split()
    if words[0] == "silence":
        await checkout.shop.env.sleep(16 * 60)
        checkout.view = await checkout.until(lambda seen: seen["attention"])
        return None
    if words[0] == "terminate":
        await checkout.handle.terminate("by mistake")
        return None
    if words[0] == "cancel":
        return await _send(checkout, "cancel", m.Cancel(reason="customer left"))
    if words[0] == "correct":
        fields = _report(words[2:], due).model_dump() | {"payment_id": words[1], "reason": "typo"}
        return await _send(checkout, "correct_payment", m.CorrectPayment.model_validate(fields))
    report = _report(words, due)
    await checkout.shop.wiring.checkouts.note_payment(checkout.id, report, "received")
    return await _send(checkout, "payment", report)


def _report(words: list[str], due: int) -> m.PaymentReport:
    status = words[0].rstrip("!~")
    more: dict[str, Any] = {}
    if words[0] != status:
        more["final"] = words[0].endswith("!")
    if "on" in words:
        more["reference"] = words[words.index("on") + 1]
    if "by" in words:
        more["type"] = words[words.index("by") + 1]
    amount = due
    if len(words) > 1 and words[1][0] in "+-":
        amount += int(words[1])
    elif len(words) > 1 and words[1].isdigit():
        amount = int(words[1])
    return payment(amount, status, **more)


async def _send(checkout: Checkout, name: str, message: Any) -> str | None:
    start = checkout.shop.start_for(checkout.id, resumed=True)
    recorded = Context(recorded=name == "payment")
    handle, reply = await checkout.shop.with_start(start, name, message, recorded)
    checkout.handle, checkout.view = handle, reply.checkout
    if reply.checkout["status"] in FINAL:
        await checkout.ended()
        checkout.view = await checkout.seen()
    return _code(reply)


def _code(reply: Reply) -> str | None:
    return reply.refusal.code if reply.refusal else None


async def verdicts(shop: Shop, checkout_id: str) -> dict[tuple[str, str], str]:
    """What the records say of each payment message, by reference and status."""
    facts = await shop.wiring.checkouts.facts(checkout_id)
    return {(fact.reference, fact.report.status): fact.verdict for fact in facts.payments}


async def nothing_is_unheard(shop: Shop, checkout: Checkout) -> bool:
    """Whether a run that went on from the archive would learn nothing new, and change nothing."""
    facts = await shop.wiring.checkouts.facts(checkout.id)
    again = restored(shop.start_for(checkout.id, resumed=True), facts)
    told = [(p["reference"], p["status"], p["amount"]) for p in checkout.view["payments"]]
    known = [(p.reference, p.status, p.amount) for p in again.payments]
    return (known, unheard(again, facts)) == (told, [])
