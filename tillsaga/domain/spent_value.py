"""Gift cards and top-ups that were sold, come back, and have been spent meanwhile."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Effect
from tillsaga.domain.refunds import RefundedLine
from tillsaga.errors import Refusal

SOLD_VALUE = frozenset({"load_giftcard", "topup_prepaid"})
"""The operations that load what a line sells."""

Policy = Literal["refuse", "take_what_is_left", "review"]


def loaded_by(checkout: Checkout, line_ids: Iterable[str]) -> list[tuple[str, Effect]]:
    """List what these lines have loaded and a vendor can take back."""
    loads = []
    for line_id in line_ids:
        sale = checkout.sales.get(line_id)
        for step in sale.steps if sale else ():
            provider = checkout.sale_providers[line_id]
            effect = checkout.effect(step.operation, provider, step.subject)
            if effect and effect.may_stand and step.operation in SOLD_VALUE:
                loads.append((line_id, effect))
    return loads


def less_what_is_spent(
    lines: Sequence[RefundedLine], spent: Mapping[str, tuple[int, int]], policy: Policy
) -> list[RefundedLine]:
    """Lower what is paid back for value that is not there any more, or leave it to a person.

    Args:
        lines: What comes back.
        spent: What is missing and what was loaded, minor units, by line id.
        policy: The store's `spent_value_on_refund`.

    Raises:
        Refusal: `sold_value_spent`: the store takes nothing back that was spent.
    """
    return [
        _less(line, *spent[line.line_id], policy) if line.line_id in spent else line
        for line in lines
    ]


def _less(line: RefundedLine, missing: int, loaded: int, policy: Policy) -> RefundedLine:
    if policy == "refuse":
        words = f"{loaded - missing} of {loaded} is left of what line {line.line_id} loaded"
        raise Refusal("sold_value_spent", words)
    back = line.amount
    if policy == "take_what_is_left":
        back = line.amount * (loaded - missing) // loaded
    return line.model_copy(
        update={
            "amount": back,
            "spent_amount": missing,
            "withheld_amount": line.amount - back,
        }
    )
