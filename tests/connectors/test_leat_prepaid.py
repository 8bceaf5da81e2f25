import pytest

from tests.connectors.fake_vendor import NOW, Vendor, at, data, no, order
from tillsaga.connectors.leat import Leat
from tillsaga.domain.effects import Done
from tillsaga.domain.model import Json
from tillsaga.errors import Refused

CHARGE = order("charge_prepaid", "c-1", {"contact_uuid": "c-1"}, amount=10_00)
TOP_UP = order("topup_prepaid", "line-1", {"contact_uuid": "c-1"}, amount=50_00)
DONE = Done(data={"transaction_uuid": "pt-4", "amount": -10_00, "created_at": at(1)})


def entry(uuid: str, amount: int, seconds: int = 1) -> Json:
    balance: Json = {"balance_in_cents": 15_00, "balance": "€15.00"}
    return {
        "uuid": uuid,
        "amount_in_cents": amount,
        "prepaid_balance": balance,
        "created_at": at(seconds),
    }


async def test_a_charge_is_negative_and_tells_the_balance(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET contacts/c-1/prepaid-balance", data({"balance_in_cents": 10_00}))
    charge = vendor.on("POST prepaid-transactions", data(entry("pt-4", -10_00)))

    done = await leat.operator("charge_prepaid").do(CHARGE)

    sent = {"contact_uuid": "c-1", "amount_in_cents": -10_00, "shop_uuid": "s-1"}
    assert vendor.sent(charge) == sent
    assert (done.transaction_id, done.balance_after_amount) == ("pt-4", 15_00)


async def test_leat_is_not_trusted_to_refuse_an_overdraw(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET contacts/c-1/prepaid-balance", data({"balance_in_cents": 9_99}))
    charge = vendor.on("POST prepaid-transactions", data(entry("pt-4", -10_00)))

    with pytest.raises(Refused) as refused:
        await leat.operator("charge_prepaid").do(CHARGE)

    assert refused.value.code == "insufficient_balance"
    assert not charge.called


async def test_a_charge_that_another_till_forestalled_is_an_insufficient_balance(
    leat: Leat, vendor: Vendor
) -> None:
    looks = [data({"balance_in_cents": 10_00}), data({"balance_in_cents": 0})]
    vendor.on("GET contacts/c-1/prepaid-balance", *looks)
    vendor.on("POST prepaid-transactions", no(1003))

    with pytest.raises(Refused) as refused:
        await leat.operator("charge_prepaid").do(CHARGE)

    assert refused.value.code == "insufficient_balance"


async def test_a_top_up_is_positive(leat: Leat, vendor: Vendor) -> None:
    top_up = vendor.on("POST prepaid-transactions", data(entry("pt-5", 50_00)))

    await leat.operator("topup_prepaid").do(TOP_UP)

    sent = {"contact_uuid": "c-1", "amount_in_cents": 50_00, "shop_uuid": "s-1"}
    assert vendor.sent(top_up) == sent


async def test_a_lost_charge_is_found_by_amount_and_time_in_an_unsorted_list(
    leat: Leat, vendor: Vendor, mine: set[str]
) -> None:
    mine.add("pt-3")
    first: list[Json] = [entry("pt-1", -10_00, -60), entry("pt-2", -9_00), entry("pt-3", -10_00)]
    meta: Json = {"current_page": 1, "last_page": "2", "per_page": 30}
    pages = [data([*first], meta), data([entry("pt-4", -10_00)], {**meta, "last_page": 2})]
    listing = vendor.on("GET prepaid-transactions", *pages)

    found = await leat.operator("charge_prepaid").find(CHARGE, NOW)

    assert found is not None
    assert found.transaction_id == "pt-4"
    assert [call.request.url.params["limit"] for call in listing.calls] == ["30", "30"]


async def test_a_list_that_is_seen_to_be_sorted_is_not_read_to_its_end(
    leat: Leat, vendor: Vendor
) -> None:
    page = data([entry("pt-2", -9_00, 1), entry("pt-1", -10_00, -60)], {"last_page": 9})
    listing = vendor.on("GET prepaid-transactions", page)

    assert await leat.operator("charge_prepaid").find(CHARGE, NOW) is None
    assert listing.call_count == 1


async def test_a_charge_is_reversed_by_its_transaction(leat: Leat, vendor: Vendor) -> None:
    vendor.on("POST prepaid-transactions/pt-4/reverse", data(entry("pt-6", 10_00, 5)))

    undone = await leat.operator("charge_prepaid").undo(CHARGE, DONE)

    assert (undone.transaction_id, undone.balance_after_amount) == ("pt-6", 15_00)


async def test_a_refused_reversal_may_have_happened_already(leat: Leat, vendor: Vendor) -> None:
    vendor.on("POST prepaid-transactions/pt-4/reverse", no(1003))
    vendor.on("GET prepaid-transactions", data([entry("pt-6", 10_00, 5)]), data([]))
    charge = leat.operator("charge_prepaid")

    assert (await charge.undo(CHARGE, DONE)).transaction_id == "pt-6"
    with pytest.raises(Refused) as refused:
        await charge.undo(CHARGE, DONE)
    assert refused.value.code == "tender_refused"


async def test_a_top_up_that_was_spent_is_for_a_person(leat: Leat, vendor: Vendor) -> None:
    vendor.on("POST prepaid-transactions/pt-5/reverse", no(1003))
    vendor.on("GET prepaid-transactions", data([]))
    done = Done(data={"transaction_uuid": "pt-5", "amount": 50_00, "created_at": at(1)})

    with pytest.raises(Refused) as refused:
        await leat.operator("topup_prepaid").undo(TOP_UP, done)

    assert refused.value.code == "insufficient_balance"


async def test_a_lost_reversal_is_found_after_the_charge_only(leat: Leat, vendor: Vendor) -> None:
    vendor.on(
        "GET prepaid-transactions",
        data([entry("pt-0", 10_00, 0)]),
        data([entry("pt-6", 10_00, 5)]),
    )
    charge = leat.operator("charge_prepaid")

    assert await charge.find_undo(CHARGE, DONE, NOW) is None
    assert await charge.find_undo(CHARGE, DONE, NOW) is not None
