"""What may be sent, by the schemas of sheet 3; read strictly, unknown fields are ignored."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

EVENT_TYPE = r"^[A-Z]+(_[A-Z]+)*$"
FRACTIONS = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)$"
"""Fractional seconds are required (sheet 3.6, trap 13)."""


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if not re.match(r"\d{4}-\d\d-\d\dT", text) or moment.tzinfo is None:
        raise ValueError("must be an ISO 8601 moment with its offset")
    return text


def _uuid(text: str) -> str:
    return str(UUID(text))


Moment = Annotated[str, AfterValidator(_moment)]
EventMoment = Annotated[Moment, Field(pattern=FRACTIONS)]
Text = Annotated[str, Field(min_length=1)]
Party = Annotated[str, Field(min_length=1, max_length=128)]
Id = Annotated[str, AfterValidator(_uuid)]


class Position(BaseModel):
    """Where it happens."""

    longitude: float
    latitude: float


class RedeemBenefit(BaseModel):
    """Sheet 3.3."""

    benefitId: Id
    position: Position | None = None


class ValidateVoucher(BaseModel):
    """Sheet 3.4. Left out, `allowFutureValidation` is false, which burns; null is refused."""

    code: Text
    allowFutureValidation: bool = False
    userIdentifier: str | None = None
    venueIdentifier: str | None = None
    position: Position | None = None


class Event(BaseModel):
    """Sheet 3.6."""

    type: Annotated[str, Field(pattern=EVENT_TYPE, min_length=2, max_length=64)]
    subject: Party | None = None
    executor: Party | None = None
    payload: dict[str, Any] = {}
    occurredAt: EventMoment | None = None


class Submitter(BaseModel):
    """The member an order is of."""

    authIdentifier: Text


class Item(BaseModel):
    """A line of an order; money in minor units."""

    sku: Text
    name: Text
    quantity: Annotated[float, Field(gt=0)]
    unitPrice: int
    total: int


class OrderDiscount(BaseModel):
    """A discount the till gave; minor units."""

    type: Text
    reference: str | None = None
    amount: int


class Order(BaseModel):
    """Sheet 3.5; money in minor units."""

    transactionId: Text
    placedAt: Moment
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    total: int
    items: Annotated[list[Item], Field(min_length=1)]
    locationId: Text
    cashierId: Text
    submitter: Submitter | None = None
    discounts: list[OrderDiscount] = []
    metadata: dict[str, Any] | None = None


class PurchaseReward(BaseModel):
    """Sheet 3.8."""

    rewardId: Text
    beneficiaryId: str | None = None
    comment: str | None = None


class AdjustPoints(BaseModel):
    """Sheet 3.8; `actorId` is the member whose points change."""

    points: int
    actorId: Text
    comment: str | None = None
    impactType: Literal["EARN", "SPEND", "NONE"] | None = None
    liabilityHandlingPolicy: Literal["BYPASS", "REJECT_EVENT"] | None = None


class RewardReference(BaseModel):
    """A reward by its id."""

    id: Text


class UserCommand(BaseModel):
    """Sheet 3.8: the give-voucher command, the only one of `POST /users/{id}/commands`."""

    reward: RewardReference
    comment: str | None = None


class TokenRequest(BaseModel):
    """Sheet 1, admin token."""

    client_id: Text
    client_secret: Text
    grant_type: Literal["client_credentials"]
    audience: Text
    scope: str | None = None


class Listing(BaseModel):
    """The list parameters of sheet 1."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    skip: Annotated[int, Field(ge=0)] = 0
    order: Literal["ASC", "DESC"] = "ASC"
    filter: str | None = None
    redeemable: bool | None = None
