import httpx
import pytest

from tests.connectors.fake_vendor import NOW, Vendor, data, no, order
from tillsaga.connectors.leat import Leat
from tillsaga.domain.effects import Done
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Member
from tillsaga.errors import AnswerLost, NotSent, Refused

CONTACT: Json = {
    "id": 7,
    "uuid": "c-1",
    "email": "ann@example.test",
    "tier": {"uuid": "t-1", "name": "Gold"},
    "credit_balance": {"balance": "120"},
    "prepaid_balance": {"balance_in_cents": 25_00},
    "current_values": {"prepaid_balance": 25},
}
ANN = Member(provider="loyalty", member_id="c-1", tier="Gold", points=120, prepaid_amount=25_00)


def card(contact: Json | None, active: bool = True) -> httpx.Response:
    return data({"name": "Card", "value": "CARD-1", "active": active, "contact": contact})


@pytest.mark.parametrize("type_", ["card", "qr"])
async def test_a_cards_owner_is_read_with_their_balances(
    leat: Leat, vendor: Vendor, type_: str
) -> None:
    vendor.on("GET contact-identifiers/find", card({"uuid": "c-1"}))
    vendor.on("GET contacts/c-1", data(CONTACT))
    shown = Identifier.model_validate({"type": type_, "value": "CARD-1"})

    assert (await leat.identify(shown)).member == ANN


@pytest.mark.parametrize("consent", [True, False])
async def test_an_unlinked_card_may_get_an_owner_with_consent(
    leat: Leat, vendor: Vendor, consent: bool
) -> None:
    vendor.on("GET contact-identifiers/find", card(None))

    found = await leat.identify(Identifier(type="card", value="CARD-1", consent=consent))

    assert found.member is None
    assert (found.create is not None) is consent
    assert found.create is None or "CARD-1" not in found.create.subject


@pytest.mark.parametrize("consent", [True, False])
async def test_an_unknown_address_may_become_a_member_with_consent(
    leat: Leat, vendor: Vendor, consent: bool
) -> None:
    vendor.on("GET contacts/find-one-by", no(55031))
    identifier = Identifier(type="email", value="New@Example.test", consent=consent)

    create = (await leat.identify(identifier)).create

    assert (create is not None) is consent
    if create:
        assert create.request == {"email": "new@example.test"}
        assert "example" not in create.subject


async def test_a_known_address_and_a_contact_id_are_found(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET contacts/find-one-by", data(CONTACT))
    vendor.on("GET contacts/c-1", data(CONTACT))

    assert (await leat.identify(Identifier(type="email", value="ann@example.test"))).member == ANN
    assert (await leat.identify(Identifier(type="member_id", value="c-1"))).member == ANN


@pytest.mark.parametrize("code", [60003, 60004, 1003])
async def test_nobody_is_not_an_error(leat: Leat, vendor: Vendor, code: int) -> None:
    vendor.on("GET contact-identifiers/find", no(code))

    found = await leat.identify(Identifier(type="card", value="CARD-1", consent=True))

    assert (found.member, found.create) == (None, None)


async def test_what_leat_cannot_look_up_is_nobody(leat: Leat, vendor: Vendor) -> None:
    for type_ in ("phone", "code"):
        shown = Identifier.model_validate({"type": type_, "value": "1"})
        assert (await leat.identify(shown)).member is None


async def test_an_id_from_a_till_cannot_become_another_path(leat: Leat, vendor: Vendor) -> None:
    route = vendor.router.get(url__regex=".*").mock(return_value=no(55031))

    await leat.identify(Identifier(type="member_id", value="../vouchers?x=1"))

    path = route.calls.last.request.url.raw_path
    assert path == b"/api/v3/oauth/clients/contacts/%2E%2E%2Fvouchers%3Fx%3D1"


@pytest.mark.parametrize("answer", [httpx.Response(401, json={"message": "Unauthenticated."})])
async def test_a_bad_token_does_nothing_and_may_be_mended(
    leat: Leat, vendor: Vendor, answer: httpx.Response
) -> None:
    vendor.on("GET contacts/c-1", answer)

    with pytest.raises(NotSent) as failed:
        await leat.identify(Identifier(type="member_id", value="c-1"))

    assert "t0ken" not in failed.value.message


BY_EMAIL = order("create_member", "new-email-1", {"email": "new@example.test"})
BY_CARD = order("create_member", "new-card-1", {"card": "CARD-1"})


async def test_a_member_is_found_or_created_by_a_get_that_writes(
    leat: Leat, vendor: Vendor
) -> None:
    vendor.on("GET contacts/find-or-create", data(CONTACT), httpx.ReadTimeout("late"))
    create = leat.operator("create_member")

    done = await create.do(BY_EMAIL)

    assert Member.model_validate(done.data["member"]) == ANN
    with pytest.raises(AnswerLost):
        await create.do(BY_EMAIL)


async def test_an_unlinked_card_gets_an_anonymous_owner(leat: Leat, vendor: Vendor) -> None:
    made = vendor.on("POST contacts/anonymous", data({"uuid": "c-1"}))
    vendor.on("GET contacts/c-1", data(CONTACT))

    done = await leat.operator("create_member").do(BY_CARD)

    assert vendor.sent(made) == {"contact_identifier_value": "CARD-1"}
    assert done.reference == "c-1"


async def test_a_card_that_got_an_owner_meanwhile_has_one(leat: Leat, vendor: Vendor) -> None:
    vendor.on("POST contacts/anonymous", no(60014))
    vendor.on("GET contact-identifiers/find", card({"uuid": "c-1"}))
    vendor.on("GET contacts/c-1", httpx.Response(503))

    assert (await leat.operator("create_member").do(BY_CARD)).reference == "c-1"


async def test_a_lost_creation_is_found_by_what_it_was_made_from(
    leat: Leat, vendor: Vendor
) -> None:
    vendor.on("GET contacts/find-one-by", no(55031), data(CONTACT))
    vendor.on("GET contact-identifiers/find", card(None), card({"uuid": "c-1"}))
    vendor.on("GET contacts/c-1", data(CONTACT))
    create = leat.operator("create_member")

    assert await create.find(BY_EMAIL, NOW) is None
    assert await create.find(BY_EMAIL, NOW) is not None
    assert await create.find(BY_CARD, NOW) is None
    assert await create.find(BY_CARD, NOW) is not None


async def test_a_created_member_is_not_taken_back(leat: Leat, vendor: Vendor) -> None:
    create = leat.operator("create_member")

    with pytest.raises(Refused):
        await create.undo(BY_EMAIL, Done())
    assert await create.find_undo(BY_EMAIL, Done(), NOW) is None
