"""A connector at a vendor whose answers each test writes."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import respx
from pydantic import SecretStr

from tests.connectors.fake_vendor import BASE, NOW, Vendor
from tests.connectors.sandbox_server import Control, running
from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.leat import Leat
from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import Timing
from tillsaga.sandbox import world


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
def mine() -> set[str]:
    """Transaction ids that the records know as other effects'."""
    return set()


@pytest.fixture
def config() -> ConnectorConfig:
    return ConnectorConfig(
        store_id="ams-1",
        provider="loyalty",
        kind="leat",
        base_url=BASE,
        currency="EUR",
        credentials={"token": SecretStr("t0ken"), "loyalty_token_secret": SecretStr("s3cr3t")},
        settings={
            "shop_uuid": "s-1",
            "portal_domain": "portal.test",
            "giftcard_program_uuid": "gp-1",
            "attribute_prefix": "mypos_",
        },
        timing=Timing(http_timeout=timedelta(seconds=5)),
        discounts={"RULE-1": Discount(type="absolute", amount=1_00, min_spend_amount=5_00)},
    )


@pytest.fixture
async def leat(config: ConnectorConfig, mine: set[str]) -> AsyncIterator[Leat]:
    async def owned(transaction_id: str) -> bool:
        return transaction_id in mine

    connector = Leat(config, owned, lambda: NOW)
    yield connector
    await connector.aclose()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Control]:
    with running() as control:
        yield control


@pytest.fixture
def box(sandbox: Control) -> Control:
    sandbox.reset()
    return sandbox


@pytest.fixture
async def at_sandbox(box: Control) -> AsyncIterator[Leat]:
    connector = Leat(
        ConnectorConfig(
            store_id="ams-1",
            provider="leat",
            kind="leat",
            base_url=box.base_url,
            currency="EUR",
            credentials={"token": SecretStr(world.TOKEN)},
            settings={"shop_uuid": world.SHOP, "giftcard_program_uuid": world.PROGRAM},
        )
    )
    yield connector
    await connector.aclose()
