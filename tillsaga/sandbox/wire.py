"""What vendors share on the wire: a request, a reply, field reading and routing."""

import email
import email.policy
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from tillsaga.sandbox.books import Record, parse_moment

CallT = TypeVar("CallT")


@dataclass(frozen=True)
class Asked:
    """One request below a vendor's mount point; header names are in lower case.

    `url` is absolute and exactly as the client wrote it, for vendors that have it signed.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "http://sandbox"
    switches: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""

    def logged_query(self) -> str:
        """Answer the query without signatures: a signed URL could be sent again."""
        return re.sub(r"(authSignature=)[^&]*", r"\1***", self.query)


@dataclass(frozen=True)
class Reply:
    """One answer, complete."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(status: int, payload: Any, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer with JSON."""
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    return Reply(status, body, headers=headers or {})


class Invalid(Exception):
    """A field is missing or has a value the vendor refuses."""

    def __init__(self, name: str, why: str) -> None:
        """Name the field and say what is wrong with it."""
        super().__init__(f"{name}: {why}")
        self.name, self.why = name, why


def read_values(asked: Asked) -> Record:
    """Merge query and body; JSON, urlencoded and multipart bodies are equals."""
    values = nest(parse_qsl(asked.query, keep_blank_values=True))
    return values | _read_body(asked)


def _read_body(asked: Asked) -> Record:
    if not asked.body:
        return {}
    media = asked.headers.get("content-type", "application/json")
    try:
        if "x-www-form-urlencoded" in media:
            return nest(parse_qsl(asked.body.decode(), keep_blank_values=True))
        if "multipart/form-data" in media:
            return nest(_parts(media, asked.body))
        values = json.loads(asked.body)
    except ValueError as unreadable:
        raise Invalid("body", "cannot be read") from unreadable
    if isinstance(values, list) and not values:
        return {}
    if not isinstance(values, dict):
        raise Invalid("body", "must be an object")
    return values


def _parts(media: str, body: bytes) -> Iterable[tuple[str, str]]:
    head = f"Content-Type: {media}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            yield name, content.decode()


def nest(pairs: Iterable[tuple[str, str]]) -> Record:
    """Read PHP-style names: `a[0][b]=1` is `{"a": [{"b": "1"}]}`."""
    tree: Record = {}
    for name, value in pairs:
        head, _, tail = name.partition("[")
        steps = [head, *tail.rstrip("]").split("][")] if "[" in name else [head]
        branch = tree
        for step in steps[:-1]:
            branch = branch.setdefault(step, {})
            if not isinstance(branch, dict):
                raise Invalid(name, "is both a value and a list")
        branch[steps[-1] or str(len(branch))] = value
    return {name: _as_lists(value) for name, value in tree.items()}


def _as_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _as_lists(item) for name, item in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


