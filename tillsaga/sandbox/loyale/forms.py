"""The bodies Loyale takes (sheet 2, 4 and 6), read strictly: a number is no text.

Fields it does not know are ignored, and a null is the same as nothing.
"""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from tillsaga.sandbox.books import parse_moment
from tillsaga.sandbox.loyale.call import Call, Refusal

MOST = Decimal(10) ** 7
"""More than any till sells; keeps a hostile `1e99999` out of the books."""


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("must be a number")
    number = Decimal(value)
    if not number.is_finite() or abs(number) > MOST:
        raise ValueError("is out of range")
    return number


def _amount(value: object) -> object:
    number = _number(value)
    if isinstance(number, Decimal) and number != round(number, 2):
        raise ValueError("must have at most two decimals")
    return number


def _moment(value: object) -> object:
    try:
        return parse_moment(value if isinstance(value, str) else "")
    except (ValueError, OverflowError) as bad:
        raise ValueError("must be an ISO 8601 date") from bad


Number = Annotated[Decimal, BeforeValidator(_number)]
Amount = Annotated[Decimal, BeforeValidator(_amount), Field(ge=0)]
Moment = Annotated[datetime, BeforeValidator(_moment)]


class Form(BaseModel):
    """Part of a body, its names in camel case."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)


class LineForm(Form):
    """A line item; a negative quantity returns in-line (sheet 6.1)."""

    quantity: Number
    sku: str | None = None
    description: str | None = None
    unit_price: Number | None = None
    unit_sale_price: Number | None = None
    unit_sale_price_before_tax: Number | None = None
    promotions: list[str] = []
    categories: list[str] = []
    vendor: str | None = None

    def unit(self) -> Decimal:
        """Choose the price that counts: the sale price if there is one (sheet 2)."""
        price = self.unit_price if self.unit_sale_price is None else self.unit_sale_price
        if price is None:
            raise Refusal("price_missing")
        return price


class MethodForm(Form):
    """A payment method; without an amount it is open (sheet 4)."""

    type: str = Field(min_length=1)
    amount: Amount | None = None
    reference: str | None = None
    awards_points: bool = True


class PosForm(Form):
    """Where the sale was made; informational."""

    id: str | None = None
    type: str | None = None


class SaleForm(Form):
    """A sale, or a custom return, which has the same model (sheet 2 and 6.4)."""

    customer_barcode: str | None = None
    customer_id: str | None = None
    outlet_id: str | None = None
    line_items: list[LineForm] = Field(min_length=1)
    date: Moment | None = None
    description: str | None = None
    receipt_number: str | None = None
    unique_id: str | None = Field(default=None, min_length=1)
    pos: PosForm | None = None
    coupons: list[str] = []
    payment_methods: list[MethodForm] = []


class LineReturnForm(Form):
    """How much of which article comes back (sheet 6.3)."""

    sku: str
    quantity: Number


FormT = TypeVar("FormT", bound=Form)


def read(form: type[FormT], call: Call) -> FormT:
    """Read the body as a form.

    Raises:
        Refusal: the body is no JSON object, or a field is missing or wrong.
    """
    try:
        return form.model_validate(_without_nulls(parse(call.body, Decimal)))
    except UnicodeEncodeError as unwritable:
        raise Refusal("bad_request", why="A text is not valid Unicode") from unwritable
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Refusal("bad_request", why=f"{where}: {first['msg']}") from wrong


def canonical(body: bytes) -> str:
    """Write a body so that two with the same content are equal texts."""
    return json.dumps(parse(body, float), sort_keys=True)


def parse(body: bytes, number: Callable[[str], object]) -> Any:
    """Read JSON; comments and NaN are none."""
    try:
        return json.loads(body, parse_float=number, parse_constant=_no_number)
    except (ValueError, RecursionError) as unreadable:
        raise Refusal("bad_request", why="The request body is not valid JSON") from unreadable


def _no_number(name: str) -> None:
    raise ValueError(name)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, str):
        value.encode()  # Raises on half a surrogate pair, which JSON can spell.
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
