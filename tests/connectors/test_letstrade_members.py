from collections.abc import AsyncIterator

import pytest

from tests.connectors.letstrade_asks import NOW, USER, connector
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.connectors.letstrade.members import phone_user
from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier
from tillsaga.domain.ports import Connector

PHONE, MAIL = "+27 82 123 4567", "ann@example.test"


@pytest.fixture
async def letstrade() -> AsyncIterator[LetsTrade]:
    held = connector()
    yield held
    await held.aclose()


async def test_a_customer_is_known_by_the_vendors_id(letstrade: LetsTrade) -> None:
    found = await letstrade.identify(Identifier(type="member_id", value=USER))

    assert found.member is not None
    assert (found.member.member_id, found.member.data) == (USER, {"user": {"_id": USER}})


async def test_another_vendors_id_is_not_taken_for_its_own(letstrade: LetsTrade) -> None:
    other = Identifier(type="member_id", value="c-7f1")
    meant = Identifier(type="member_id", value="c-7f1", provider="loyalty")

    assert (await letstrade.identify(other)).member is None
    assert (await letstrade.identify(meant)).member is not None


@pytest.mark.parametrize(
    ("type_", "value", "user"),
    [
        ("phone", PHONE, {"cell_country_code": "+27", "cell_number": "821234567"}),
        ("email", MAIL, {"email": MAIL}),
    ],
)
async def test_trap_12_nobody_is_named_by_phone_or_mail_without_consent(
    letstrade: LetsTrade, type_: str, value: str, user: Json
) -> None:
    asked = Identifier.model_validate({"type": type_, "value": value})

    assert (await letstrade.identify(asked)).member is None
    agreed = await letstrade.identify(asked.model_copy(update={"consent": True}))

    assert agreed.member is not None
    assert agreed.member.data == {"user": user}
    assert agreed.member.member_id.startswith(f"{type_}-")
    assert value not in agreed.member.member_id


@pytest.mark.parametrize(
    ("type_", "value"),
    [("phone", "abc"), ("phone", "12"), ("email", "ann@"), ("card", "1"), ("code", "R1")],
)
async def test_what_the_vendor_could_not_use_names_nobody(
    letstrade: LetsTrade, type_: str, value: str
) -> None:
    asked = Identifier.model_validate({"type": type_, "value": value, "consent": True})

    assert (await letstrade.identify(asked)).member is None


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+27821234567", "+27"),
        ("+12025550123", "+1"),
        ("+79161234567", "+7"),
        ("+31612345678", "+31"),
        ("+353861234567", "+353"),
        ("+420601123456", "+420"),
        ("+260971234567", "+260"),
        ("+5511987654321", "+55"),
        ("+66812345678", "+66"),
        ("+8613912345678", "+86"),
        ("+88019123456", "+880"),
        ("+971501234567", "+971"),
        ("0821234567", None),
    ],
)
def test_a_phone_number_is_split_as_the_vendor_wants_it(number: str, country: str | None) -> None:
    user = phone_user(number)

    assert user is not None
    assert user.get("cell_country_code") == country
    assert f"{country or ''}{user['cell_number']}" == number


async def test_it_fills_the_port(letstrade: LetsTrade) -> None:
    port: Connector = letstrade

    assert (port.provider, port.kind) == ("loyalty", "letstrade")
    assert port.claim_link("chk_1", 1, NOW) is None
    assert await port.portal_session(None) is None
    assert await port.look_up_card("R1") is None
    assert {name for name in OPERATIONS if _has(port, name)} == {"finalise"}


def _has(port: Connector, name: str) -> bool:
    try:
        return port.operator(name) is not None
    except KeyError:
        return False
