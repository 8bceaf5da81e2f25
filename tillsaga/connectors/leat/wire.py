"""How Leat writes JSON, read leniently (sheet 1, trap 22)."""

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, JsonValue

T = TypeVar("T")


def _none_if_empty(value: object) -> object:
    """PHP writes an empty object as `[]`, and unset values as an empty string."""
    return None if value in ("", []) else value


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


Maybe = Annotated[T | None, BeforeValidator(_none_if_empty)]
Moment = Annotated[datetime, AfterValidator(_aware)]
Attributes = Annotated[dict[str, JsonValue], BeforeValidator(_object)]


class Shape(BaseModel):
    """Ids are opaque and may be digits; unknown keys are normal."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Named(Shape):
    """Anything that has an id."""

    uuid: str


class MaybeNamed(Shape):
    """Anything that may have an id: a recipient of an answer that is not looked at."""

    uuid: Maybe[str] = None


class Entry(Shape):
    """A transaction as the lists show it; legacy ones have no id (sheet 1)."""

    uuid: Maybe[str] = None
    created_at: Maybe[Moment] = None
    shop: Maybe[MaybeNamed] = None
