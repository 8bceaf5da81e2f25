"""The gate in front of the OpenAPI document sees what would break programs written for it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import contract
from tests.support.compatibility import breaks, shape

Json = dict[str, Any]
OPEN = "/v1/checkouts"
READ = "/v1/checkouts/{checkout_id}"


def _schema(document: Json, name: str) -> Json:
    return dict(document["components"]["schemas"])[name]  # type: ignore[no-any-return]


def _change(name: str, field: str, **words: Any) -> Callable[[Json], object]:
    return lambda document: _schema(document, name)["properties"][field].update(words)


def _errors(document: Json, path: str, status: str) -> Json:
    [content] = document["paths"][path]["post"]["responses"][status]["content"].values()
    return dict(content["schema"]["properties"])


def _parameter(document: Json, name: str) -> Json:
    found = document["paths"][OPEN]["get"]["parameters"]
    return next(one for one in found if one["name"] == name)


BREAKING: dict[str, Callable[[Json], object]] = {
    "a path": lambda d: d["paths"].pop(READ),
    "an operation": lambda d: d["paths"][OPEN].pop("get"),
    "an operation's name": lambda d: d["paths"][OPEN]["get"].update(operationId="findCheckouts"),
    "other credentials": lambda d: d["paths"][OPEN]["get"].update(security=[{"other": []}]),
    "a status": lambda d: d["paths"][OPEN]["post"]["responses"].pop("200"),
    "a header of an answer": lambda d: d["paths"][OPEN]["post"]["responses"]["201"]["headers"].pop(
        "Location"
    ),
    "a form of an answer": lambda d: d["paths"][f"{READ}/receipt"]["get"]["responses"]["200"][
        "content"
    ].pop("text/plain"),
    "a parameter": lambda d: d["paths"][OPEN]["get"]["parameters"].pop(),
    "a parameter that is required now": lambda d: _parameter(d, "store_id").update(required=True),
    "a parameter's limit": lambda d: _parameter(d, "limit")["schema"].update(maximum=50),
    "a field of an answer": lambda d: _schema(d, "CheckoutDocument")["properties"].pop("version"),
    "a field that may be absent now": lambda d: _schema(d, "CheckoutDocument")["required"].remove(
        "version"
    ),
    "another type in an answer": _change("CheckoutDocument", "version", type="string"),
    "a wider enum in an answer": _change("CheckoutDocument", "status", enum=["open", "paused"]),
    "null in an answer": _change("CheckoutDocument", "currency", type=["string", "null"]),
    "a code": lambda d: _errors(d, OPEN, "409")["code"]["enum"].remove("basket_frozen"),
    "a field of a request": lambda d: _schema(d, "OpenCheckout")["properties"].pop("codes"),
    "a field that is required now": lambda d: _schema(d, "OpenCheckout")["required"].append(
        "cashier_id"
    ),
    "a narrower enum in a request": _change("OpenCheckout", "mode", enum=["interactive"]),
    "another type in a request": _change("OpenCheckout", "store_id", type="integer"),
    "a shorter text in a request": _change("OpenCheckout", "store_id", maxLength=20),
    "a longer text in a request": _change("OpenCheckout", "store_id", minLength=3),
    "fewer items in a request": _change("OpenCheckout", "codes", maxItems=2),
    "a pattern in a request": _change("OpenCheckout", "store_id", pattern="^[a-z]+$"),
    "a change deep in a request": _change("Line", "sku", maxLength=5),
    "a change deep in an answer": lambda d: _schema(d, "LineDocument")["properties"].pop("sku"),
}
HARMLESS: dict[str, Callable[[Json], object]] = {
    "a path": lambda d: d["paths"].update({"/v1/new": d["paths"]["/healthz"]}),
    "a status": lambda d: d["paths"][OPEN]["post"]["responses"].update({"418": {}}),
    "a field of an answer": lambda d: _schema(d, "CheckoutDocument")["properties"].update(
        mood={"type": "string"}
    ),
    "a code": lambda d: _errors(d, OPEN, "409")["code"]["enum"].append("store_closed"),
    "a field of a request": lambda d: _schema(d, "OpenCheckout")["properties"].update(
        mood={"type": "string"}
    ),
    "a wider enum in a request": _change(
        "OpenCheckout", "mode", enum=["interactive", "closed_bill", "kiosk"]
    ),
    "other words": _change("OpenCheckout", "store_id", description="Which store."),
}


@pytest.fixture
def released() -> Json:
    return dict(shape(contract.document()))


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING)
def test_what_breaks_a_program_is_seen(released: Json, change: Callable[[Json], object]) -> None:
    newer = copy.deepcopy(contract.document())
    change(newer)
    assert len(breaks(released, newer)) > 0


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_only_adds_is_let_through(released: Json, change: Callable[[Json], object]) -> None:
    newer = copy.deepcopy(contract.document())
    change(newer)
    assert breaks(released, newer) == []


def test_a_break_is_told_with_its_place(released: Json) -> None:
    newer = copy.deepcopy(contract.document())
    _schema(newer, "LineDocument")["properties"].pop("sku")
    told = breaks(released, newer)
    assert f"GET {READ} 200/basket/lines/*/sku: removed" in told
