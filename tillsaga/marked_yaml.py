"""YAML as plain data that remembers where each value stands, so that errors can point at it.

Safer than the usual loader in three ways that matter to people who write configuration by hand:
a key that stands twice is an error, keys are taken as written (`012`, `on`), and dates stay text.
"""

import re
from dataclasses import dataclass, field

import yaml

Path = tuple[str | int, ...]
"""The way to a value: `("stores", 0, "id")`."""

_TAG = "tag:yaml.org,2002:"
_COLLECTIONS = {f"{_TAG}map", f"{_TAG}seq"}
_TEXTS = {f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}value"}
_PLAIN = {f"{_TAG}null", f"{_TAG}bool", f"{_TAG}int", f"{_TAG}float"}


@dataclass(frozen=True, order=True)
class Mark:
    """A place in a file; lines and columns count from 1."""

    line: int
    column: int


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in a file. Never carries the value itself, which may be a secret."""

    mark: Mark
    path: Path = field(compare=False)
    message: str
    hint: str | None = field(default=None, compare=False)


@dataclass
class Marked:
    """A document: its plain data, where its values and keys stand, and what is wrong with it."""

    data: object = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path) -> Mark:
        """Find where a value stands or, when it is missing, where it should be."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Mark(1, 1))


def read(text: str) -> Marked:
    """Read one YAML document; what is wrong with it is in `problems`, in no set order."""
    document = Marked()
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        document.problems.append(_syntax(error))
        return document
    if root is not None:
        document.data = _Reader(document).read(root, ())
    return document


class _Reader:
    """Walks the nodes of one document."""

    def __init__(self, document: Marked) -> None:
        self._document = document
        self._scalars = yaml.SafeLoader("")
        self._open: set[int] = set()

    def read(self, node: yaml.Node, path: Path) -> object:
        self._document.values[path] = _mark(node.start_mark)
        if node.tag not in _COLLECTIONS | _TEXTS | _PLAIN:
            self._refuse(node, path, "must not have a tag")
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            self._refuse(node, path, "refers to itself")
            return None
        self._open.add(id(node))
        is_mapping = isinstance(node, yaml.MappingNode)
        value = self._mapping(node, path) if is_mapping else self._sequence(node, path)
        self._open.remove(id(node))
        return value

    def _mapping(self, node: yaml.Node, path: Path) -> dict[str, object]:
        result: dict[str, object] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(key, path, "has a key that is not text")
                continue
            here = (*path, key.value)
            if here in self._document.keys:
                self._refuse(key, here, "stands twice")
                continue
            self._document.keys[here] = _mark(key.start_mark)
            result[key.value] = self.read(value, here)
        return result

    def _sequence(self, node: yaml.Node, path: Path) -> list[object]:
        return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> object:
        if node.tag in _TEXTS:
            return node.value
        try:
            return self._scalars.construct_object(node)
        except (ValueError, KeyError):
            self._refuse(node, path, "is not what its tag says")
            return None

    def _refuse(self, node: yaml.Node, path: Path, message: str) -> None:
        self._document.problems.append(Problem(_mark(node.start_mark), path, message))


def _mark(mark: yaml.Mark) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


def _syntax(error: yaml.YAMLError) -> Problem:
    """Keep the parser's reason without what it quotes from the file: that may be a secret."""
    mark = getattr(error, "problem_mark", None)
    reason = re.sub(r"'.*'", "…", getattr(error, "problem", None) or "unreadable characters")
    place = _mark(mark) if mark else Mark(1, 1)
    return Problem(place, (), f"is not valid YAML: {reason}")
