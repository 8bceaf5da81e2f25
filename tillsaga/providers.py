"""How a store reaches its vendors: addresses, credentials and settings, one model per kind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, StrictBool, model_validator

from tillsaga.config_types import (
    ConfigId,
    PositiveNumber,
    Secret,
    Section,
    TurningSecret,
    VendorAddress,
)
from tillsaga.domain.effects import Timing
from tillsaga.domain.model import Json, Text
from tillsaga.domain.money import minor_digits
from tillsaga.durations import Duration


@dataclass(frozen=True)
class CurrencyRule:
    """What a vendor's wire format can say about money; the defaults carry everything."""

    digits: int | None = None
    codes: frozenset[str] = frozenset()


# The one table of what each kind can carry.
CURRENCIES: Mapping[str, CurrencyRule] = {
    "leat": CurrencyRule(),
    "letstrade": CurrencyRule(digits=2),
    "wll": CurrencyRule(digits=2),
    "loyale": CurrencyRule(digits=2),
    "koupon": CurrencyRule(digits=2, codes=frozenset({"USD"})),
}


def why_not_carried(kind: str, currency: str) -> str | None:
    """Say why a vendor cannot carry a currency, or None when it can.

    >>> why_not_carried("koupon", "EUR")
    'koupon cannot carry EUR: only USD'
    >>> why_not_carried("loyale", "JPY")
    'loyale cannot carry JPY: only currencies with 2 decimals'
    >>> why_not_carried("leat", "JPY")
    """
    rule = CURRENCIES[kind]
    if rule.codes and currency not in rule.codes:
        return f"{kind} cannot carry {currency}: only {', '.join(sorted(rule.codes))}"
    if rule.digits is not None and minor_digits(currency) != rule.digits:
        return f"{kind} cannot carry {currency}: only currencies with {rule.digits} decimals"
    return None


class ProviderSettings(Section):
    """What every vendor's connection has.

    `settle_after` is how long after a lost answer the vendor's "not found" can be believed;
    `circuit_open_for` how long a vendor that does not answer is left alone; `rate_per_second` how
    many calls its queue begins a second, over all stores and workers.
    """

    http_timeout: Duration = timedelta(seconds=5)
    settle_after: Duration = timedelta(seconds=30)
    circuit_open_for: Duration = timedelta(seconds=10)
    rate_per_second: PositiveNumber | None = None

    @property
    def timing(self) -> Timing:
        """How long the vendor may take."""
        return Timing(
            http_timeout=self.http_timeout,
            settle_after=self.settle_after,
            circuit_open_for=self.circuit_open_for,
        )

    @property
    def vendor_settings(self) -> Json:
        """The vendor's own settings as far as they are given, by name."""
        common = set(ProviderSettings.model_fields)
        return self.model_dump(mode="json", exclude=common, exclude_none=True)


class LeatCredentials(Section):
    """A Leat API token, and the secret that signs loyalty tokens on receipts."""

    token: Secret
    loyalty_token_secret: Secret | None = None


class LeatSettings(ProviderSettings):
    """Where a store's sales belong at Leat."""

    shop_uuid: Text
    portal_domain: Text | None = None
    giftcard_program_uuid: Text | None = None
    giftcard_email_uuid: Text | None = None
    attribute_prefix: Text = "tillsaga_"


class LetstradeCredentials(Section):
    """Our token at Let'sTrade, and the one its callbacks must show us: two while it is replaced."""

    token: Secret
    callback_secret: TurningSecret = ()


class LetstradeSettings(ProviderSettings):
    """Let'sTrade's names for the store and, by our terminal id, its terminals."""

    store_id: Text
    terminals: dict[str, Text] = Field(default_factory=dict)
    refund_enabled: StrictBool = False


class WllCredentials(Section):
    """The tenant's key and the client that fetches admin tokens."""

    api_key: Secret
    client_id: Secret
    client_secret: Secret


