import pytest
from pydantic import SecretStr, ValidationError

from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.leat import Leat
from tillsaga.connectors.registry import KINDS, ConnectorSet, build_connector
from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.ports import Connectors
from tillsaga.errors import Refused
from tillsaga.providers import KINDS as CONFIGURABLE


async def test_a_set_finds_the_connector_of_a_store(config: ConnectorConfig) -> None:
    connectors = ConnectorSet([config])
    port: Connectors = connectors

    assert isinstance(port.of("ams-1", "loyalty"), Leat)
    with pytest.raises(Refused) as refused:
        port.of("ams-1", "leat")
    assert refused.value.code == "provider_unknown"
    await connectors.aclose()


def test_every_kind_that_a_stores_file_may_name_has_its_connector() -> None:
    assert set(KINDS) == set(CONFIGURABLE)


def test_a_missing_or_unknown_setting_shows_at_the_start(config: ConnectorConfig) -> None:
    typo = {"shop_uuid": "s-1", "typo": 1}
    wrongs: list[dict[str, object]] = [{"settings": {}}, {"settings": typo}, {"credentials": {}}]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            build_connector(config.model_copy(update=wrong))


def test_a_config_does_not_show_its_secrets(config: ConnectorConfig) -> None:
    assert config.credentials["token"] == SecretStr("t0ken")
    assert "t0ken" not in repr(config)


async def test_leat_has_every_operation_of_its_kind(leat: Leat) -> None:
    ours = set(OPERATIONS) - {"reserve", "report_sale"}
    ours -= {"activate_voucher", "burn_voucher", "spend_points"}
    ours -= {"redeem_coupon", "post_transaction", "finalise", "refund_points"}

    assert {leat.operator(name) is not None for name in ours} == {True}
    with pytest.raises(KeyError):
        leat.operator("finalise")
