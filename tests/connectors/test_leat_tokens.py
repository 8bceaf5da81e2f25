from datetime import UTC, datetime
from decimal import Decimal

from tests.connectors.fake_vendor import NOW
from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.leat import Leat
from tillsaga.connectors.leat.tokens import claim_url

AT = datetime.fromtimestamp(1700000000, UTC)


def test_the_sheets_vector_for_a_value() -> None:
    url = claim_url(
        "portal.test",
        "s3cr3t",
        shop_uuid="shop-001",
        unique_id="order-42",
        at=AT,
        value=Decimal("12.50"),
    )

    assert url == (
        "https://portal.test/l?version=v3&shop_uuid=shop-001&unique_id=order-42"
        "&timestamp=1700000000&unit_name=purchase_amount&unit_value=12.50"
        "&hash=2c62e3285d74f5c2e385f519c9520786c518711d"
    )


def test_the_sheets_vector_for_credits() -> None:
    url = claim_url(
        "https://portal.test/",
        "s3cr3t",
        shop_uuid="shop-001",
        unique_id="order-42",
        at=AT,
        credits=15,
    )

    assert url.startswith("https://portal.test/l?version=v3&")
    assert url.endswith("&credits=15&hash=078fbe0c421834a681ac156f1750553ac3ee5662")


async def test_a_receipts_link_keeps_the_secret_to_itself(leat: Leat) -> None:
    link = leat.claim_link("chk_1", 12_50, NOW)

    assert link is not None
    assert "unique_id=chk_1" in link
    assert "unit_value=12.50&hash=" in link
    assert "s3cr3t" not in link


async def test_nothing_to_claim_makes_no_link(leat: Leat, config: ConnectorConfig) -> None:
    bare = Leat(config.model_copy(update={"settings": {"shop_uuid": "s-1"}}))

    assert leat.claim_link("chk_1", 0, NOW) is None
    assert bare.claim_link("chk_1", 12_50, NOW) is None
