"""How Koupon reads and writes JSON (sheet 1, 3)."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

Written = str | int | Decimal | None | Sequence["Written"] | Mapping[str, "Written"]


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


Quantity = Annotated[int, Field(ge=0)]
Code = Annotated[str | None, BeforeValidator(_none_if_empty)]


class Shape(BaseModel):
    """Ids are opaque strings; unknown keys are normal."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        coerce_numbers_to_str=True,
    )


class Redeemed(Shape):
    """What became of one redemption; a refused one may leave its quantity out (trap 6)."""

    discount_asset: str
    coupon_code: Code = None
    redeemed_qty: Annotated[Quantity | None, BeforeValidator(_none_if_empty)] = None
    exception_code: Code = None


class Results(Shape):
    """What became of a request's redemptions, in no order that may be relied on."""

    results: tuple[Redeemed, ...]


def encoded(body: Written) -> bytes:
    """Write JSON whose amounts keep their two decimals, the same bytes each time (sheet 1, 4).

    >>> encoded({"price": Decimal("2.50"), "discounts": []})
    b'{"price":2.50,"discounts":[]}'
    """
    return _text(body).encode()


def _text(value: Written) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(name)}:{_text(inner)}" for name, inner in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(_text(inner) for inner in value) + "]"
    return json.dumps(value)
