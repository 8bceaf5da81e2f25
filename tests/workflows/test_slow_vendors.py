"""A vendor that does not answer is not hidden behind another one's no."""

from pathlib import Path

from tests.support.shop import open_shop
from tillsaga.domain import messages as m
from tillsaga.sandbox import world as leat
from tillsaga.sandbox.loyale import world as loyale


async def test_points_of_a_vendor_that_is_down_are_refused_as_such_and_may_be_asked_for_again(
    tmp_path: Path,
) -> None:
    ann = {"type": "card", "value": loyale.ANN_BARCODE, "provider": "loyale"}
    points = m.AddTender(type="points", amount=3_00)
    async with open_shop(tmp_path, kinds=("wll", "loyale")) as shop:
        checkout = await shop.open(identifiers=[ann])
        await shop.fault("maintenance", "transaction.create", vendor="loyale", times=None)

        # White Label, which is asked first, knows nobody here.
        assert await checkout.refused("add_tender", points) == "vendor_unavailable"

        await shop.mend()
        seen = await checkout.ok("add_tender", points)
        assert [(t["provider"], t["status"]) for t in seen["tenders"]] == [("loyale", "planned")]


async def test_a_vendor_that_keeps_asking_for_a_second_is_asked_ever_more_rarely(
    tmp_path: Path,
) -> None:
    async with open_shop(tmp_path) as shop:
        checkout = await shop.open(None, leat.ANN_CARD)
        due = await checkout.ready()
        await shop.fault("rate_limited", "order.create_and_process", times=None, retry_after=1)
        await checkout.pay(due)

        await shop.env.sleep(600)
        asked = await shop.asked("leat")
        assert asked.count("order.create_and_process") in range(3, 20)

        await shop.mend()
        assert await checkout.ended() == "completed"
