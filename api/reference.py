"""The reference that people read, made from the OpenAPI document: one page without a script."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from api.html import code_marks, page, paragraphs
from api.problems import TYPES

Json = dict[str, Any]


def reference_page(document: Json) -> str:
    """Write the page: every operation by its tag, then the schemas they share."""
    info = document["info"]
    groups = [_group(document, tag) for tag in document["tags"]]
    schemas = document["components"]["schemas"]
    links = f'<a href="/openapi.json">OpenAPI document</a> · <a href="{TYPES}">Errors</a>'
    return page(
        "API",
        f"<h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>"
        f"{paragraphs(info['description'])}<p>{links}</p>"
        f"{''.join(groups)}<h2>Schemas</h2>"
        f"{''.join(_schema(name, schemas[name]) for name in sorted(schemas))}",
    )


def _group(document: Json, tag: Json) -> str:
    found = [
        _operation(document, method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if tag["name"] in operation["tags"]
    ]
    head = f"<h2>{escape(tag['name'])}</h2>{paragraphs(tag['description'])}"
    return head + "".join(found) if found else ""


def _operation(document: Json, method: str, path: str, operation: Json) -> str:
    name = escape(operation["operationId"])
    return (
        f'<details id="{name}"><summary><span class="method">{method.upper()}</span> '
        f'<span class="path">{escape(path)}</span> {escape(operation["summary"])}</summary>'
        f'<p class="note"><code>{name}</code></p>{paragraphs(operation["description"])}'
        f"{_parameters(operation)}{_body(document, operation)}"
        f"{''.join(_answer(document, s, r) for s, r in sorted(operation['responses'].items()))}"
        "</details>"
    )


def _parameters(operation: Json) -> str:
    rows = [
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{one['in']}</td>"
        f"<td>{'required' if one['required'] else ''}</td><td>{_kind(one['schema'])}</td>"
        f"<td>{code_marks(one.get('description', ''))}</td></tr>"
        for one in operation.get("parameters", [])
    ]
    return f"<h3>Parameters</h3><table>{''.join(rows)}</table>" if rows else ""


def _body(document: Json, operation: Json) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    shown = [f"<p>{_kind(one['schema'])}</p>{_examples(document, one)}" for one in content.values()]
    return f"<h3>Request</h3>{''.join(shown)}" if shown else ""


def _answer(document: Json, status: str, response: Json) -> str:
    """Show a good answer with its examples, and an error by its codes."""
    head = f"<h3>{status}</h3>{paragraphs(response['description'])}"
    headers = ", ".join(f"<code>{name}</code>" for name in response.get("headers", {}))
    shown = f'<p class="note">Headers: {headers}</p>' if headers else ""
    for media_type, content in response.get("content", {}).items():
        codes = content["schema"].get("properties", {}).get("code", {}).get("enum")
        if codes:
            head = f"<h3>{status}</h3>"
            shown = f"<p>{' '.join(_code_link(code) for code in codes)}</p>{shown}"
        else:
            schema = f"<p><code>{media_type}</code> {_kind(content['schema'])}</p>"
            shown += schema + _examples(document, content)
    return head + shown


def _code_link(code: str) -> str:
    return f'<a href="{TYPES}/{code}"><code>{code}</code></a>'


def _examples(document: Json, holder: Json) -> str:
    shown = "".join(f"<pre>{escape(_written(one))}</pre>" for one in examples(document, holder))
    return f"<details><summary>Examples</summary>{shown}</details>" if shown else ""


def _written(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2)


def examples(document: Json, holder: Json) -> Iterator[Any]:
    """List the examples of a media type or a parameter, wherever they stand."""
    yield from holder.get("schema", {}).get("examples", ())
    if "example" in holder:
        yield holder["example"]
    for one in holder.get("examples", {}).values():
        name = one.get("$ref", "").rpartition("/")[2]
        yield document["components"]["examples"][name]["value"] if name else one["value"]


def _schema(name: str, schema: Json) -> str:
    rows = [
        f"<tr><td><code>{escape(field)}</code></td>"
        f"<td>{'required' if field in schema.get('required', ()) else ''}</td>"
        f"<td>{_kind(part)}</td><td>{code_marks(part.get('description', ''))}</td></tr>"
        for field, part in schema.get("properties", {}).items()
    ]
    fields = f"<table>{''.join(rows)}</table>" if rows else f"<p>{_kind(schema)}</p>"
    return (
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"{paragraphs(schema.get('description', ''))}{fields}</details>"
    )


def _kind(schema: Json) -> str:
    """Say in a word what a schema is, with a link where it has a name."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return " or ".join(dict.fromkeys(_kind(one) for one in schema[word]))
    if "enum" in schema:
        return " ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if schema.get("type") == "array" and schema.get("items"):
        return f"array of {_kind(schema['items'])}"
    limits = [f"{word} {schema[word]}" for word in _LIMITS if word in schema]
    return escape(", ".join([str(schema.get("type", "any")), *limits]))


_LIMITS = ("format", "pattern", "minimum", "maximum", "minLength", "maxLength")
