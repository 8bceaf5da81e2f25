"""White Label Loyalty's credentials and settings of one store."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from tillsaga.domain.model import Model

EventType = Annotated[str, Field(pattern=r"^[A-Z]+(_[A-Z]+)*$", min_length=2, max_length=64)]
"""Digits are refused (trap 13)."""


class WllSettings(Model):
    """The two services, the tenant's event types and what a point is worth.

    `sale_event`: sales are reported as this event instead of as orders, never as both (trap 10).
    `points_per_unit` is per 1.00 of the store's currency. `pools_integrated`: the tenant's code
    pools are validated by API (sheet 2.1). `audience` may differ per environment (sheet 1).
    """

    auth_url: str
    receipts_base_url: str | None = None
    location_id: str | None = None
    sale_event: EventType | None = None
    redeem_event: EventType | None = None
    refund_event: EventType | None = None
    points_per_unit: Annotated[Decimal, Field(gt=0)] | None = None
    pools_integrated: bool = False
    audience: str = "wlloyalty.net"
    test_reaction_path: str = "commands/test_reaction"

    @model_validator(mode="after")
    def _sales_have_a_way(self) -> "WllSettings":
        if self.sale_event is None and self.receipts_base_url is None:
            raise ValueError("needs receipts_base_url (sales as orders) or sale_event")
        return self


class WllCredentials(Model):
    """The tenant's key, and the client that fetches admin tokens."""

    api_key: SecretStr
    client_id: SecretStr
    client_secret: SecretStr