class WllSettings(ProviderSettings):
    """White Label Loyalty's services and events; `points_per_unit` is per 1.00 of currency.

    `pools_integrated`: the tenant's code pools are validated by API; else they are answered from
    the store's own list. `audience` and `test_reaction_path` differ between tenants.
    """

    auth_url: VendorAddress
    receipts_base_url: VendorAddress | None = None
    location_id: Text | None = None
    sale_event: Text | None = None
    redeem_event: Text | None = None
    refund_event: Text | None = None
    points_per_unit: PositiveNumber | None = None
    pools_integrated: StrictBool = False
    audience: Text | None = None
    test_reaction_path: Text | None = None

    @model_validator(mode="after")
    def _sales_have_a_way(self) -> Self:
        if self.sale_event is None and self.receipts_base_url is None:
            raise ValueError("needs receipts_base_url (sales as orders) or sale_event")
        return self


class LoyaleCredentials(Section):
    """The scheme and its key."""

    scheme_id: Secret
    api_key: Secret


class LoyaleSettings(ProviderSettings):
    """Where a store's sales belong at Loyale, and what they do there."""

    outlet_id: Text
    non_earning_payment_types: tuple[Text, ...] = ()
    return_restores_gift_card: StrictBool = False


class KouponCredentials(Section):
    """What signs each address."""

    identifier: Secret
    secret: Secret


class KouponSettings(ProviderSettings):
    """Koupon's number for the store."""

    koupon_store_id: Text | None = None


class Provider(Section):
    """One vendor of one store; `name` is what the API calls `provider`."""

    name: ConfigId
    kind: str
    base_url: VendorAddress
    credentials: Section
    settings: ProviderSettings

    @model_validator(mode="before")
    @classmethod
    def _with_empty_parts(cls, data: Any) -> Any:
        """Let an absent part answer with the names that it lacks."""
        if not isinstance(data, dict):
            return data
        parts = (part for part in ("credentials", "settings") if data.get(part) is None)
        return data | {part: {} for part in parts}

    @property
    def addresses(self) -> tuple[str, ...]:
        """Everywhere that the vendor is asked."""
        return (self.base_url,)

    @property
    def secrets(self) -> dict[str, SecretStr]:
        """The credentials that we show the vendor, resolved, by name; not those it shows us."""
        return {name: value for name, value in self.credentials if isinstance(value, SecretStr)}


class LeatProvider(Provider):
    """Leat."""

    kind: Literal["leat"]
    credentials: LeatCredentials
    settings: LeatSettings


class LetstradeProvider(Provider):
    """Let'sTrade."""

    kind: Literal["letstrade"]
    credentials: LetstradeCredentials
    settings: LetstradeSettings


class WllProvider(Provider):
    """White Label Loyalty."""

    kind: Literal["wll"]
    credentials: WllCredentials
    settings: WllSettings

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its three services, as far as the store uses them."""
        named = (self.base_url, self.settings.auth_url, self.settings.receipts_base_url)
        return tuple(address for address in named if address)


class LoyaleProvider(Provider):
    """Loyale."""

    kind: Literal["loyale"]
    credentials: LoyaleCredentials
    settings: LoyaleSettings


class KouponProvider(Provider):
    """Koupon."""

    kind: Literal["koupon"]
    credentials: KouponCredentials
    settings: KouponSettings


AnyProvider = Annotated[
    LeatProvider | LetstradeProvider | WllProvider | LoyaleProvider | KouponProvider,
    Field(discriminator="kind"),
]

KINDS: Mapping[str, type[Provider]] = {
    "leat": LeatProvider,
    "letstrade": LetstradeProvider,
    "wll": WllProvider,
    "loyale": LoyaleProvider,
    "koupon": KouponProvider,
}


def known_names(kind: str, part: Sequence[str | int]) -> Iterable[str]:
    """List what a provider, or the named part of it, may contain."""
    fields = KINDS[kind].model_fields
    if not part:
        return fields
    section = fields[str(part[0])].annotation
    if isinstance(section, type) and issubclass(section, Section):
        return section.model_fields
    return ()
