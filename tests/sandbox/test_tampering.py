from typing import Any

import pytest

from tests.sandbox.conftest import Till
from tillsaga.sandbox import world


async def tamper(till: Till, do: str, entry: str, **values: Any) -> Any:
    wanted = {"ledger": "prepaid_transactions", "do": do, "id": entry, "values": values}
    return await till.http.post("/_sandbox/tamper/leat", json=[wanted])


async def topped_up(till: Till) -> str:
    made = await till.ok(
        "POST",
        "/prepaid-transactions",
        contact_uuid=world.ANN,
        amount_in_cents=5_00,
        shop_uuid=world.SHOP,
    )
    return str(made["uuid"])


async def test_an_entry_is_changed_copied_and_deleted_and_the_balance_follows(till: Till) -> None:
    entry = await topped_up(till)

    await tamper(till, "change", entry, amount=3_00)
    assert await till.prepaid() == 28_00
    await tamper(till, "add", entry, contact=world.BOB)
    assert (await till.prepaid(), await till.prepaid(world.BOB)) == (28_00, 3_00)
    await tamper(till, "delete", entry)
    assert (await till.prepaid(), await till.prepaid(world.BOB)) == (25_00, 3_00)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "pt-nowhere"},
        {"ledger": "cash"},
        {"do": "steal"},
        {"values": {"colour": "blue"}},
    ],
)
async def test_what_cannot_be_done_is_refused_and_nothing_of_it_is_done(
    till: Till, wrong: dict[str, Any]
) -> None:
    entry = await topped_up(till)
    good = {"ledger": "prepaid_transactions", "do": "change", "id": entry, "values": {"amount": 1}}

    answer = await till.http.post("/_sandbox/tamper/leat", json=[good, good | wrong])

    assert answer.status_code == 400
    assert await till.prepaid() == 30_00


async def test_only_vendors_whose_books_can_be_read_are_tampered_with(till: Till) -> None:
    assert (await till.http.post("/_sandbox/tamper/koupon", json=[])).status_code == 404
