"""The base of all models and the scalar types they share."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
)


class Model(BaseModel):
    """Frozen, so a step cannot change its input; closed, so a typo is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MutableModel(BaseModel):
    """State that one owner changes in place: the checkout's workflow."""

    model_config = ConfigDict(extra="forbid")


def _decimal_string(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        raise ValueError('must be a decimal string such as "1" or "0.350"')
    return Decimal(value)


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


AmountMinor = Annotated[
    int,
    Field(
        strict=True,
        ge=0,
        le=10**12,
        description="Money in the currency's minor unit: 1999 is 19.99 EUR, or 1999 JPY.",
    ),
]
SignedAmount = Annotated[
    int,
    Field(
        strict=True,
        ge=-(10**12),
        le=10**12,
        description="Money in the currency's minor unit; negative gives money back.",
    ),
]
Points = Annotated[int, Field(strict=True, description="Whole loyalty points.")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code.")]
Quantity = Annotated[
    Decimal,
    BeforeValidator(_decimal_string),
    Field(
        max_digits=12,
        decimal_places=4,
        description="A decimal string; negative for an in-line return.",
        json_schema_extra={"type": "string", "examples": ["1", "0.350", "-1"]},
    ),
    PlainSerializer(lambda value: f"{value:f}", return_type=str),
]
Instant = Annotated[
    AwareDatetime,
    AfterValidator(_utc),
    PlainSerializer(_instant, return_type=str, when_used="json"),
    Field(description="RFC 3339, UTC."),
]
Text = Annotated[str, Field(min_length=1, max_length=255)]
Json = dict[str, JsonValue]
