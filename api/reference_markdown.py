"""The reference as a page of the documentation, made from the OpenAPI document."""

import json
from collections.abc import Iterator
from typing import Any

from api.reference import examples

Json = dict[str, Any]

_INTRODUCTION = """\
# API

{description}
The document that clients are generated from is `openapi/v1.json`; the API serves it as
`/openapi.json`, and this page as `/docs`. The codes of errors are explained in [Errors](errors.md).

Made by `make openapi` from the document; not edited by hand.
"""
_LIMITS = ("format", "pattern", "minimum", "maximum", "minLength", "maxLength")
_ERRORS = 400


def reference_markdown(document: Json) -> str:
    """Write the page: an overview, every operation by its tag, then the schemas they share."""
    schemas = document["components"]["schemas"]
    parts = [
        _INTRODUCTION.format(description=document["info"]["description"]),
        *(_group(document, tag) for tag in document["tags"]),
        "## Schemas\n",
        *(_schema(name, schemas[name]) for name in sorted(schemas)),
    ]
    return "\n".join(part for part in parts if part)


def _group(document: Json, tag: Json) -> str:
    found = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if tag["name"] in operation["tags"]
    ]
    if not found:
        return ""
    rows = [
        f"| [`{method.upper()} {path}`](#{operation['operationId'].lower()}) "
        f"| {_cell(operation['summary'])} |"
        for method, path, operation in found
    ]
    head = f"## {tag['name'].capitalize()}\n\n{tag['description']}\n"
    table = "\n".join(["| Operation | Does |", "|---|---|", *rows, ""])
    return "\n".join([head, table, *(_operation(document, *each) for each in found)])


def _operation(document: Json, method: str, path: str, operation: Json) -> str:
    parts = [
        f"### {operation['operationId']}\n\n`{method.upper()} {path}`\n",
        f"{operation['description'].strip()}\n",
        _parameters(operation),
        _request(document, operation),
        _answers(operation),
    ]
    return "\n".join(part for part in parts if part)


def _parameters(operation: Json) -> str:
    rows = [
        f"| `{each['name']}` | {each['in']} | {'yes' if each['required'] else ''} "
        f"| {_cell(_kind(each['schema']))} | {_cell(each.get('description', ''))} |"
        for each in operation.get("parameters", [])
    ]
    head = ["| Parameter | In | Required | Type | Meaning |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, ""]) if rows else ""


def _request(document: Json, operation: Json) -> str:
    parts = []
    for content in operation.get("requestBody", {}).get("content", {}).values():
        shown = next(examples(document, content), None)
        parts.append(f"Body: {_kind(content['schema'])}\n")
        if shown is not None:
            parts.append(f"```json\n{json.dumps(shown, indent=2)}\n```\n")
    return "\n".join(parts)


def _answers(operation: Json) -> str:
    rows = [
        f"| {status} | {_cell(_answer(int(status), response))} |"
        for status, response in sorted(operation["responses"].items())
    ]
    return "\n".join(["| Status | Answer |", "|---|---|", *rows, ""])


def _answer(status: int, response: Json) -> str:
    """Say of a good answer what it is, and of an error its codes."""
    if status < _ERRORS:
        kinds = {_kind(content["schema"]) for content in response.get("content", {}).values()}
        return f"{response['description']}: {', '.join(sorted(kinds))}"
    return " ".join(f"[`{code}`](errors.md#{status})" for code in _codes(response))


def _codes(response: Json) -> Iterator[str]:
    for content in response["content"].values():
        yield from content["schema"].get("properties", {}).get("code", {}).get("enum", ())


def _schema(name: str, schema: Json) -> str:
    required = schema.get("required", ())
    rows = [
        f"| `{field}` | {'yes' if field in required else ''} | {_cell(_kind(part))} "
        f"| {_cell(part.get('description', ''))} |"
        for field, part in schema.get("properties", {}).items()
    ]
    head = ["| Field | Required | Type | Meaning |", "|---|---|---|---|"]
    fields = "\n".join([*head, *rows, ""]) if rows else f"{_kind(schema)}\n"
    said = schema.get("description", "").strip()
    return "\n".join([f"### Schema {name}\n", *([f"{said}\n"] if said else []), fields])


def _kind(schema: Json) -> str:
    """Say in a word what a schema is, with a link where it has a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#schema-{name.lower()})"
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return " or ".join(dict.fromkeys(_kind(each) for each in schema[word]))
    if "enum" in schema:
        return " ".join(f"`{_plain(value)}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{_plain(schema['const'])}`"
    if schema.get("type") == "array" and schema.get("items"):
        return f"array of {_kind(schema['items'])}"
    limits = [f"{word} `{_plain(schema[word])}`" for word in _LIMITS if word in schema]
    return ", ".join([str(schema.get("type", "any")), *limits])


def _plain(value: Any) -> str:
    """Write a value as people do: 50 and not 50.0, a text without quotation marks."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value)


def _cell(text: str) -> str:
    """Keep a text within its cell of a table."""
    return " ".join(text.split()).replace("|", r"\|")
