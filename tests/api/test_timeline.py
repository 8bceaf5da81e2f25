"""The picture of a checkout's story: pure, from entries to shapes."""

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.pages import shapes, telling
from api.pages.diagrams import gantt, sequence_diagram
from api.pages.frame import _environment
from api.pages.shapes import LABELS, Picture
from api.pages.telling import since, told_in_words
from api.pages.timeline import draw
from tests.support.chains import (
    NOON,
    SHAPES,
    Chain,
    declined,
    irreversible,
    lost,
    refunded,
    sale,
    several,
)
from tillsaga.domain.audit import AuditEntry
from tillsaga.domain.audit_effects import told_effects
from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.ports import CallState


def drawn(chain: Chain) -> Picture:
    return draw(chain.entries, told_effects(chain.entries))


def looks(picture: Picture) -> list[str]:
    return [bar.look + (" undo" if bar.is_undo else "") for bar in picture.bars]


def test_a_plain_sale_is_held_then_committed() -> None:
    picture = drawn(sale())

    assert [lane.name for lane in picture.lanes] == ["Till", "Checkout", "leat"]
    assert [row.effect for row in picture.rows] == [1, 2, 3, 4]
    assert looks(picture) == ["held", "held", "committed", "committed"]
    assert [link.look for link in picture.links] == ["holding", "holding"]
    paid = [mark.x for mark in picture.marks if mark.look == "payment"]
    assert [picture.paid_at] == paid
    assert all(bar.x > paid[0] for bar in picture.bars[2:])
    assert [wait.title for wait in picture.waits] == [
        "8.01 s without an event",
        "4.01 s without an event",
    ]


def test_an_undo_points_back_and_is_joined_to_what_it_undoes() -> None:
    picture = drawn(declined())

    assert looks(picture) == ["held", "committed undo", "held", "committed undo"]
    for link, did, undid in zip(picture.links, picture.bars[::2], picture.bars[1::2], strict=True):
        assert link.look == "undo"
        assert (link.x1, link.x2) == (did.x + did.width, undid.x)
        assert undid.arrow.startswith(f"{undid.x:.1f},")
    assert picture.paid_at is None


def test_a_lost_answer_is_dashed_sent_again_hatched_and_asked_for() -> None:
    picture = drawn(lost())

    assert looks(picture) == ["lost", "lost", "held"]
    assert [(bar.is_again, bar.is_asked) for bar in picture.bars] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert "its answer was lost after 5.01 s" in picture.bars[0].title
    assert picture.bars[2].title.endswith("asked what became of it; applied after 30.01 s")


def test_a_refund_days_later_stands_beside_its_sale() -> None:
    picture = drawn(refunded())

    assert looks(picture).count("committed undo") == 3
    assert any(wait.title == "2 d without an event" for wait in picture.waits)
    assert picture.width < 2000


def test_each_vendor_has_its_lane_and_a_refusal_is_told_at_the_till() -> None:
    picture = drawn(several())

    assert [lane.name for lane in picture.lanes[2:]] == ["wll", "loyale", "letstrade"]
    assert [mark.words for mark in picture.marks if mark.look == "refusal"] == ["code_unknown"]
    assert looks(picture).count("refused") == 1
    assert "member_blocked" in " ".join(bar.title for bar in picture.bars)
    assert picture.words.startswith("4 effects in 4 calls at wll, loyale, letstrade.")


def test_an_irreversible_step_has_a_flag_and_support_a_lane() -> None:
    picture = drawn(irreversible())

    [flag] = picture.flags
    assert flag.title == "effect 1 cannot be taken back"
    assert [lane.name for lane in picture.lanes] == ["Till", "Support", "Checkout", "wll"]
    [word] = [mark for mark in picture.marks if mark.look == "person"]
    assert word.words == "resolve attention by kim"


def test_time_goes_on_from_left_to_right_with_labels_that_have_room() -> None:
    picture = drawn(several())

    places = [tick.x for tick in picture.ticks]
    assert places[0] == LABELS
    assert all(after - before >= 76 for before, after in pairwise(places))
    assert picture.ticks[0].words == "0 ms"
    assert picture.ticks[0].clock == "12:00:00"


def test_a_call_without_an_end_lasts_until_now_and_an_empty_chain_is_drawn() -> None:
    chain = Chain().moved(1, "charge_giftcard", "calling").wait(seconds=3).said("open")

    picture = drawn(chain)

    assert looks(picture) == ["lost"]
    assert picture.bars[0].width > 100
    assert draw([], []).bars == []


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({"milliseconds": 0}, "0 ms"),
        ({"milliseconds": 999}, "+999 ms"),
        ({"milliseconds": 59_994}, "+59.99 s"),
        ({"seconds": 60}, "+1 min"),
        ({"hours": 25}, "+1 d 1 h"),
        ({"hours": -1}, "-1 h"),
    ],
)
def test_a_span_is_told_shortly(span: dict[str, int], words: str) -> None:
    assert since(timedelta(**span)) == words


