"""A read that fails, for whatever reason, is an answer that a till can use: nothing ends by it."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pydantic import BaseModel
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities import waiting
from tests.support.shop import Shop, open_shop
from tillsaga.domain import messages as m
from tillsaga.domain.reads import LookUpAnswer, LookUpOrder, ScanAnswer, ScanOrder
from tillsaga.sandbox import world
from workflows.look_up import LookUpWorkflow, ScanWorkflow

MESSAGES: dict[str, tuple[str, BaseModel]] = {
    "a tender": ("add_tender", m.AddTender(type="prepaid", amount=1_00)),
    "a code": ("apply_offer", m.ApplyOffer(code="SOMEBODYS")),
}


READS = {"find_tender", "find_offer", "visit_vendor", "look_up", "scan_code"}


async def broken(work: Any, input: ExecuteActivityInput) -> Any:
    """A bug, or the records are away: no error that anybody has thought of."""
    if activity.info().activity_type in READS:
        raise RuntimeError("nobody knows why")
    return await ActivityInboundInterceptor.execute_activity(work, input)


def reads_that_fail() -> Any:
    return patch.object(waiting._NoSooner, "execute_activity", broken)


@pytest.mark.parametrize(("name", "message"), MESSAGES.values(), ids=MESSAGES)
async def test_the_checkout_goes_on(shop: Shop, name: str, message: BaseModel) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.giftcard(world.CARD_20, 3_00)

    with reads_that_fail():
        assert await checkout.refused(name, message) == "vendor_unavailable"

    seen = await checkout.prepaid(1_00)
    assert [tender["status"] for tender in seen["tenders"]] == ["charged", "charged"]
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"


async def test_a_look_up_and_a_scan_are_answered(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        store = shop.store.id
        with reads_that_fail():
            found: LookUpAnswer = await shop.client.execute_workflow(
                LookUpWorkflow.run,
                LookUpOrder(
                    store_id=store, providers=("leat",), kind="giftcard", value=world.CARD_20
                ),
                id="look-up",
                task_queue=shop.queue,
            )
            scanned: ScanAnswer = await shop.client.execute_workflow(
                ScanWorkflow.run,
                ScanOrder(store_id=store, providers=("leat",), value=world.CARD_20),
                id="scan",
                task_queue=shop.queue,
            )
    assert found.refusal is not None
    assert found.refusal.code == "vendor_unavailable"
    assert scanned.candidates == ()
