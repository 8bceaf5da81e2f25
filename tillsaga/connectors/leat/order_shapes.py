"""What is read of Leat's answers about orders (sheet 3.9, 3.10)."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from tillsaga.connectors.leat.wire import Entry, Maybe, MaybeNamed, Named, Shape

Lines = Annotated[list["OrderLine"], BeforeValidator(lambda value: value or [])]


class OrderLine(Shape):
    """A line, sub-line or charge of an order as it is now: what returns have left of it."""

    external_identifier: str
    quantity: Maybe[float] = None
    total_amount: int
    sub_line_items: Lines = Field(default_factory=list)


class Order(Named):
    """An order."""

    line_items: Lines = Field(default_factory=list)
    charges: Lines = Field(default_factory=list)


class BookedOrder(Entry):
    """An order as the list shows it; its shop is called otherwise there."""

    external_identifier: Maybe[str] = None
    contact: Maybe[Named] = None
    business_profile: Maybe[MaybeNamed] = None
    line_items: Lines = Field(default_factory=list)
    charges: Lines = Field(default_factory=list)


class PointsResult(Shape):
    """Points that an order or return moved; of a return the sign is not defined (trap 19)."""

    points: Maybe[int] = None
    new_balance: Maybe[int] = None


class Result(Shape):
    """What an order's processing gave; other types than points are announced."""

    type: Maybe[str] = None
    data: Maybe[PointsResult] = None


class ProcessedOrder(Shape):
    """What posting an order answers."""

    order: Order
    result: Maybe[Result] = None


class ProcessedReturn(Shape):
    """What posting an order return answers."""

    returned: Named = Field(alias="return")
    result: Maybe[Result] = None
