"""Loyale's credentials and settings of one store."""

from pydantic import SecretStr

from tillsaga.domain.model import Model


class LoyaleSettings(Model):
    """Where a store's sales belong at Loyale, and what they do there.

    `non_earning_payment_types` are the till's payment types, and our tender types, whose part of
    a sale earns nothing. `return_restores_gift_card`: this scheme's full return gives a gift
    card its value back, which Loyale does not document (sheet 6).
    """

    outlet_id: str
    non_earning_payment_types: tuple[str, ...] = ()
    return_restores_gift_card: bool = False


class LoyaleCredentials(Model):
    """The scheme and its key (sheet 1)."""

    scheme_id: SecretStr
    api_key: SecretStr
