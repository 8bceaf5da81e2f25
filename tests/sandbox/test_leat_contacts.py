"""Sheet 3.1 contacts, 3.2 contact identifiers."""

from typing import Any

import pytest

from tillsaga.sandbox import world

pytestmark = pytest.mark.asyncio


async def test_3_1_a_contact_shows_balances_in_cents_and_in_major_units(till: Any) -> None:
    ann = await till.ok("GET", "/contacts/find-one-by", email=world.ANN_EMAIL)

    assert ann["uuid"] == world.ANN
    assert ann["credit_balance"] == {"balance": 120}
    assert ann["prepaid_balance"] == {"balance_in_cents": 2500}
    assert ann["current_values"]["prepaid_balance"] == 25
    assert ann["current_values"]["default_contact_identifier"] == world.ANN_CARD
    assert ann == await till.ok("GET", f"/contacts/{world.ANN}")


async def test_3_1_unknown_contacts_are_400_with_55031(till: Any) -> None:
    assert await till.refused("GET", "/contacts/find-one-by", email="no@example.test") == 55031
    assert await till.refused("GET", "/contacts/nobody") == 55031
    assert await till.refused("GET", "/contacts/nobody/tier") == 55031


async def test_3_1_find_or_create_is_a_get_that_writes_once(till: Any) -> None:
    made = await till.ok("GET", "/contacts/find-or-create", email="new@example.test")
    again = await till.ok("GET", "/contacts/find-or-create/async", email="new@example.test")

    assert again == {"uuid": made["uuid"]}
    created = [one for one in (await till.books())["contacts"].values() if not one["seeded"]]
    assert [one["email"] for one in created] == ["new@example.test"]


async def test_3_1_create_answers_the_uuid_and_refuses_a_known_email(till: Any) -> None:
    made = await till.ok("POST", "/contacts", email="new@example.test")

    assert set(made) == {"uuid"}
    assert await till.refused("POST", "/contacts", email="NEW@example.test") == 60005


async def test_3_1_claiming_gives_an_anonymous_contact_its_email(till: Any) -> None:
    card = {"contact_identifier_value": world.FREE_CARD}
    uuid = (await till.ok("POST", "/contacts/anonymous", **card))["uuid"]

    claimed = await till.ok("PUT", f"/contacts/{uuid}/claim", email="new@example.test")

    assert (claimed["uuid"], claimed["email"]) == (uuid, "new@example.test")
    again = await till.refused("PUT", f"/contacts/{uuid}/claim", email="x@example.test")
    assert again == 60016


async def test_3_1_claiming_a_known_email_merges_into_that_contact(till: Any) -> None:
    card = {"contact_identifier_value": world.FREE_CARD}
    uuid = (await till.ok("POST", "/contacts/anonymous", **card))["uuid"]
    earn = {"contact_uuid": uuid, "credits": 5, "shop_uuid": world.SHOP}
    await till.ok("POST", "/credit-receptions", **earn)

    claimed = await till.ok("PUT", f"/contacts/{uuid}/claim", email=world.BOB_EMAIL)

    assert claimed["uuid"] == world.BOB
    assert await till.points(world.BOB) == 45
    assert await till.refused("GET", f"/contacts/{uuid}") == 55031


@pytest.mark.parametrize(("card", "code"), [("nope", 60003), (world.ANN_CARD, 60014)])
async def test_3_1_an_anonymous_contact_needs_a_free_card(till: Any, card: str, code: int) -> None:
    value = {"contact_identifier_value": card}

    assert await till.refused("POST", "/contacts/anonymous", **value) == code


async def test_3_1_update_changes_the_attributes_named(till: Any) -> None:
    changed = await till.ok("PUT", f"/contacts/{world.ANN}", attributes={"lastname": "Bell"})

    assert changed["current_values"]["firstname"] == "Ann"
    assert changed["current_values"]["lastname"] == "Bell"
    assert await till.refused("PUT", f"/contacts/{world.ANN}") == 1003


async def test_3_1_deleting_answers_null_and_frees_the_card(till: Any) -> None:
    assert await till.ok("POST", f"/contacts/{world.BOB}/delete", type="GDPR") is None

    assert await till.refused("GET", f"/contacts/{world.BOB}") == 55031
    card = {"contact_identifier_value": world.BOB_CARD}
    assert (await till.ok("GET", "/contact-identifiers/find", **card))["contact"] is None
    assert await till.refused("POST", f"/contacts/{world.ANN}/delete", type="SOFT") == 1003


async def test_3_1_balances_identifiers_and_tier_have_calls_of_their_own(till: Any) -> None:
    prepaid = await till.ok("GET", f"/contacts/{world.ANN}/prepaid-balance")
    cards = await till.ok("GET", f"/contacts/{world.ANN}/contact-identifiers")
    tier = await till.ok("GET", f"/contacts/{world.ANN}/tier")

    assert await till.points() == 120
    assert prepaid == {"balance_in_cents": 2500, "balance": "€25.00"}
    assert [(card["value"], card["default"]) for card in cards] == [
        (world.ANN_CARD, True),
        (world.ANN_QR, False),
    ]
    assert set(tier) == {"uuid", "name", "description", "position", "media"}
    assert await till.ok("GET", f"/contacts/{world.BOB}/tier") is None


async def test_3_2_finding_a_card_gives_no_balance_and_maybe_no_contact(till: Any) -> None:
    path = "/contact-identifiers/find"
    ann = await till.ok("GET", path, contact_identifier_value=world.ANN_CARD)
    free = await till.ok("GET", path, contact_identifier_value=world.FREE_CARD)

    assert ann == {
        "name": "Loyalty card",
        "value": world.ANN_CARD,
        "active": True,
        "contact": {"uuid": world.ANN, "email": world.ANN_EMAIL},
    }
    assert free["contact"] is None
    for value, code in ((world.INACTIVE_CARD, 60004), ("nope", 60003), ("", 1003)):
        assert await till.refused("GET", path, contact_identifier_value=value) == code


async def test_3_2_a_card_is_linked_once_and_unlinked_again(till: Any) -> None:
    card = {"contact_identifier_value": world.FREE_CARD}
    linked = await till.ok("PUT", "/contact-identifiers/link", **card, contact_uuid=world.BOB)

    assert linked["contact"]["uuid"] == world.BOB
    twice = await till.refused("PUT", "/contact-identifiers/link", **card, contact_uuid=world.ANN)
    assert twice == 60014
    assert (await till.ok("PUT", "/contact-identifiers/unlink", **card))["contact"] is None
    assert await till.refused("PUT", "/contact-identifiers/unlink", **card) == 60011


async def test_3_2_cards_are_created_renamed_switched_off_and_deleted(till: Any) -> None:
    card, path = {"contact_identifier_value": "CARD-9"}, "/contact-identifiers"
    made = await till.ok("POST", path, **card, contact_uuid=world.BOB)
    assert made["contact"]["uuid"] == world.BOB
    assert await till.refused("POST", path, **card) == 60006

    off = await till.ok("PUT", path, **card, contact_identifier_name="Old", active=False)

    assert (off["name"], off["active"]) == ("Old", False)
    assert await till.ok("DELETE", path, **card) is None
    assert await till.refused("DELETE", path, **card) == 60003
