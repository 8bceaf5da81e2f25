"""Sheet 3.6 giftcards, 3.7 prepaid, and their undo (sheet 5)."""

from typing import Any

import pytest

from tillsaga.sandbox import world

pytestmark = pytest.mark.asyncio
SHOP = {"shop_uuid": world.SHOP}
ANN = {"contact_uuid": world.ANN}
MOVES = "/giftcard-transactions"
PREPAID = "/prepaid-transactions"


async def move(till: Any, code: str, cents: int, **more: Any) -> Any:
    card = (await till.card(code))["uuid"]
    body = {"giftcard_uuid": card, "amount_in_cents": cents} | SHOP | more
    return await till.ok("POST", MOVES, **body)


async def refusal(till: Any, code: str, cents: int) -> int:
    card = (await till.card(code))["uuid"]
    body = {"giftcard_uuid": card, "amount_in_cents": cents} | SHOP
    return int(await till.refused("POST", MOVES, **body))


async def balance(till: Any, code: str) -> int:
    return int((await till.card(code))["amount_in_cents"])


async def test_3_6_a_card_is_found_by_hash_with_cents_and_major_units(till: Any) -> None:
    card = await till.card(world.CARD_20)

    assert (card["amount_in_cents"], card["amount"], card["display_amount"]) == (2000, 20, "€20.00")
    assert (card["type"], card["upgradeable"], card["active"]) == ("PHYSICAL", True, True)
    assert card["giftcard_program"]["max_amount_in_cents"] == 50_000
    assert await till.ok("GET", f"/giftcards/{card['uuid']}") == card
    assert await till.refused("GET", "/giftcards/find-one-by", hash="nope") == 5001
    assert await till.refused("GET", "/giftcards/nope") == 5001


async def test_3_6_a_payment_answers_no_balance_and_is_listed_with_its_marker(till: Any) -> None:
    made = await move(till, world.CARD_20, -1200, custom_attributes={"mark": "sale-1"})
    listed = await till.ok("GET", MOVES, giftcard_hash=world.CARD_20, sort="-created_at")

    assert made["amount_in_cents"] == -1200
    assert not [name for name in made if "balance" in name]
    assert "custom_attributes" not in made
    assert listed[0] == made | {"custom_attributes": {"mark": "sale-1"}}
    assert await till.ok("GET", f"{MOVES}/{made['uuid']}") == made
    assert await balance(till, world.CARD_20) == 800
    assert await till.refused("GET", f"{MOVES}/nope") == 5010


async def test_3_6_the_same_create_twice_is_two_transactions(till: Any) -> None:
    first, second = [await move(till, world.CARD_20, -100) for _ in range(2)]

    assert first["uuid"] != second["uuid"]
    assert await balance(till, world.CARD_20) == 1800


@pytest.mark.parametrize(
    ("code", "cents", "expected"),
    [
        (world.CARD_20, -2001, 5003),
        (world.CARD_20, 0, 1003),
        (world.CARD_NEW, 50_001, 5008),
        (world.CARD_SMALL, 1_501, 5008),
        (world.CARD_DIGITAL, 100, 5006),
        (world.CARD_EXPIRED, -100, 5002),
        (world.CARD_INACTIVE, -100, 7010),
    ],
)
async def test_3_6_a_refused_transaction_moves_nothing(
    till: Any, code: str, cents: int, expected: int
) -> None:
    before = await balance(till, code)

    assert await refusal(till, code, cents) == expected
    assert await balance(till, code) == before


async def test_3_6_a_digital_card_is_created_empty_and_loaded_once(till: Any) -> None:
    program = {"giftcard_program_uuid": world.PROGRAM}
    card = await till.ok("POST", "/giftcards", type=1, **program)
    assert (card["amount_in_cents"], card["upgradeable"]) == (0, True)
    assert card["expiration_date"] == "2027-03-01T10:00:00+00:00"

    load = await move(till, card["hash"], 1000)

    assert (await till.card(card["hash"]))["upgradeable"] is False
    assert await refusal(till, card["hash"], 1) == 5006
    await till.ok("POST", f"{MOVES}/{load['uuid']}/reverse")
    assert (await till.card(card["hash"]))["upgradeable"] is True
    assert await till.refused("POST", "/giftcards", type=0, **program) == 55021
    assert await till.refused("POST", "/giftcards", type=1, giftcard_program_uuid="x") == 1100


