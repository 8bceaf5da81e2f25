"""How White Label Loyalty writes JSON, read leniently (sheet 1, 2, 3)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    JsonValue,
)
from pydantic.alias_generators import to_camel

T = TypeVar("T")

Now = Callable[[], datetime]

CLOCKS_DIFFER = timedelta(seconds=2)
"""How far the vendor's clock may be behind ours."""


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _name(value: object) -> object:
    """A tier may be told by its name or as an object."""
    return value.get("name") if isinstance(value, dict) else value


def _listed(value: object) -> object:
    """Discounts come as an array or as one object (sheet 3.4)."""
    return [] if value is None else [value] if isinstance(value, dict) else value


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


Moment = Annotated[datetime, AfterValidator(_aware)]
Payload = Annotated[dict[str, JsonValue], BeforeValidator(_object)]


class Shape(BaseModel):
    """Ids are opaque; unknown keys are normal."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        coerce_numbers_to_str=True,
    )


class User(Shape):
    """Of a customer only what a sale needs; the profile is never read (trap 12)."""

    id: str
    auth_identifier: str | None = None
    is_restricted: bool = False


class Named(Shape):
    """Anything that has an id."""

    id: str


class DiscountRow(Shape):
    """A discount of a reward (sheet 3.4)."""

    type: str = ""
    value: Decimal | None = None
    sku: str | None = None
    product_sku: str | None = None
    venues: Annotated[tuple[Named, ...], BeforeValidator(_listed)] = ()


DiscountRows = Annotated[tuple[DiscountRow, ...], BeforeValidator(_listed)]


class Reward(Shape):
    """What a voucher is for."""

    id: str
    name: str | None = None
    code_type: str | None = None
    discounts: DiscountRows = ()


class Code(Shape):
    """A voucher's code; one-time codes may not exist before the redemption (sheet 2.1)."""

    value: str | None = None
    validated_at: Moment | None = None


class Benefit(Shape):
    """One customer's voucher. It has no status: its times say it (sheet 2.1)."""

    id: str
    type: str = "VOUCHER"
    redeemed_at: Moment | None = None
    expires_at: Moment | None = None
    burned_at: Moment | None = None
    code: Code | None = None
    reward: Reward | None = None
    owner: Named | None = None
    discounts: DiscountRows = ()

    @property
    def code_value(self) -> str | None:
        """The code, if there is one yet."""
        return self.code.value or None if self.code else None

    @property
    def worth(self) -> tuple[DiscountRow, ...]:
        """Its discounts, told by a validation or by the reward."""
        return self.discounts or (self.reward.discounts if self.reward else ())

    def expired(self, now: datetime) -> bool:
        """Whether it ran out; one that was redeemed or validated does not (trap 17)."""
        used = self.redeemed_at or (self.code.validated_at if self.code else None)
        return used is None and self.expires_at is not None and now > self.expires_at


class Wallet(Shape):
    """Points, tier and vouchers of one customer. Points may be below zero (sheet 2.2)."""

    points: int = 0
    tier: Annotated[str | None, BeforeValidator(_name)] = None
    vouchers: tuple[Benefit, ...] = ()


class Event(Shape):
    """An event as the answer and the list show it."""

    id: str
    type: str = ""
    subject: str | None = None
    payload: Payload = {}
    occurred_at: Moment | None = None
    created_at: Moment | None = None

    @property
    def at(self) -> datetime | None:
        """When the vendor took it."""
        return self.created_at or self.occurred_at


class PostedOrder(Shape):
    """The Receipts service's answer; nothing of it is needed but for people."""

    id: str | None = None


class Token(Shape):
    """An admin token, with its life in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=None)

    access_token: str
    expires_in: int = 23 * 3600


def stamp(at: datetime) -> str:
    """Write a time as events demand it: with fractional seconds (trap 13).

    >>> stamp(datetime(2026, 3, 1, 10, 18, tzinfo=UTC))
    '2026-03-01T10:18:00.000Z'
    """
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def points_in(reactions: JsonValue) -> int:
    """Add up what reactions give (+) or take (-), however they are nested (sheet 3.7).

    >>> points_in([{"reactor": {"id": "r"}, "reactions": [{"type": "POINTS", "points": -300}]}])
    -300
    """
    if isinstance(reactions, list):
        return sum(points_in(each) for each in reactions)
    if not isinstance(reactions, dict):
        return 0
    points = reactions.get("points")
    if isinstance(points, int | float) and not isinstance(points, bool):
        return int(points)
    return sum(points_in(value) for name, value in reactions.items() if name != "reactor")
