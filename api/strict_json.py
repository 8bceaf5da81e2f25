"""A request's JSON, read strictly: what two readers could take two ways is refused.

A till, this door, Temporal, the records and five vendors read the same body. So a field stands
once, a number is one, the text is UTF-8, and nothing nests deeper than any bill does.

Texts are codes and ids unless their field is for people: those come in Unicode's composed form
(NFC), and without characters that nobody sees. What a scanner has read besides loses the line end
that scanners add, and is refused if it only looks like another code.
"""

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from tillsaga.errors import Refusal

MOST_LEVELS = 32
MOST_DIGITS = 24
FOR_PEOPLE = frozenset(
    (
        *("title", "reason", "actor", "owner", "name", "approved_by"),
        *("brand", "vendor", "categories", "tags"),
    )
)
SCANNED = frozenset(("value", "code", "codes", "reference"))

_SCANNER_ENDS = "\r\n\t "
# A text without an end is one, too, and is read once: else each quote in it would begin anew.
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
# Without escapes, and with nothing before a text's end, plain ASCII has nothing to clean.
_WORTH_A_LOOK = re.compile(rb'[\\\x7f]|[ \t]"')
_LONG_NUMBER = re.compile(rf"[0-9]{{{MOST_DIGITS + 1}}}")
# Control characters, line separators, what turns the direction of a line around, half pairs.
_NOWHERE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
# What takes no room on a screen: soft hyphens, joiners, fillers, marks, selectors, tags.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u2065"
    "\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_LATIN = re.compile("[A-Za-z]")
_LATIN_LOOKALIKES = re.compile("[\u0370-\u03ff\u0400-\u052f]")  # Greek, Cyrillic

Path = tuple[str | int, ...]


def cleaned(raw: bytes) -> bytes:
    """Check a body, and write it anew where a code had to be cleaned.

    Raises:
        Refusal: `malformed_request`, or `invalid_request` with what is wrong with which text.
    """
    body = _read(raw)
    if raw.isascii() and not _WORTH_A_LOOK.search(raw):
        return raw
    problems: list[dict[str, str]] = []
    clean = _clean(body, (), problems)
    if problems:
        raise Refusal("invalid_request", "the request does not fit its schema", problems[:20])
    # Compared as text: 1 and True are equal to Python.
    return raw if clean is body else json.dumps(clean, ensure_ascii=False).encode()


def is_clean_address(text: str) -> bool:
    """Whether a path or a query, decoded, holds only what an id may hold."""
    return not (_NOWHERE.search(text) or _UNSEEN.search(text))


def _read(raw: bytes) -> Any:
    try:
        text = raw.decode("utf-8")
        _require_shallow(text)
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_no_number,
            # Asked for each number, so only where one may be too long.
            parse_int=_integer if _LONG_NUMBER.search(text) else None,
            parse_float=_float,
        )
    except UnicodeDecodeError:
        words = "the body is not UTF-8"
    except (ValueError, RecursionError):
        words = "the body is not JSON"
    raise Refusal("malformed_request", words)


def _require_shallow(text: str) -> None:
    if text.count("[") + text.count("{") <= MOST_LEVELS:
        return
    level = 0
    for mark in _MARKS.finditer(text):
        match text[mark.start()]:
            case "[" | "{":
                level += 1
                if level > MOST_LEVELS:
                    words = f"the body nests deeper than {MOST_LEVELS} levels"
                    raise Refusal("malformed_request", words)
            case "]" | "}":
                level -= 1


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refusal("malformed_request", "a field stands twice in the same object")
    return found


def _no_number(_: str) -> NoReturn:
    raise Refusal("malformed_request", "NaN and Infinity are no JSON numbers")


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise Refusal("malformed_request", f"a number has more than {MOST_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if len(digits) > MOST_DIGITS or not math.isfinite(number):
        raise Refusal("malformed_request", f"a number has more than {MOST_DIGITS} digits")
    return number


def _clean(value: Any, path: Path, problems: list[dict[str, str]]) -> Any:
    """Answer the value itself if nothing in it had to change."""
    if isinstance(value, str):
        clean, wrong = _clean_text(value, _field(path))
        if wrong is not None:
            problems.append({"pointer": _pointer(path), "detail": wrong})
        return clean
    if isinstance(value, dict):
        for name in value:
            if not is_clean_address(name):
                raise Refusal("malformed_request", "a field's name holds characters nobody sees")
        cleaned_fields = {n: _clean(v, (*path, n), problems) for n, v in value.items()}
        return value if _same(cleaned_fields.values(), value.values()) else cleaned_fields
    if isinstance(value, list):
        items = [_clean(item, (*path, index), problems) for index, item in enumerate(value)]
        return value if _same(items, value) else items
    return value


def _same(new: Any, old: Any) -> bool:
    return all(one is other for one, other in zip(new, old, strict=True))


def _clean_text(text: str, field: str) -> tuple[str, str | None]:
    if field in SCANNED:
        # A scanner types what ends a line, or a field, after the code.
        stripped = text.rstrip(_SCANNER_ENDS)
        text = text if len(stripped) == len(text) else stripped
    if text.isascii() and text.isprintable():
        return text, None
    if _NOWHERE.search(text):
        return text, "must not contain control characters"
    if field in FOR_PEOPLE:
        return text, None
    composed = unicodedata.normalize("NFC", text)
    text = text if composed == text else composed
    return text, next(_faults(text, field), None)


def _faults(text: str, field: str) -> Iterator[str]:
    if _UNSEEN.search(text):
        yield "must not contain characters that nobody sees"
    if field in SCANNED:
        if unicodedata.normalize("NFKC", text) != text:
            yield "must be written in plain characters"
        if _LATIN.search(text) and _LATIN_LOOKALIKES.search(text):
            yield "must not mix alphabets whose letters look alike"


def _field(path: Path) -> str:
    """Name the field that a text is, or is listed in."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _pointer(path: Path) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
