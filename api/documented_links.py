"""Which operation may follow which, and what it takes from the answer before it.

Links are for programs that walk the API by its document: generated clients, and the fuzzer of our
own tests, which finds by them the ways from an opened checkout to a refund.
"""

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_SCHEMA = "#/components/schemas/"
_NAMED_BY: dict[str, dict[str, str]] = {
    "CheckoutDocument": {
        "checkout_id": "$response.body#/id",
        "offer_id": "$response.body#/offers/0/id",
        "tender_id": "$response.body#/tenders/0/id",
        "payment_id": "$response.body#/payments/0/id",
        "item": "$response.body#/attention/0/id",
    },
    "RefundDocument": {"refund_id": "$response.body#/refund_id"},
    "ErasureDocument": {"erasure_id": "$response.body#/id"},
    "HoldList": {"effect_id": "$response.body#/data/0/id"},
    "CaseList": {
        "checkout_id": "$response.body#/data/0/checkout_id",
        "item": "$response.body#/data/0/id",
    },
}
"""What an answer calls the things that stand in paths."""
_NEXT: dict[str, tuple[str, ...]] = {
    "makeReady": ("reportPayment", "reopenCheckout", "cancelCheckout"),
    "reportPayment": ("getReceipt", "refundCheckout", "claimPoints"),
    "cancelCheckout": ("getCheckout", "reportPayment"),
    "listAttention": ("getAttention", "assignAttention", "resolveAttention"),
    "eraseMember": ("getErasure",),
}
"""What follows usually, beside what an answer has just made."""
_BODIES: dict[tuple[str, str], Json] = {
    ("makeReady", "reportPayment"): {
        "status": "captured",
        "type": "card",
        "amount": "$response.body#/totals/due_amount",
        "reference": "$response.body#/id",
    },
}


def add_links(document: Json) -> None:
    """Write the links into the document."""
    operations = dict(_operations(document))
    for path, operation in operations.items():
        for status, response in operation["responses"].items():
            names = _NAMED_BY.get(_schema(response), {}) if status in ("200", "201") else {}
            links = {
                target["operationId"]: _link(operation, target, taken)
                for there, target in operations.items()
                if (taken := _taken(there, names)) and _follows(path, operation, there, target)
            }
            if links:
                response["links"] = links


def _operations(document: Json) -> Iterator[tuple[tuple[str, str], Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield (path, method), operation


def _schema(response: Json) -> str:
    content = response.get("content", {}).get("application/json", {})
    return str(content.get("schema", {}).get("$ref", "")).removeprefix(_SCHEMA)


def _taken(there: tuple[str, str], names: dict[str, str]) -> dict[str, str] | None:
    """What the other operation's path needs, if the answer has all of it."""
    needed = re.findall(r"{(\w+)}", there[0])
    return {name: names[name] for name in needed} if {*needed} <= {*names} else None


def _follows(here: tuple[str, str], operation: Json, there: tuple[str, str], target: Json) -> bool:
    creates = "201" in operation["responses"]
    made_here = there[0].startswith(f"{here[0]}/{{")
    is_next = target["operationId"] in _NEXT.get(operation["operationId"], ())
    return there != here and (creates or made_here or is_next)


def _link(operation: Json, target: Json, taken: dict[str, str]) -> Json:
    link: Json = {"operationId": target["operationId"], "parameters": taken}
    body = _BODIES.get((operation["operationId"], target["operationId"]))
    return link | ({"requestBody": body} if body else {})
