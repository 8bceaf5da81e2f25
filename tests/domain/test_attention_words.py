"""Every case that a checkout can open has its words, and the documentation has the same ones."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from tillsaga.domain.attention import ALL_ACTIONS, GIVING_BACK
from tillsaga.domain.attention_words import ACTIONS, WORDS, table, words_of
from tillsaga.domain.effects import Concern
from workflows import goods_back, lost

ROOT = Path(__file__).parents[2]
OPENING = {"open_attention", "_attend", "_attend_once"}
NAMED_ELSEWHERE = {"undo_failed", "effect_unknown", "refund_exceeds_payment"}
"""Codes that are chosen a line before the case is opened."""


def _opened() -> Iterator[str]:
    files = [*(ROOT / "workflows").rglob("*.py"), *(ROOT / "tillsaga" / "domain").rglob("*.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                named = node.func.attr in OPENING and node.args
                yield from _texts(node.args[0]) if named else ()


def _texts(code: ast.expr) -> Iterator[str]:
    if isinstance(code, ast.IfExp):
        yield from (*_texts(code.body), *_texts(code.orelse))
    if isinstance(code, ast.Constant):
        yield str(code.value)


def test_every_code_has_its_words_and_there_are_no_others() -> None:
    concerns = get_args(Concern.model_fields["code"].annotation)
    lost_late = {code for code, _ in lost.OUTCOMES.values()}
    opened = {*_opened(), *concerns, *lost_late, goods_back.NOT_TAKEN, *NAMED_ELSEWHERE}

    assert opened == WORDS.keys()
    assert opened >= GIVING_BACK


def test_the_documentation_has_these_words() -> None:
    assert "\n".join(table()) in (ROOT / "docs" / "support.md").read_text()


def test_every_action_says_what_it_does_and_only_a_retry_leaves_a_way_on() -> None:
    assert tuple(ACTIONS) == ALL_ACTIONS
    assert [words.is_final for words in ACTIONS.values()] == [False, True, True]


def test_a_code_of_another_version_is_shown_as_it_is() -> None:
    assert words_of("meteor_strike").title == "meteor strike"
    assert words_of("goodwill") is WORDS["goodwill"]
