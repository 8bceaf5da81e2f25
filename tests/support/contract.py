"""What the committed OpenAPI document declares, for tests that hear an answer."""

import json
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs

from api.problems import stable

PATH = Path(__file__).parents[2] / "openapi" / "v1.json"

OPERATIONS = {
    "open": "openCheckout",
    "put_basket": "putBasket",
    "identify": "identifyMember",
    "apply_offer": "applyOffer",
    "remove_offer": "removeOffer",
    "append_offers": "appendVouchers",
    "add_tender": "addTender",
    "remove_tender": "removeTender",
    "ready": "makeReady",
    "reopen": "reopenCheckout",
    "payment": "reportPayment",
    "correct_payment": "correctPayment",
    "cancel": "cancelCheckout",
    "heartbeat": "sendHeartbeat",
    "claim": "claimPoints",
    "refund": "refundCheckout",
    "return_goods": "returnGoods",
    "release_hold": "releaseHold",
    "resolve_attention": "resolveAttention",
    "assign_attention": "assignAttention",
}
"""The operation that brings each message of a till or of support."""


@cache
def document() -> dict[str, Any]:
    """Read it; `test_the_committed_document_is_the_apis` holds that it is true."""
    return dict(json.loads(PATH.read_text()))


@cache
def operations() -> dict[str, dict[str, Any]]:
    """All operations by their `operationId`."""
    paths = document()["paths"].values()
    return {one["operationId"]: one for methods in paths for one in methods.values()}


def address(operation_id: str) -> tuple[str, str]:
    """The method and the path of an operation."""
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] == operation_id:
                return method.upper(), path
    raise KeyError(operation_id)


@cache
def codes(operation_id: str) -> dict[str, int]:
    """The codes that an operation says it may answer, with their statuses."""
    return {
        code: int(status)
        for status, response in operations()[operation_id]["responses"].items()
        for content in response.get("content", {}).values()
        for code in content["schema"].get("properties", {}).get("code", {}).get("enum", ())
    }


def insist_on_declared(message: str, code: str) -> None:
    """Fail if a till may be told something that it cannot have read about."""
    code, declared = stable(code), codes(OPERATIONS[message])
    assert code in declared, f"{OPERATIONS[message]} does not declare {code}"


async def insist_on_contract(answer: httpx.Response) -> None:
    """Fail unless the document declares the answer: a hook for the clients of tests."""
    operation = _operation(answer.request.method, answer.request.url.path)
    if operation is None or answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return
    told = f"{operation['operationId']} {answer.status_code}"
    declared = operation["responses"].get(str(answer.status_code))
    assert declared is not None, f"{told} is not declared"
    missing = {
        name
        for name, header in _headers(declared).items()
        if header.get("required") and name not in answer.headers
    }
    assert not missing, f"{told} lacks {missing}"
    if not declared.get("content"):
        return
    media_type = answer.headers["Content-Type"].partition(";")[0]
    assert media_type in declared["content"], f"{told} declares no {media_type}"
    if media_type.endswith("json"):
        content = json.loads(await answer.aread())
        schema = declared["content"][media_type]["schema"]
        errors = [
            f"{told} {error.instance_path}: {error.message}"
            for error in _validator(json.dumps(schema)).iter_errors(content)
        ]
        assert not errors, errors


def _headers(response: dict[str, Any]) -> dict[str, dict[str, Any]]:
    known = document()["components"]["headers"]
    named = response.get("headers", {}).items()
    return {name: known[one["$ref"].rpartition("/")[2]] for name, one in named}


def _operation(method: str, path: str) -> dict[str, Any] | None:
    found = (methods for pattern, methods in _paths() if pattern.fullmatch(path))
    return next((m[method.lower()] for m in found if method.lower() in m), None)


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """The paths as patterns, those with more fixed words first."""
    paths = sorted(document()["paths"].items(), key=lambda one: one[0].count("{"))
    return [(re.compile(_pattern(path)), methods) for path, methods in paths]


def _pattern(path: str) -> str:
    # The one id that may hold slashes of its own.
    path = path.replace("{effect_id}", "(.+)")
    return re.sub(r"{\w+}", "([^/]+)", path)


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    whole = {"components": document()["components"], **json.loads(schema)}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
