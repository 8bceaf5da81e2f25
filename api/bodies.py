"""Request bodies that are not a till message as they stand."""

from typing import Annotated, Literal

from pydantic import Field

from tillsaga.domain.attention import Action
from tillsaga.domain.messages import Actor, PaymentReport, ReasonText
from tillsaga.domain.model import Model, Text
from tillsaga.domain.offers import IdentifierType


class Correction(PaymentReport):
    """The right facts of a payment that was reported wrong; the path names the payment."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Reason(Model):
    """Why a person does it; kept for the audit."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Resolution(Model):
    """How a case is settled; the path names it."""

    action: Action
    actor: Actor
    reason: ReasonText


class Ownership(Model):
    """Who takes a case on."""

    owner: Actor | None = Field(description="Null gives it back to the queue.")


class LookUpRequest(Model):
    """A look-up without a checkout. In a body, so that no code or e-mail stands in a URL."""

    store_id: Text
    kind: Literal["member", "giftcard", "voucher"]
    type: IdentifierType | None = Field(
        default=None, description="How the member is shown; only for `member`."
    )
    value: Annotated[str, Field(min_length=1, max_length=255)]
    provider: Text | None = Field(default=None, description="Ask this provider only.")


class ScanRequest(Model):
    """What the scanner read, on a checkout's till."""

    value: Annotated[str, Field(min_length=1, max_length=255)]


class StoreScanRequest(ScanRequest):
    """What the scanner read, without a checkout."""

    store_id: Text


class PortalRequest(Model):
    """Which provider's screens are wanted; without it, the first that has some."""

    provider: Text | None = None
