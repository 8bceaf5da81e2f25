"""What can be read two ways is refused at the door, and codes are what they look like."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import strict_json
from api.services import Services
from api.strict_json import cleaned
from tests.api.fakes import FakeGateway
from tests.api.test_door import assert_problem
from tests.api.till import Till, basket, order
from tillsaga.errors import Refusal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)
MALFORMED = {
    "NaN": b'{"amount": NaN}',
    "infinity": b'{"amount": -Infinity}',
    "a number out of range": b'{"amount": 1e999}',
    "a number of a thousand digits": b'{"amount": ' + b"9" * 1000 + b"}",
    "a field that stands twice": b'{"basket": {"id": "a", "id": "b"}}',
    "33 levels": b"[" * 33 + b"]" * 33,
    "levels without an end": b'{"a":' * 40_000,
    "a text without an end, full of quotes": b'"' + b'\\"' * 120_000,
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a comment": b"{} // no",
    "two documents": b"{}{}",
    "a field's name with a zero-width space": '{"code\u200b": "X"}'.encode(),
    "a field's name with a line end": b'{"code\\n": "X"}',
}
UNFIT = {
    "NUL": "GC\x00-1",
    "a line end in the middle": "GC\n-1",
    "half a pair": "GC\ud800",
    "a direction override": "GC\u202e1",
    "a zero-width space": "GC\u200b1",
    "a soft hyphen": "GC\u00ad1",
    "a byte order mark": "\ufeffGC1",
    "a tag character": "GC1\U000e0041",
    "full-width digits": "GC\uff11\uff12",
    "a no-break space": "GC\u00a01",
    "a Cyrillic letter among Latin ones": "G\u04211",
    "a Greek letter among Latin ones": "GC\u0391",
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
async def test_what_can_be_read_two_ways_is_malformed(
    till: Till, temporal: FakeGateway, raw: bytes
) -> None:
    assert_problem(await sent(till, raw), 400, "malformed_request")
    assert temporal.letters == []


async def sent(till: Till, raw: bytes, path: str = "/v1/checkouts") -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {till.secret}",
        "Idempotency-Key": "k",
        "Content-Type": "application/json",
    }
    return await till.http.post(path, content=raw, headers=headers)


@pytest.mark.parametrize("code", UNFIT.values(), ids=UNFIT)
async def test_a_code_is_what_it_looks_like(till: Till, temporal: FakeGateway, code: str) -> None:
    address = await till.opened()
    raw = json.dumps({"type": "giftcard", "reference": code}).encode()
    problem = assert_problem(await sent(till, raw, f"{address}/tenders"), 422, "invalid_request")
    assert [error["pointer"] for error in problem["errors"]] == ["/reference"]
    assert len(temporal.letters) == 1


@pytest.mark.parametrize(
    ("field", "pointer"),
    [
        ({"terminal_id": "till\u200b-2"}, "/terminal_id"),
        ({"codes": ["OK", "NO\x07"]}, "/codes/1"),
        ({"basket": {**basket(), "lines": [{"sku": "A\u2060"}]}}, "/basket/lines/0/sku"),
        (
            {"basket": {**basket(), "lines": [{"title": "Tea\nTOTAL 0.00"}]}},
            "/basket/lines/0/title",
        ),
        (
            {"basket": {**basket(), "lines": [{"title": "Tea \u202e00.0"}]}},
            "/basket/lines/0/title",
        ),
    ],
)
async def test_no_text_holds_what_nobody_sees_or_what_forges_a_receipt(
    till: Till, field: dict[str, Any], pointer: str
) -> None:
    raw = json.dumps(order(**field)).encode()
    problem = assert_problem(await sent(till, raw), 422, "invalid_request")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


async def test_what_people_read_may_be_written_in_any_script(
    till: Till, temporal: FakeGateway
) -> None:
    titles = ["Crème brûlée", "قهوة\u200f", "👩\u200d🍳 Special", "コーヒー"]
    sold = basket()
    [line] = sold["lines"]
    lines = [{**line, "line_id": str(n), "title": title} for n, title in enumerate(titles)]
    answer = await till.post("/v1/checkouts", order(basket={**sold, "lines": lines}))
    assert answer.status_code == 201
    message: Any = temporal.letters[0].message
    assert [line.title for line in message.basket.lines] == titles


@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n", "\t", " "])
async def test_what_a_scanner_adds_to_a_code_is_taken_off(
    till: Till, temporal: FakeGateway, ending: str
) -> None:
    address = await till.opened()
    await till.post(f"{address}/offers", {"code": f"VCH-77{ending}"}, key="one")
    message: Any = temporal.letters[-1].message
    assert message.code == "VCH-77"
    # With and without it, it is the same request.
    again = await till.post(f"{address}/offers", {"code": "VCH-77"}, key="one")
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_composed_and_a_decomposed_code_are_one(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    await till.post(f"{address}/offers", {"code": "CAFE\u0301"})
    message: Any = temporal.letters[-1].message
    assert message.code == "CAFÉ"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/refunds/%00",
        "/v1/refunds/a%0Ab",
        "/v1/checkouts?cursor=%00",
        "/v1/holds?provider=%E2%80%8B",
    ],
)
async def test_an_address_holds_only_what_an_id_may_hold(till: Till, path: str) -> None:
    assert_problem(await till.get(path), 400, "malformed_request")


async def test_a_basket_over_the_stores_limit_is_told_which(
    till: Till, temporal: FakeGateway, services: Services
) -> None:
    opened = await till.opened()
    large = basket("basket-0002", amount=10**10)
    small = basket(amount=10**10)
    for answer in (
        await till.post("/v1/checkouts", order(basket=large)),
        await till.send("PUT", f"{opened}/basket", {"basket": small}),
    ):
        problem = assert_problem(answer, 422, "limit_exceeded")
        assert problem["errors"][0]["pointer"] == "/basket"
        assert "basket_amount is 10000000" in problem["detail"]
    assert len(temporal.letters) == 1


def code_of(raw: bytes) -> str | None:
    """Say why a body is refused; None if it is taken, and then again as it was taken."""
    try:
        clean = cleaned(raw)
    except Refusal as refusal:
        return refusal.code
    return None if cleaned(clean) == clean else "not stable"


@given(JSON)
def test_what_is_json_is_taken_or_named(value: Any) -> None:
    assert code_of(json.dumps(value).encode()) in (None, "malformed_request", "invalid_request")


@given(st.binary(max_size=60))
def test_no_bytes_whatever_are_worse_than_refused(raw: bytes) -> None:
    assert code_of(raw) in (None, "malformed_request", "invalid_request")


def test_as_deep_as_a_bill_goes_is_taken() -> None:
    levels = strict_json.MOST_LEVELS
    assert cleaned(b"[" * levels + b"]" * levels)
    quoted = json.dumps({"title": "[" * 100 + '\\"{' * 50}).encode()
    assert cleaned(quoted) == quoted
