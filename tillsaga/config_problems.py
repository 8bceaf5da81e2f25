"""What pydantic found wrong, in words for whoever wrote the file, and where it stands in it.

A value is never repeated, since it may be a secret in the wrong place; a key only where it
looks like a name (`{token:sk_live_1}`, for want of a space, is a key to YAML).
"""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tillsaga.marked_yaml import Marked, Path, Problem

_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a known name",
    "union_tag_not_found": "is missing",
    "string_type": "must be text; write it in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "tuple_type": "must be a list",
    "string_too_short": "must not be empty",
}

Locate = Callable[[Path], tuple[Path, Iterable[str]]]
"""From pydantic's location to the path in the file and the names known to its parent."""


def from_validation(error: ValidationError, document: Marked, locate: Locate) -> list[Problem]:
    """Translate every error that pydantic found in the document."""
    return [_problem(details, document, locate) for details in error.errors()]


def closest(word: object, known: Iterable[str]) -> str | None:
    """Guess which known word was meant.

    >>> closest("tokne", ["token", "callback_secret"])
    'token'
    """
    matches = get_close_matches(word, list(known), n=1) if isinstance(word, str) else []
    return matches[0] if matches else None


def shown(path: Path) -> str:
    """Write a path for people, without keys that may be more than a name.

    >>> shown(("stores", 0, "providers", 1, "kind"))
    'stores[0].providers[1].kind'
    >>> shown(("webhooks", 0, "secret:whsec_1"))
    'webhooks[0].…'
    """
    return "".join(_step(step) for step in path).removeprefix(".")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(r"[\w.-]{1,64}", step) else ".…"


def _problem(details: ErrorDetails, document: Marked, locate: Locate) -> Problem:
    kind, given = details["type"], details["input"]
    context: dict[str, Any] = details.get("ctx", {})
    path, known = locate(details["loc"])
    hint: str | None = context.get("hint")
    place = document.place(path)
    if kind == "extra_forbidden":
        place = document.keys.get(path, place)
        hint = closest(path[-1], known)
        path = path[:-1] if "credentials" in path else path
    elif kind.startswith("union_tag"):
        path = (*path, "kind")
        place = document.place(path)
        hint = closest(context.get("tag"), _words(context.get("expected_tags", "")))
    elif kind == "literal_error":
        hint = closest(given, _words(context["expected"]))
    return Problem(place, path, _message(details, context), hint)


def _message(details: ErrorDetails, context: dict[str, Any]) -> str:
    if details["type"] == "union_tag_invalid":
        return f"must be one of {', '.join(_words(context['expected_tags']))}"
    if details["type"] == "literal_error":
        return f"must be one of {', '.join(_words(context['expected']))}"
    if details["type"] == "value_error":
        return str(context["error"])
    return _MESSAGES.get(details["type"]) or details["msg"].replace("Input should", "must")


def _words(listed: str) -> list[str]:
    """Read pydantic's lists: `'two_step' or 'one_step'`."""
    return re.findall(r"'([^']*)'", listed)
