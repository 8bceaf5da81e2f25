from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tillsaga.domain.discounts import Discount
from tillsaga.providers import CURRENCIES, KINDS, LeatProvider, WllProvider, why_not_carried
from tillsaga.stores import Policy, Store, StoresFile, load_stores

HOOK, NEXT = ("whsec_" + word * 8 for word in ("c2Vz", "bmV4"))

WHOLE = """\
stores:
  - id: ams-1
    name: Amsterdam Centraal
    currency: EUR
    timezone: Europe/Amsterdam
    providers:
      - name: leat
        kind: leat
        base_url: http://127.0.0.1:8600/leat/
        credentials: {token: "env:LEAT_TOKEN", loyalty_token_secret: "file:secrets/leat"}
        settings: {shop_uuid: s-1, settle_after: 45s, rate_per_second: 5}
      - name: stars
        kind: wll
        base_url: https://rewards.example/v1
        credentials: {api_key: "env:WLL", client_id: "env:WLL", client_secret: "env:WLL"}
        settings: {auth_url: "https://auth.example", sale_event: SALE, points_per_unit: 2.5}
      - name: till-deals
        kind: letstrade
        base_url: https://letstrade.example
        credentials: {token: "env:LEAT_TOKEN"}
        settings: {store_id: S-014, terminals: {01: T1, on: T2}}
      - name: loyale
        kind: loyale
        base_url: https://loyale.example
        credentials: {scheme_id: "env:WLL", api_key: "env:WLL"}
        settings: {outlet_id: o-1, non_earning_payment_types: [giftcard]}
    discounts:
      CPN-COFFEE: {type: absolute, amount: 100, skus: [COFFEE], title: "1.00 off coffee"}
      0012: {type: percentage, percent: 12.5}
    policy:
      abandon_after: 20m
      payment_flow: one_step
    terminals:
      table-7: {abandon_after: 4h}
  - id: nyc-1
    name: New York
    currency: USD
    timezone: America/New_York
    providers:
      - name: koupon
        kind: koupon
        base_url: https://koupon.example
        credentials: {identifier: "env:WLL", secret: "env:WLL"}
        settings:
    policy:
webhooks:
  - url: http://127.0.0.1:9000/hooks
    secret: ["env:HOOK", "env:NEXT"]
    stores: [ams-1]
"""


@pytest.fixture
def whole(tmp_path: Path) -> StoresFile:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/leat").write_text("from a file\n")
    (tmp_path / "stores.yaml").write_text(WHOLE)
    return load_stores(
        tmp_path / "stores.yaml", {"LEAT_TOKEN": "hunter2", "WLL": "w", "HOOK": HOOK, "NEXT": NEXT}
    )


@pytest.fixture
def amsterdam(whole: StoresFile) -> Store:
    store = whole.store("ams-1")
    assert store is not None
    return store


def test_stores_and_providers_are_found_by_name(whole: StoresFile, amsterdam: Store) -> None:
    assert [store.id for store in whole.stores] == ["ams-1", "nyc-1"]
    assert whole.store("nowhere") is None
    assert amsterdam.provider("stars") is amsterdam.providers[1]
    assert amsterdam.provider("koupon") is None
    assert amsterdam.zone.key == "Europe/Amsterdam"


def test_a_provider_is_typed_by_its_kind(amsterdam: Store) -> None:
    leat, stars = amsterdam.provider("leat"), amsterdam.provider("stars")

    assert isinstance(leat, LeatProvider)
    assert leat.base_url == "http://127.0.0.1:8600/leat"
    assert (leat.settings.shop_uuid, leat.settings.attribute_prefix) == ("s-1", "tillsaga_")
    assert isinstance(stars, WllProvider)
    assert (stars.settings.sale_event, stars.settings.points_per_unit) == ("SALE", 2.5)


def test_every_provider_has_the_common_settings(amsterdam: Store) -> None:
    first, second, *_ = (provider.settings for provider in amsterdam.providers)

    assert (first.http_timeout, first.settle_after) == (timedelta(seconds=5), timedelta(seconds=45))
    assert (second.settle_after, second.rate_per_second) == (timedelta(seconds=30), None)


def test_a_connector_gets_its_vendors_own_settings_and_secrets(amsterdam: Store) -> None:
    leat, stars, *_ = amsterdam.providers

    assert leat.settings.vendor_settings == {"shop_uuid": "s-1", "attribute_prefix": "tillsaga_"}
    assert leat.settings.timing.settle_after == timedelta(seconds=45)
    assert leat.secrets["token"].get_secret_value() == "hunter2"
    assert list(stars.secrets) == ["api_key", "client_id", "client_secret"]


def test_secrets_are_resolved_and_not_shown(amsterdam: Store) -> None:
    leat = amsterdam.provider("leat")

    assert isinstance(leat, LeatProvider)
    assert leat.credentials.token.get_secret_value() == "hunter2"
    assert leat.credentials.loyalty_token_secret is not None
    assert leat.credentials.loyalty_token_secret.get_secret_value() == "from a file"
    assert "hunter2" not in repr(amsterdam) + amsterdam.model_dump_json()


def test_keys_are_taken_as_written(amsterdam: Store) -> None:
    assert "0012" in amsterdam.discounts
    assert amsterdam.providers[2].settings.model_dump()["terminals"] == {"01": "T1", "on": "T2"}


def test_a_discount_rule_says_the_same_to_the_pricing(amsterdam: Store) -> None:
    coffee, share = amsterdam.discounts.values()

    assert coffee.discount() == Discount(
        type="absolute", amount=1_00, skus=("COFFEE",), title="1.00 off coffee"
    )
    assert share.discount() == Discount(type="percentage", percent=Decimal("12.5"))


def test_a_terminal_may_wait_longer_than_its_store(amsterdam: Store) -> None:
    assert amsterdam.abandon_after("table-7") == timedelta(hours=4)
    assert amsterdam.abandon_after("till-1") == timedelta(minutes=20)


def test_an_empty_policy_is_the_default_one(whole: StoresFile) -> None:
    assert whole.stores[1].policy == Policy()
    assert Policy().in_doubt_after == timedelta(seconds=20)
    assert Policy().in_doubt == "honour"


def test_webhooks_name_their_stores(whole: StoresFile) -> None:
    (hook,) = whole.webhooks

    assert (hook.url, hook.stores) == ("http://127.0.0.1:9000/hooks", ("ams-1",))
    assert hook.secrets == (HOOK, NEXT)
    assert {store.id: store.has_webhooks for store in whole.stores} == {
        store.id: store.id == "ams-1" for store in whole.stores
    }


def test_every_kind_has_a_currency_rule() -> None:
    assert CURRENCIES.keys() == KINDS.keys()


@pytest.mark.parametrize(
    ("kind", "carried"),
    [
        ("leat", {"EUR", "USD", "JPY", "KWD"}),
        ("letstrade", {"EUR", "USD"}),
        ("wll", {"EUR", "USD"}),
        ("loyale", {"EUR", "USD"}),
        ("koupon", {"USD"}),
    ],
)
def test_a_vendor_carries_its_currencies_only(kind: str, carried: set[str]) -> None:
    currencies = {"EUR", "USD", "JPY", "KWD"}

    assert {c for c in currencies if why_not_carried(kind, c) is None} == carried
