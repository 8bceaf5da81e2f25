"""What a refund asks of a vendor: a part of what an earlier effect did."""

from typing import Any

from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json


def part(
    whole: EffectOrder,
    done: Done,
    operation: str,
    *,
    refund_id: str = "r-1",
    amount: int | None = None,
    earlier: tuple[Done, ...] = (),
    **request: object,
) -> EffectOrder:
    """Order a part as `tillsaga.domain.reversals` does."""
    named = {
        "of": whole.subject,
        "of_operation": whole.operation,
        "of_generation": whole.generation,
        "did": done.data,
        "refund_id": refund_id,
    }
    asked = whole.model_dump() | {
        "operation": operation,
        "subject": f"{whole.subject}/{refund_id}",
        "generation": 1,
        "amount": amount,
        "request": whole.request | named | request,
        "prior": {operation: {"parts": [each.data for each in earlier]}} if earlier else {},
    }
    return EffectOrder.model_validate(asked)


def goods(
    whole: EffectOrder,
    done: Done,
    back: dict[str, str],
    left: dict[str, str],
    *,
    refund_id: str = "r-1",
    earlier: tuple[Done, ...] = (),
    **request: object,
) -> EffectOrder:
    """Order the return of lines: what comes back and what stays, by line id."""
    lines: list[Json] = [{"line_id": i, "quantity": q, "amount": 0} for i, q in back.items()]
    asked: dict[str, Any] = {
        "lines": lines,
        "left": left,
        "rest": not any(float(quantity) for quantity in left.values()),
        "tenders": [],
        "earned": done.points,
        "points": None,
        "paid": {"before": 0, "after": 0, "sold": 0},
        "spent_points": "negative",
    } | request
    return part(whole, done, "return_lines", refund_id=refund_id, earlier=earlier, **asked)
