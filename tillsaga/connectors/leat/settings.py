"""Leat's credentials and settings of one store."""

from pydantic import SecretStr

from tillsaga.domain.model import Model


class LeatSettings(Model):
    """Where a store's sales belong at Leat.

    `attribute_prefix` sets our custom attributes apart from other integrations' (seed).
    """

    shop_uuid: str
    portal_domain: str | None = None
    giftcard_program_uuid: str | None = None
    giftcard_email_uuid: str | None = None
    attribute_prefix: str = "tillsaga_"


class LeatCredentials(Model):
    """An account's token, and the secret that signs claim links."""

    token: SecretStr
    loyalty_token_secret: SecretStr | None = None
