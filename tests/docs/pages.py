"""The pages of the documentation as a reader has them: blocks to type, words to type, links."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
SHELLS = ("sh", "shell", "bash", "console")
MARKS = ("deploy", "long", "serves")
"""What may stand behind the language of a shell block; without one the block is run as it is."""

_GIVEN = re.compile(r"<!-- given: ([a-z, -]+) -->")
_PROMPT = "$ "
_READER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """A fenced block; `marks` are the words behind its language."""

    place: str
    language: str
    marks: tuple[str, ...]
    content: str

    @property
    def is_shell(self) -> bool:
        """Whether it is to be typed into a terminal."""
        return self.language in SHELLS

    @property
    def is_run(self) -> bool:
        """Whether a test types it; else it is only checked."""
        return self.is_shell and not {"deploy", "long"} & {*self.marks}

    @property
    def serves(self) -> bool:
        """Whether it starts what runs until Ctrl-C."""
        return "serves" in self.marks

    @property
    def port(self) -> int | None:
        """Where what it starts answers, if its mark says so."""
        return next((int(mark) for mark in self.marks if mark.isdigit()), None)

    @property
    def text(self) -> str:
        """What is typed: of a console, what stands behind the prompts."""
        if self.language != "console":
            return self.content
        typed = [line for line in self.content.splitlines() if line.startswith(_PROMPT)]
        return "".join(f"{line.removeprefix(_PROMPT)}\n" for line in typed)


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path
    name: str

    @classmethod
    def at(cls, path: Path, root: Path = ROOT) -> "Page":
        """Take a file; its name is its path in the project."""
        return cls(path, path.relative_to(root).as_posix())

    @cached_property
    def text(self) -> str:
        """What stands in it."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[Block]:
        """All fenced blocks, in order."""
        return [self._block(token) for token in self._tokens if token.type == "fence"]

    @property
    def given(self) -> list[str]:
        """The scenes that its commands take as given: `<!-- given: sale, case -->`."""
        return [name.strip() for said in _GIVEN.findall(self.text) for name in said.split(",")]

    @property
    def spans(self) -> list[str]:
        """Code within sentences and tables."""
        return [each.content for each in self._inline() if each.type == "code_inline"]

    @property
    def links(self) -> list[str]:
        """Where its links lead, and what its pictures show."""
        found = (each.attrGet("href") or each.attrGet("src") for each in self._inline())
        return [str(link) for link in found if link]

    @cached_property
    def anchors(self) -> set[str]:
        """Its headings as links name them."""
        seen: Counter[str] = Counter()
        for title in self._titles():
            anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            seen[anchor] += 1
        numbered = {
            f"{name}-{number}" for name, times in seen.items() for number in range(1, times)
        }
        return {*seen} | numbered

    @cached_property
    def _tokens(self) -> list[Token]:
        return _READER.parse(self.text)

    def _block(self, token: Token) -> Block:
        language, *marks = token.info.split() or [""]
        line = token.map[0] + 1 if token.map else 0
        return Block(f"{self.name}:{line}", language, tuple(marks), token.content)

    def _inline(self) -> Iterator[Token]:
        for token in self._tokens:
            yield from token.children or ()

    def _titles(self) -> Iterator[str]:
        """Read headings without their marks."""
        for opened, inline in zip(self._tokens, self._tokens[1:], strict=False):
            if opened.type == "heading_open":
                yield "".join(each.content for each in inline.children or ())


def documentation(root: Path = ROOT) -> list[Page]:
    """List every page that a reader is sent to."""
    files = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    return [Page.at(file, root) for file in files]
