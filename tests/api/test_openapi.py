"""The document that integrators read: nothing is missing, every example fits its schema."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource

from api import error_pages
from api.next_steps import NEXT_STEPS
from api.problems import REGISTRY
from api.reference import examples
from tests.support import contract, publish
from tests.support.compatibility import breaks, canonical
from tillsaga.domain.webhooks import EventType

CHANGING = {"post", "put", "delete"}
WITHOUT_KEY = {"lookUp", "openPortalSession", "scanAtStore", "scanAtCheckout", "appendVouchers"}
WITH_A_SECRET = {"appendVouchers"}
WITHOUT_AUTHENTICATION = {"getHealth", "getReadiness"}
Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def document(shared_app: FastAPI) -> dict[str, Any]:
    return shared_app.openapi()


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_the_document_says_whose_it_is(document: dict[str, Any]) -> None:
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    assert document["info"]["description"]
    assert document["servers"]
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_every_operation_is_named_and_described(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names)) >= 40
    tags = {tag["name"] for tag in document["tags"]}
    for _, _, operation in operations(document):
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", operation["operationId"])
        assert 0 < len(operation["summary"]) <= 60
        assert operation["description"]
        assert operation["tags"]
        assert set(operation["tags"]) <= tags


def test_every_operation_says_who_may_call_it(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        is_open = operation["operationId"] in WITHOUT_AUTHENTICATION
        if operation["operationId"] in WITH_A_SECRET:
            assert operation["security"] == [{"callbackSecret": []}]
            assert {"401", "429"} <= operation["responses"].keys()
            continue
        assert operation["security"] == ([] if is_open else [{"apiKey": []}])
        assert is_open or {"401", "403", "429"} <= operation["responses"].keys()


def test_every_change_needs_its_key(document: dict[str, Any]) -> None:
    for _, method, operation in operations(document):
        parameters = {one["name"]: one for one in operation.get("parameters", [])}
        changes = method in CHANGING and operation["operationId"] not in WITHOUT_KEY
        assert ("Idempotency-Key" in parameters) is changes, operation["operationId"]
        if changes:
            assert parameters["Idempotency-Key"]["required"]
            assert {"400", "409", "422", "503"} <= operation["responses"].keys()


def test_every_error_is_a_documented_problem(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        errors = {s: r for s, r in operation["responses"].items() if int(s) >= 400}
        assert "500" in errors
        for status, response in errors.items():
            [(media_type, content)] = response["content"].items()
            assert media_type == "application/problem+json"
            assert content["schema"]["$ref"] == "#/components/schemas/Problem"
            codes = content["schema"]["properties"]["code"]["enum"]
            assert codes == list(content["examples"])
            assert {int(REGISTRY[code].status) for code in codes} == {int(status)}


def test_a_status_is_declared_where_it_may_occur(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        parameters = {one["name"] for one in operation.get("parameters", [])}
        statuses = operation["responses"].keys()
        told = operation["operationId"]
        assert ("429" in statuses) is bool(operation["security"]), told
        assert ("412" in statuses) is ("If-Match" in parameters), told
        takes_input = bool(parameters - {"accept", "last-event-id"}) or "requestBody" in operation
        assert ("422" in statuses) is takes_input, told
        assert "Idempotency-Key" not in parameters or "409" in statuses, told
        assert ("413" in statuses) is ("415" in statuses)
        assert "requestBody" not in operation or {"400", "413", "415"} <= statuses, told


def test_every_answer_declares_its_headers(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            headers = response["headers"].keys()
            assert "X-Request-Id" in headers
            assert ("WWW-Authenticate" in headers) is (status == "401")
            assert status not in ("429", "503") or "Retry-After" in headers
            if operation["security"] and int(status) < 300:
                assert {"RateLimit", "RateLimit-Policy"} <= headers
            if status == "201":
                assert {"Location", "Idempotency-Replayed"} <= headers


def test_links_lead_to_operations_that_take_what_they_bring(document: dict[str, Any]) -> None:
    known = contract.operations()
    found = [
        (target["operationId"], name)
        for _, _, operation in operations(document)
        for response in operation["responses"].values()
        for target in response.get("links", {}).values()
        for name in target["parameters"]
    ]
    assert {"makeReady", "reportPayment", "refundCheckout", "getRefund"} <= {
        one for one, _ in found
    }
    for operation_id, name in found:
        assert name in {one["name"] for one in known[operation_id]["parameters"]}


def test_the_committed_document_is_the_apis(document: dict[str, Any]) -> None:
    stale = "openapi/v1.json is stale; write it anew with: make openapi"
    assert contract.PATH.read_text() == canonical(document), stale


def test_the_page_about_errors_is_the_registrys() -> None:
    assert NEXT_STEPS.keys() == REGISTRY.keys(), "say in api/next_steps.py what to do about it"
    stale = "docs/errors.md is stale; write it anew with: make openapi"
    assert publish.ERRORS_PAGE.read_text() == error_pages.errors_page(), stale


def test_what_was_released_still_works(document: dict[str, Any]) -> None:
    assert breaks(json.loads(publish.RELEASED.read_text()), document) == []


def test_every_request_and_good_answer_has_an_example(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        if "requestBody" in operation:
            [content] = operation["requestBody"]["content"].values()
            assert [*examples(document, content)]
        for status, response in operation["responses"].items():
            if int(status) < 300:
                contents = response.get("content", {}).values()
                assert all([*examples(document, one)] for one in contents)


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    checked = 0
    for schema, example in _all_examples(document):
        _validator(document, schema).validate(example)
        checked += 1
    assert checked > 150


def test_nothing_foreign_is_referred_to(document: dict[str, Any]) -> None:
    assert not re.search(r"https?://(?!localhost|[a-z.]+\.example)", str(document))


def _all_examples(document: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    for _, _, operation in operations(document):
        contents = [response.get("content", {}) for response in operation["responses"].values()]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for content in contents:
            for one in content.values():
                for example in examples(document, one):
                    yield one["schema"], example
        for parameter in operation.get("parameters", []):
            for example in examples(document, parameter):
                yield parameter["schema"], example


def _validator(document: dict[str, Any], schema: Any) -> Draft202012Validator:
    resource = Resource.opaque(document)
    registry: Registry[Any] = Registry().with_resource("urn:api", resource)
    absolute = _absolute(schema)
    return Draft202012Validator(absolute, registry=registry)


def _absolute(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: f"urn:api{value}" if name == "$ref" else _absolute(value)
            for name, value in schema.items()
        }
    return [_absolute(item) for item in schema] if isinstance(schema, list) else schema


def test_every_event_is_documented_with_an_example(document: dict[str, Any]) -> None:
    assert document["webhooks"].keys() == set(get_args(EventType))
    names = set()
    for event, methods in document["webhooks"].items():
        [content] = methods["post"]["requestBody"]["content"].values()
        [example] = examples(document, content)
        _validator(document, content["schema"]).validate(example)
        assert example["type"] == event
        assert methods["post"]["summary"]
        names.add(methods["post"]["operationId"])
    assert len(names) == len(document["webhooks"]) == 6