class Fields:
    """Typed reading of what was sent; every reader raises `Invalid` on a bad value.

    An absent field, a null and an empty text are the same.
    """

    def __init__(self, values: Record, prefix: str = "") -> None:
        """Wrap the values; `prefix` names where they sit in the request."""
        self.values = values
        self._prefix = prefix

    def has(self, name: str) -> bool:
        """Tell whether the field was sent with any value."""
        return self.values.get(name) not in (None, "")

    def text_or_none(self, name: str) -> str | None:
        """Read a text, if sent."""
        if not self.has(name):
            return None
        value = self.values[name]
        if isinstance(value, bool | list | dict):
            raise self.invalid(name, "must be a text")
        return str(value)

    def text(self, name: str) -> str:
        """Read a required text."""
        text: str = self._required(name, self.text_or_none(name))
        return text

    def whole_or_none(self, name: str) -> int | None:
        """Read a whole number, if sent."""
        text = self.text_or_none(name)
        if text is not None and not re.fullmatch(r"[+-]?\d+", text):
            raise self.invalid(name, "must be a whole number")
        return None if text is None else int(text)

    def whole(self, name: str, *, least: int | None = None, most: int | None = None) -> int:
        """Read a required whole number within bounds."""
        value: int = self._required(name, self.whole_or_none(name))
        if (least is not None and value < least) or (most is not None and value > most):
            raise self.invalid(name, "is out of range")
        return value

    def number_or_none(self, name: str) -> Decimal | None:
        """Read a number, if sent; never through a float."""
        text = self.text_or_none(name)
        try:
            number = None if text is None else Decimal(text)
        except InvalidOperation as bad:
            raise self.invalid(name, "must be a number") from bad
        if number is not None and not number.is_finite():
            raise self.invalid(name, "must be a number")
        return number

    def truth_or_none(self, name: str) -> bool | None:
        """Read true or false, also as the texts forms send."""
        if not self.has(name):
            return None
        value = str(self.values[name]).lower()
        if value not in ("true", "false", "1", "0"):
            raise self.invalid(name, "must be true or false")
        return value in ("true", "1")

    def moment_or_none(self, name: str) -> datetime | None:
        """Read an ISO 8601 moment, if sent."""
        text = self.text_or_none(name)
        try:
            return None if text is None else parse_moment(text)
        except ValueError as bad:
            raise self.invalid(name, "must be an ISO 8601 date") from bad

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """Read a required text out of a list."""
        value = self.text(name)
        if value not in allowed:
            raise self.invalid(name, f"must be one of {', '.join(allowed)}")
        return value

    def mapping(self, name: str) -> Record:
        """Read an object; absent is empty. PHP clients send an empty one as `[]`."""
        value = self.values.get(name) or {}
        if not isinstance(value, dict):
            raise self.invalid(name, "must be an object")
        return value

    def inner(self, name: str) -> "Fields":
        """Read a required object as fields."""
        if not self.mapping(name):
            raise self.invalid(name, "is required")
        return Fields(self.mapping(name), f"{self._prefix}{name}.")

    def rows(self, name: str) -> list["Fields"]:
        """Read a list of objects; absent is empty."""
        value = self.values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise self.invalid(name, "must be a list of objects")
        return [Fields(row, f"{self._prefix}{name}.{n}.") for n, row in enumerate(value)]

    def invalid(self, name: str, why: str) -> Invalid:
        """Make the complaint about one field, for the caller to raise."""
        return Invalid(f"{self._prefix}{name}", why)

    def _required(self, name: str, value: Any) -> Any:
        if value is None:
            raise self.invalid(name, "is required")
        return value


@dataclass(frozen=True)
class Operation(Generic[CallT]):
    """One thing a vendor can be asked; `name` is what fault rules call it."""

    name: str
    method: str
    path: str
    handler: Callable[[CallT], Any]
    register: bool = False


class NoRoute(Exception):
    """Nothing answers there; `status` is 404, or 405 when another method would do."""

    def __init__(self, status: int) -> None:
        """Keep the HTTP status to answer with."""
        super().__init__(str(status))
        self.status = status


class Router(Generic[CallT]):
    """Finds the operation for a method and path; fixed paths come before patterns."""

    def __init__(self) -> None:
        """Start with nothing to find."""
        self._fixed: dict[tuple[str, str], Operation[CallT]] = {}
        self._patterns: list[tuple[re.Pattern[str], Operation[CallT]]] = []

    def add(self, path: str, operation: Operation[CallT]) -> None:
        """Answer `path`, in which `{name}` stands for one segment, with the operation."""
        path = path.rstrip("/")
        if "{" not in path:
            self._fixed[operation.method, path] = operation
            return
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
        self._patterns.append((re.compile(pattern), operation))

    def find(self, method: str, path: str) -> tuple[Operation[CallT], dict[str, str]]:
        """Find the operation and the path's values; a trailing slash is ignored.

        Raises:
            NoRoute: nothing answers there.
        """
        path = path.rstrip("/")
        if (method, path) in self._fixed:
            return self._fixed[method, path], {}
        known = any(fixed == path for _, fixed in self._fixed)
        for pattern, operation in self._patterns:
            if (found := pattern.fullmatch(path)) is None:
                continue
            if operation.method == method:
                return operation, found.groupdict()
            known = True
        raise NoRoute(405 if known else 404)
