from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest
import respx
from pydantic import SecretStr, ValidationError

from tests.connectors.letstrade_asks import BASE, basket, config, connector, no, offered
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.connectors.letstrade.refusals import LetstradeNo, Why, rejection
from tillsaga.connectors.letstrade.wire import Money, decimal
from tillsaga.domain.model import Json
from tillsaga.errors import NotSent, Refused

OFFERINGS = f"{BASE}/v1/get/offerings"


@pytest.fixture
async def letstrade() -> AsyncIterator[LetsTrade]:
    held = connector()
    yield held
    await held.aclose()


@respx.mock
async def test_an_answer_may_come_bare_or_wrapped(letstrade: LetsTrade) -> None:
    bare = offered(service_fee="1.50").json()
    wrapped = {"success": True, "message": "OK", "content": bare}
    for body in (bare, wrapped):
        respx.post(OFFERINGS).respond(json=body)
        assert (await letstrade.quote(basket(), None)).fees_amount == 1_50


@respx.mock
@pytest.mark.parametrize("status", [401, 403])
async def test_l1_a_wrong_token_is_not_tried_again(letstrade: LetsTrade, status: int) -> None:
    respx.post(OFFERINGS).respond(status, text="Unauthorized")

    with pytest.raises(Refused) as refused:
        await letstrade.quote(basket(), None)

    assert refused.value.code == "vendor_refused"
    assert "t0ken" not in str(refused.value)


@respx.mock
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={"message": "oops"}),
        httpx.Response(404, text="<html>"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"order_id": "1"}),
        httpx.Response(200, json={"basket": {"service_fee": "much"}}),
        httpx.Response(429, headers={"Retry-After": "3"}),
    ],
    ids=["500", "proxy", "html", "list", "no basket", "no amount", "429"],
)
async def test_a_quote_that_cannot_be_read_has_changed_nothing(
    letstrade: LetsTrade, answer: httpx.Response
) -> None:
    respx.post(OFFERINGS).mock(return_value=answer)

    with pytest.raises(NotSent):
        await letstrade.quote(basket(), None)


@respx.mock
async def test_a_success_that_is_none_is_a_no(letstrade: LetsTrade) -> None:
    respx.post(OFFERINGS).respond(json=no(200, "Store/Terminal not found").json())

    with pytest.raises(Refused):
        await letstrade.quote(basket(), None)


@pytest.mark.parametrize(
    ("status", "message", "why"),
    [
        (400, '"basket.outstanding" is required', Why.OTHER),
        (400, '"external_vouchers" is not allowed', Why.OTHER),
        (401, "Unauthorized", Why.TOKEN),
        (402, "Payment declined", Why.DECLINED),
        (402, "No funds", Why.DECLINED),
        (404, "Store/Terminal not found", Why.OTHER),
        (404, "Code not found", Why.CODE_UNKNOWN),
        (409, "Code already used", Why.CODE_USED),
        (409, "Voucher already used", Why.VOUCHER_GONE),
        (409, "Voucher was not offered for this basket", Why.VOUCHER_GONE),
        (409, "Basket already finalised", Why.FINALISED),
        (409, "Basket already finalized", Why.FINALISED),
        (409, "Codes belong to different users", Why.USERS_DIFFER),
        (410, "Code has expired", Why.CODE_EXPIRED),
        (410, "Gone", Why.CODE_EXPIRED),
        (501, "Refund API is not available yet", Why.UNSUPPORTED),
    ],
)
def test_every_error_of_the_sheet_has_its_meaning(status: int, message: str, why: Why) -> None:
    said = rejection(status, {"success": False, "message": message, "content": None})

    assert isinstance(said, LetstradeNo)
    assert said.why is why


def test_a_page_of_somebody_else_is_no_answer() -> None:
    assert rejection(404, None) is None
    assert rejection(409, {"error": "conflict"}) is None


@pytest.mark.parametrize("value", ["x", True, "NaN", "Infinity", [], {}])
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="amount"):
        decimal(value)


def test_trap_10_amounts_are_read_from_strings_and_numbers_and_sent_as_strings() -> None:
    money = Money("ZAR")

    assert [money.minor(decimal(each)) for each in ("99.90", 40.0, 10, 0.125, None)] == [
        99_90,
        40_00,
        10_00,
        13,
        0,
    ]
    assert [money.text(amount) for amount in (99_90, 0, 5)] == ["99.90", "0.00", "0.05"]
    assert (money.of({"a": "x"}, "a"), money.of({}, "a"), money.of({"a": -1}, "a")) == (
        None,
        None,
        0,
    )
    assert decimal(40.1) == Decimal("40.1")


def test_a_missing_or_unknown_setting_shows_at_the_start() -> None:
    wrongs: list[Json] = [{"settings": {}}, {"settings": {"store_id": "S", "typo": 1}}]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            LetsTrade(config().model_copy(update=wrong))
    with pytest.raises(ValidationError):
        LetsTrade(config().model_copy(update={"credentials": {"tokn": SecretStr("x")}}))


@respx.mock
async def test_a_store_without_named_terminals_uses_its_own() -> None:
    letstrade = connector(terminals={})
    route = respx.post(OFFERINGS).mock(return_value=offered())

    await letstrade.quote(basket(), None)

    assert b'"terminal_id":"S-014"' in route.calls.last.request.content
    assert '"terminal_id":"till-9"' in str(letstrade.slip(basket(), "till-9"))
    await letstrade.aclose()
