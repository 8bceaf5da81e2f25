"""Let'sTrade beside other vendors: everybody's books, and who is last."""

from pathlib import Path

from tests.support.books.letstrade import moved
from tests.support.finding import tenders
from tests.support.ledger import changes
from tests.support.letstrade_bill import ALL_SPENT, bill, stages, status_of, with_codes
from tests.support.shop import open_shop
from tillsaga.sandbox import world as leat
from tillsaga.sandbox.letstrade import world
from tillsaga.sandbox.loyale import world as loyale

WALLET_AND_CARD = ("letstrade", "leat")
LAST = ("letstrade", "loyale")


async def test_a_wallet_a_gift_card_and_cash_pay_one_bill(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=WALLET_AND_CARD) as shop:
        before, cards = await shop.books("letstrade"), await shop.books("leat")
        checkout = await with_codes(shop)
        await checkout.giftcard(leat.CARD_20, 15_00)
        due = await checkout.ready()
        assert due == 25_00
        expected = [("apply", "charge_giftcard"), ("seal", "finalise"), ("pivot", "payment")]
        assert await stages(checkout) == expected

        seen = await checkout.pay(due, type="cash")

        assert (seen["status"], seen["attention"]) == ("completed", [])
        assert tenders(seen) == [("charged", 50_00), ("charged", 15_00)]
        assert moved(before, await shop.books("letstrade")) == ALL_SPENT
        assert list(changes(cards, await shop.books("leat")).values()) == [-15_00]


async def test_a_declined_payment_gives_the_gift_card_back_and_names_what_is_spent(
    tmp_path: Path,
) -> None:
    async with open_shop(tmp_path, kinds=WALLET_AND_CARD) as shop:
        before, cards = await shop.books("letstrade"), await shop.books("leat")
        checkout = await with_codes(shop)
        await checkout.giftcard(leat.CARD_20, 15_00)
        due = await checkout.ready()
        await checkout.pay(due, "authorized")

        seen = await checkout.pay(due, "declined", final=True)

        assert tenders(seen) == [("charged", 50_00), ("reversed", 15_00)]
        cases = [(case["code"], case["amount"]) for case in seen["attention"]]
        assert cases == [("goodwill", 50_00), ("goodwill", 10_00)]
        assert moved(before, await shop.books("letstrade")) == ALL_SPENT
        assert changes(cards, await shop.books("leat")) == {}


async def test_the_bill_is_finalised_after_the_other_vendors_transaction(
    tmp_path: Path,
) -> None:
    async with open_shop(tmp_path, kinds=LAST) as shop:
        before = await shop.books("letstrade")
        ann = {"type": "card", "value": loyale.ANN_BARCODE, "provider": "loyale"}
        checkout = await shop.open(bill(), identifiers=[ann])
        await checkout.scan(loyale.COUPON)
        await checkout.scan(world.CODE_TEN)
        due = await checkout.ready()
        assert due == 88_00
        assert await stages(checkout) == [
            ("seal", "post_transaction"),
            ("seal", "finalise"),
            ("pivot", "payment"),
        ]

        seen = await checkout.pay(due, "authorized")

        assert seen["instruction"] == "capture"
        assert status_of(seen, "post_transaction") == ["applied"]
        assert status_of(seen, "finalise") == ["applied"]
        assert (await checkout.pay(due))["status"] == "completed"
        spent = {world.VOUCHER_TEN: "BURNED", world.CODE_TEN: "USED", "orders": 1}
        assert moved(before, await shop.books("letstrade")) == spent
        transactions = (await shop.books("loyale"))["transactions"]
        assert len(transactions) == 1