# --- any order of any entries ---------------------------------------------------------------------

STATES = st.sampled_from([*(state.value for state in CallState), "unheard_of"])
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "effect": st.integers(1, 5) | st.text(max_size=3),
        "operation": st.sampled_from([*OPERATIONS, "unheard_of"]),
        "provider": st.sampled_from(["leat", "wll", "<b>", "end"]),
        "side": st.sampled_from(["do", "undo", "?"]),
        "state": STATES,
        "attempt": st.integers(0, 9),
        "amount": st.integers(-(10**9), 10**9) | st.none(),
        "points": st.integers(-999, 999),
        "code": st.text(max_size=9),
        "transaction_id": st.text(max_size=9),
        "message": st.sampled_from(["open", "heartbeat", "resolve_attention", "refund"]),
        "refusal": st.text(max_size=9),
        "status": st.sampled_from(["open", "captured", "completed", "cancelled"]),
    },
)
KINDS = st.sampled_from(
    [
        "effect",
        "effect",
        "effect",
        "answered_again",
        "message",
        "answer",
        "payment",
        "decided",
        "archived",
        "opened",
        "asked",
        "exported",
    ]
)


@st.composite
def entries(draw: st.DrawFn) -> list[AuditEntry]:
    chain = Chain()
    for _ in range(draw(st.integers(0, 15))):
        chain.now = NOON + timedelta(milliseconds=draw(st.integers(0, 10**7)))
        facts: dict[str, Any] = draw(FACTS)
        chain.note(draw(KINDS), **facts)
    return draw(st.permutations(chain.entries))


@settings(deadline=None, derandomize=True, max_examples=150)
@given(entries())
def test_any_order_of_entries_is_drawn_with_every_effect(told: list[AuditEntry]) -> None:
    effects = told_effects(told)
    numbers = {effect.number for effect in effects}

    picture = draw(told, effects)

    assert {row.effect for row in picture.rows} == numbers
    assert len(picture.bars) == sum(len(effect.calls) for effect in effects)
    assert all(bar.x >= LABELS and bar.width > 0 for bar in picture.bars)
    assert all(bar.x <= picture.width and bar.y < picture.height for bar in picture.bars)
    table = template("audit/steps.html", effects)
    assert set(map(int, re.findall(r'id="effect-(\d+)"', table))) == numbers
    svg = template("audit/picture.html", effects, picture)
    assert svg.count('<g class="bar') == len(picture.bars)
    assert "<b>" not in table + svg
    sequence_diagram(told, effects)
    assert gantt(effects).count(" :") == len(picture.bars)


def template(name: str, effects: Any, picture: Picture | None = None) -> str:
    said = {"t": str, "shape": shapes, "tell": telling, "picture": picture, "session": None}
    story = {"checkout_id": "chk_1", "effects": effects, "currency": "EUR"}
    imports = (
        '{% import "audit/parts.html" as part with context %}'
        + '{% import "macros.html" as ui with context %}'
    )
    page = _environment.from_string(f'{imports}{{% include "{name}" %}}')
    return page.render(story=story, **said)


# --- Mermaid --------------------------------------------------------------------------------------


def test_mermaid_tells_the_same_and_no_name_breaks_out_of_it() -> None:
    chain = Chain().said("open").done(1, "charge_giftcard", provider="a;b\n  Note over till: x")
    chain.moved(2, "charge_giftcard", "calling", provider="end", subject="s-2")
    effects = told_effects(chain.entries)

    sequence = sequence_diagram(chain.entries, effects)

    assert sequence.splitlines()[3:5] == [
        "  participant v0 as a b Note over till x",
        "  participant v1 as (end)",
    ]
    assert "checkout->>v0: 1 charge the gift card" in sequence
    assert "v0-->>checkout: applied" in sequence
    assert "section (end)" in gantt(effects)


@pytest.mark.parametrize("name", SHAPES)
def test_every_call_is_in_the_gantt_chart(name: str) -> None:
    effects = told_effects(SHAPES[name]().entries)

    text = gantt(effects)

    for effect in effects:
        assert all(told_in_words(effect, call) for call in effect.calls)
        assert f"  {effect.number} {effect.title} :" in text
