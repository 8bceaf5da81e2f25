"""Koupon's credentials and settings of one store."""

from pydantic import SecretStr

from tillsaga.domain.model import Model


class KouponSettings(Model):
    """Koupon's number for the store, sent with every call if it is given (sheet 3.3)."""

    koupon_store_id: str | None = None


class KouponCredentials(Model):
    """The API key, which is sent, and the secret, which only signs (sheet 2)."""

    identifier: SecretStr
    secret: SecretStr