@pytest.mark.parametrize("twin", ["reverse", "correct"])
async def test_3_6_reversing_is_the_opposite_transaction(till: Any, twin: str) -> None:
    made = await move(till, world.CARD_20, -1200)
    back = await till.ok("POST", f"{MOVES}/{made['uuid']}/{twin}")

    assert back["amount_in_cents"] == 1200
    assert await balance(till, world.CARD_20) == 2000
    assert await till.refused("POST", f"{MOVES}/{made['uuid']}/{twin}") == 55025
    again = await till.ok("POST", f"{MOVES}/{back['uuid']}/{twin}")
    assert again["amount_in_cents"] == -1200
    assert await till.refused("POST", f"{MOVES}/nope/{twin}") == 5010


async def test_5_only_a_cards_last_transaction_can_be_reversed(till: Any) -> None:
    first, second = [await move(till, world.CARD_20, -100) for _ in range(2)]

    assert await till.refused("POST", f"{MOVES}/{first['uuid']}/reverse") == 55025
    assert await balance(till, world.CARD_20) == 1800
    await till.ok("POST", f"{MOVES}/{second['uuid']}/reverse")
    assert await till.refused("POST", f"{MOVES}/{first['uuid']}/reverse") == 55025
    assert (await move(till, world.CARD_20, 100))["amount_in_cents"] == 100


async def test_7_5_a_load_that_was_spent_cannot_be_taken_back(till: Any) -> None:
    load = await move(till, world.CARD_NEW, 1000)
    await move(till, world.CARD_NEW, -1)

    assert await till.refused("POST", f"{MOVES}/{load['uuid']}/reverse") == 55025
    assert await refusal(till, world.CARD_NEW, -1000) == 5003


async def test_3_6_reversing_a_digital_payment_may_be_refused(till: Any) -> None:
    made = await move(till, world.CARD_DIGITAL, -100)
    await till.switch(digital_spend_reversal_refused=True)
    assert await till.refused("POST", f"{MOVES}/{made['uuid']}/reverse") == 5006
    await till.switch(digital_spend_reversal_refused=False)

    await till.ok("POST", f"{MOVES}/{made['uuid']}/reverse")

    assert await balance(till, world.CARD_DIGITAL) == 1000


async def test_5_a_payment_by_a_card_expired_since_cannot_be_reversed(till: Any) -> None:
    soon = {"balance_in_cents": 500, "expiration_date": "2026-03-01T10:10:00+00:00"}
    code = (await till.seed(giftcards=[soon]))["giftcards"][0]["hash"]
    made = await move(till, code, -100)
    await till.advance(600)

    assert await till.refused("POST", f"{MOVES}/{made['uuid']}/reverse") == 5002


async def test_3_6_the_oauth_routes_may_refuse_physical_cards(till: Any) -> None:
    await till.switch(physical_refused_on_oauth=True)

    assert await refusal(till, world.CARD_20, -100) == 1114
    assert (await move(till, world.CARD_DIGITAL, -100))["amount_in_cents"] == -100


async def test_6_legacy_transactions_have_a_null_uuid(till: Any) -> None:
    listed = await till.ok("GET", MOVES, giftcard_hash=world.CARD_5)

    assert [(one["uuid"], one["amount_in_cents"]) for one in listed] == [(None, 500)]


