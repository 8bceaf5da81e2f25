"""The command line as it is: does what a page says of `tillsaga` and `make` exist?"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache

import typer
from typer.core import TyperCommand, TyperGroup

from bench.options import parse
from tests.docs.pages import ROOT
from tillsaga.cli import app

_PROGRAM = re.compile(r"(?:\S*/)?tillsaga")
_SUBCOMMAND = re.compile(r"[a-z][a-z-]*")
_ENDS = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "(", ")", "<<", "2>", "&>"})
_TARGET = re.compile(r"(?m)^([a-z][a-z-]*):")
_BRACKETS = str.maketrans("", "", "[]")
"""A page writes `[--live]` for what may be left out."""


@cache
def _root() -> TyperGroup:
    found = typer.main.get_command(app)
    assert isinstance(found, TyperGroup)
    return found


@cache
def _targets() -> frozenset[str]:
    return frozenset(_TARGET.findall((ROOT / "Makefile").read_text()))


def wrong_in(script: str) -> list[str]:
    """Name what a script says of our own programs that is not so."""
    return [
        wrong
        for words in _simple_commands(script)
        for wrong in (*_wrong_calls(words), *_wrong_targets(words))
    ]


def wrong_in_words(sentence: str) -> list[str]:
    """Name what code within a sentence says of our own programs that is not so."""
    words = sentence.translate(_BRACKETS).split()
    if words[:1] == ["make"]:
        return _wrong_targets(words)
    return _wrong(words[1:]) if words[:1] == ["tillsaga"] else []


def _simple_commands(script: str) -> Iterator[list[str]]:
    """Split a script where one command ends and another begins, as far as that matters here."""
    for line in script.replace("\\\n", " ").splitlines():
        words: list[str] = []
        for word in _words(line):
            if word in _ENDS:
                yield words
                words = []
            else:
                words.append(word)
        yield words


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line.replace("$(", " ( "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        return [*lexer]
    except ValueError:
        return line.split()  # a quotation that goes on in the next line


def _wrong_calls(words: Sequence[str]) -> list[str]:
    for place, word in enumerate(words):
        if _PROGRAM.fullmatch(word) and _is_called(words, place):
            return _wrong(words[place + 1 :])
    return []


def _is_called(words: Sequence[str], place: int) -> bool:
    """Whether the program runs there: a name or a namespace may be called so as well."""
    before = words[place - 1] if place else "--"
    follows = words[place + 1 : place + 2]
    is_command = bool(follows) and _SUBCOMMAND.fullmatch(follows[0]) is not None
    is_value = before.startswith("-") and before != "--"
    return is_command and not is_value


def _wrong(words: Sequence[str]) -> list[str]:
    """Follow the words through the groups to a command, then look at its options."""
    command: TyperGroup | TyperCommand = _root()
    path, rest = ["tillsaga"], [*words]
    while isinstance(command, TyperGroup) and rest and not rest[0].startswith("-"):
        if rest[0] not in command.commands and path == ["tillsaga", "audit"]:
            rest = ["show", *rest]  # `tillsaga audit chk_...` is short for it
        name, *rest = rest
        if name not in command.commands:
            return [f"{' '.join(path)} has no command {name}"]
        found = command.commands[name]
        assert isinstance(found, TyperGroup | TyperCommand)
        command, path = found, [*path, name]
    known = {"--help", *(name for each in command.params for name in each.opts)}
    asked = (word.partition("=")[0] for word in rest if word.startswith("--") and word != "--")
    return [f"{' '.join(path)} has no option {word}" for word in asked if word not in known]


def _wrong_targets(words: Sequence[str]) -> list[str]:
    if words[:1] != ["make"]:
        return []
    asked = (word for word in words[1:] if _SUBCOMMAND.fullmatch(word))
    return [f"the Makefile has no target {word}" for word in asked if word not in _targets()]


def wrong_in_targets(script: str) -> list[str]:
    """Name what is wrong in a script of `make` alone: what its targets would run is looked at."""
    commands = [words for words in _simple_commands(script) if words]
    other = [shlex.join(words) for words in commands if words[0] != "make"]
    if other:
        return [f"a `long` block has make alone, and not: {each}" for each in other]
    return [wrong for words in commands for wrong in _wrong_recipe(words)]


def _wrong_recipe(words: Sequence[str]) -> list[str]:
    """Have make say what it would do, and look at that."""
    command = [*words, "--dry-run", "--no-print-directory"]
    # What the make that runs these tests was told is none of the reader's.
    environ = {name: said for name, said in os.environ.items() if not name.startswith("MAKE")}
    environ.pop("ARGS", None)
    said = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    if said.returncode:
        return [said.stderr]
    wrong = wrong_in(said.stdout)
    for recipe in _simple_commands(said.stdout):
        if recipe[1:3] == ["-m", "bench"]:
            wrong += _wrong_bench(recipe[3:])
    return wrong


def _wrong_bench(options: Sequence[str]) -> list[str]:
    try:
        parse([*options])
    except SystemExit:
        return [f"bench does not take {shlex.join(options)}"]
    return []
