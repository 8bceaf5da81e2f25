"""The document that integrators read: nothing is missing, every example fits its schema."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource

from tillsaga.domain.webhooks import EventType
from tillsaga.errors import REFUSALS

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
    assert len(names) == len(set(names)) == 45
    tags = {tag["name"] for tag in document["tags"]}
    for _, _, operation in operations(document):
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", operation["operationId"])
        assert 0 < len(operation["summary"]) <= 60
        assert operation["description"]
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
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            for code in content["examples"]:
                assert code in REFUSALS or code == "not_acceptable"
                assert document["components"]["examples"][code]["value"]["status"] == int(status)


def test_every_request_and_good_answer_has_an_example(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        if "requestBody" in operation:
            [content] = operation["requestBody"]["content"].values()
            assert _examples(document, content)
        for status, response in operation["responses"].items():
            if int(status) < 300:
                assert all(_examples(document, one) for one in response["content"].values())


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
                for example in _examples(document, one):
                    yield one["schema"], example
        for parameter in operation.get("parameters", []):
            for example in _examples(document, parameter):
                yield parameter["schema"], example


def _examples(document: dict[str, Any], holder: dict[str, Any]) -> list[Any]:
    found = list(holder.get("schema", {}).get("examples", []))
    found += [holder["example"]] if "example" in holder else []
    names = [one["$ref"].rpartition("/")[2] for one in holder.get("examples", {}).values()]
    return found + [document["components"]["examples"][name]["value"] for name in names]


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
        [example] = _examples(document, content)
        _validator(document, content["schema"]).validate(example)
        assert example["type"] == event
        assert methods["post"]["summary"]
        names.add(methods["post"]["operationId"])
    assert len(names) == len(document["webhooks"]) == 6