async def test_3_6_mailing_a_card_is_kept_in_the_books(till: Any) -> None:
    path = f"/giftcards/{(await till.card(world.CARD_DIGITAL))['uuid']}/send-by-email"
    sent = await till.ok("POST", path, **ANN, merge_tags={"custom.name": "Ann"})

    assert sent == "Email successfully sent"
    assert [one["address"] for one in (await till.books())["emails"]] == [world.ANN_EMAIL]
    assert await till.refused("POST", path, **ANN, merge_tags={"name": "Ann"}) == 1003
    assert await till.refused("POST", path, contact_uuid="x") == 55031
    await till.switch(email_answer_object=True)
    assert (await till.ok("POST", path, **ANN))["message"] == "success"
    await till.switch(email_not_configured=True)
    assert await till.refused("POST", path, **ANN) == 6007


async def test_3_6_programs_and_cards_are_listed(till: Any) -> None:
    programs = await till.ok("GET", "/giftcard-programs")
    small = await till.ok("GET", "/giftcards", giftcard_program_uuid=world.PROGRAM_SMALL)

    assert [one["uuid"] for one in programs] == [world.PROGRAM, world.PROGRAM_SMALL]
    assert [one["hash"] for one in small] == [world.CARD_SMALL]
    assert await till.refused("GET", "/giftcards", giftcard_program_uuid="x") == 1100


async def test_3_7_top_up_and_payment_answer_the_balance_after(till: Any) -> None:
    card = {"contact_identifier_value": world.ANN_CARD}
    paid = await till.ok("POST", PREPAID, **ANN, amount_in_cents=-1000, **SHOP)
    more = await till.ok("POST", PREPAID, **card, amount_in_cents=500, **SHOP)

    assert paid["prepaid_balance"] == {"balance_in_cents": 1500, "balance": "€15.00"}
    assert paid["contact_identifier"] is None
    assert more["contact_identifier"]["value"] == world.ANN_CARD
    assert await till.prepaid() == 2000
    listed = await till.ok("GET", PREPAID, **ANN)
    assert listed[0] == more | {"contact": {"uuid": world.ANN, "email": world.ANN_EMAIL}}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_in_cents": -2501}, 1003),
        ({"amount_in_cents": 0}, 1003),
        ({"amount_in_cents": "1.5"}, 1003),
        ({"contact_uuid": None}, 1003),
        ({"contact_uuid": "x"}, 55031),
        ({"shop_uuid": "x"}, 1008),
        ({"contact_uuid": None, "contact_identifier_value": "x"}, 60003),
        ({"contact_uuid": None, "contact_identifier_value": world.INACTIVE_CARD}, 60004),
        ({"contact_uuid": None, "contact_identifier_value": world.FREE_CARD}, 60011),
    ],
)
async def test_3_7_a_refused_transaction_moves_nothing(
    till: Any, changes: dict[str, Any], code: int
) -> None:
    body = ANN | SHOP | {"amount_in_cents": 100} | changes

    assert await till.refused("POST", PREPAID, **body) == code
    assert await till.prepaid() == 2500


async def test_3_7_reversing_is_the_opposite_transaction_once(till: Any) -> None:
    paid = await till.ok("POST", PREPAID, **ANN, amount_in_cents=-1000, **SHOP)
    path = f"{PREPAID}/{paid['uuid']}/reverse"

    assert (await till.ok("POST", path))["amount_in_cents"] == 1000
    assert await till.refused("POST", path) == 1003
    assert await till.refused("POST", f"{PREPAID}/nope/reverse") == 1003
    assert await till.prepaid() == 2500
    await till.switch(allow_double_prepaid_reversal=True)
    await till.ok("POST", path)
    assert await till.prepaid() == 3500


async def test_3_7_a_top_up_that_was_spent_cannot_be_reversed(till: Any) -> None:
    bob = {"contact_uuid": world.BOB} | SHOP
    top_up = await till.ok("POST", PREPAID, **bob, amount_in_cents=1000)
    await till.ok("POST", PREPAID, **bob, amount_in_cents=-1)
    path = f"{PREPAID}/{top_up['uuid']}/reverse"

    assert await till.refused("POST", path) == 1003
    await till.switch(allow_negative_prepaid=True)
    await till.ok("POST", path)
    assert await till.prepaid(world.BOB) == -1
