"""The audit's pure part: what is noted of a message, and the tree of a day."""

from datetime import UTC, datetime

import pytest

from tillsaga.domain import messages as m
from tillsaga.domain.audit import START, AuditNote, ChainHead, digest, verify, written
from tillsaga.domain.audit_roots import EMPTY, Leaf, climbed, path_of, tree_of
from tillsaga.domain.audit_words import summary
from tillsaga.domain.journal import heard, name_of
from tillsaga.domain.messages import Context

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CARD = "2610000012345"


def leaves(count: int) -> list[Leaf]:
    return [Leaf(checkout_id=f"chk_{n:03}", number=n, hash=digest(n)) for n in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 33])
def test_every_leaf_climbs_to_the_root_and_no_other_does(count: int) -> None:
    day = leaves(count)
    root = tree_of(day)

    for leaf in day:
        path = path_of(day, leaf.checkout_id)
        assert climbed(leaf, path) == root
        assert climbed(leaf.model_copy(update={"number": 99}), path) != root
    assert tree_of(list(reversed(day))) == root
    assert tree_of([*day, Leaf(checkout_id="chk_z", number=1, hash=digest("z"))]) != root


def test_a_day_without_moves_has_a_root_too() -> None:
    assert tree_of([]) == EMPTY


def test_what_a_till_sends_is_noted_without_who_it_is() -> None:
    message = m.AddTender(type="giftcard", reference=CARD, amount=2_00)

    note = heard(message, Context(request_id="req_1"), 3, NOON).note

    assert note.facts == {"message": "add_tender", "number": 3, "amount": 2_00}
    assert (note.kind, note.actor) == ("message", "till")
    assert CARD not in str(note)
    assert note.private is not None
    assert note.private.keys() == {"request_id", "digest"}


def test_supports_word_is_noted_with_who_and_why() -> None:
    said = m.ResolveAttention(item="att_1", action="retry", actor="kim", reason="unblocked")
    owner = m.AssignAttention(item="att_1", owner=None)

    note = heard(said, Context(), 1, NOON).note

    assert (note.actor, note.private) == ("support", {"actor": "kim", "reason": "unblocked"})
    assert heard(owner, Context(), 2, NOON).actor == "support"
    assert heard(m.Heartbeat(), Context(), 3, NOON).actor == "temporal"
    assert [name_of(each) for each in (said, owner)] == ["resolve_attention", "assign_attention"]


def test_the_same_message_is_known_again_and_another_is_not() -> None:
    message = m.Cancel(reason="left")
    one = heard(message, Context(), 1, NOON)

    after_a_reset = one.model_copy(update={"run": "another"})
    later = heard(message, Context(), 1, NOON.replace(minute=1))

    assert one.note.source == after_a_reset.note.source
    assert one.note.source != later.note.source
    assert after_a_reset.note.facts["run"] == "another"


def test_a_chain_of_another_checkout_is_not_taken_for_its_own() -> None:
    head = ChainHead(length=0, hash=START)
    note = AuditNote(kind="opened", actor="till", at=NOON, facts={"n": 1}, private={"key": "k"})
    entry = written("chk_a", note, head)

    own = verify("chk_a", [entry], ChainHead(length=1, hash=entry.hash))
    other = verify("chk_b", [entry], ChainHead(length=1, hash=entry.hash))

    assert own == []
    assert [(found.number, found.wrong) for found in other] == [(1, "changed")]
    assert summary(entry.model_copy(update={"kind": "unheard_of"})) == "n 1"
