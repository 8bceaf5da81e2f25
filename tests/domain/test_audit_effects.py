"""What a chain tells of effects, call by call."""

import pytest

from tests.support.chains import SHAPES, Chain, declined, irreversible, lost, refunded, several
from tillsaga.domain.audit_effects import told_effects
from tillsaga.domain.audit_sale import told_sale
from tillsaga.domain.audit_words import summary


def test_a_lost_answer_is_two_calls_and_a_question() -> None:
    [charge] = told_effects(lost().entries)

    calls = [(call.kind, call.attempt, call.state) for call in charge.calls]
    assert calls == [
        ("sent", 1, "in_doubt"),
        ("sent_again", 2, "in_doubt"),
        ("asked", 2, "applied"),
    ]
    assert [call.is_lost for call in charge.calls] == [True, True, False]
    assert (charge.do.sent, charge.amount, charge.subject) == (2, 3_00, "s-1")
    assert charge.stands
    assert not charge.is_unsure


def test_an_undo_belongs_to_its_effect() -> None:
    effects = told_effects(declined().entries)

    assert [(effect.number, effect.is_undone, effect.stands) for effect in effects] == [
        (1, True, False),
        (2, True, False),
    ]


def test_a_call_whose_process_died_has_no_end() -> None:
    chain = Chain().moved(1, "charge_giftcard", "calling")
    chain.moved(1, "charge_giftcard", "calling", attempt=2)

    [charge] = told_effects(chain.entries)

    assert [(call.kind, call.ended) for call in charge.calls] == [
        ("sent", None),
        ("sent_again", None),
    ]
    assert charge.is_unsure


def test_what_was_never_sent_is_only_noted() -> None:
    chain = Chain().moved(1, "redeem_voucher", "withdrawn", attempt=0)

    [effect] = told_effects(chain.entries)

    assert [(call.kind, call.state) for call in effect.calls] == [("noted", "withdrawn")]
    assert (effect.do.sent, effect.stands, effect.is_unsure) == (0, False, False)


def test_what_was_erased_is_told_without_its_subject() -> None:
    entries = [each.model_copy(update={"private": None}) for each in declined().entries]

    assert {effect.subject for effect in told_effects(entries)} == {None}


def test_a_second_yes_is_told() -> None:
    chain = Chain().done(1, "charge_giftcard")
    chain.note("answered_again", "worker", effect=1, side="do", transaction_id="t-9")

    [charge] = told_effects(chain.entries)

    assert charge.more_answers == ("t-9",)


@pytest.mark.parametrize("name", SHAPES)
def test_the_order_in_which_entries_are_read_does_not_matter(name: str) -> None:
    entries = SHAPES[name]().entries

    assert told_effects(reversed(entries)) == told_effects(entries)
    assert told_sale(reversed(entries)) == told_sale(entries)


def test_entries_that_lack_everything_are_told_all_the_same() -> None:
    kinds = ("effect", "message", "answer", "payment", "decided", "opened", "erased", "exported")
    chain = Chain()
    for kind in kinds:
        chain.note(kind, forged=1)

    [effect] = told_effects(chain.entries)

    assert (effect.number, effect.provider, effect.title) == (0, "?", "?")
    assert told_sale(chain.entries).status is None
    assert all("forged 1" in summary(entry) for entry in chain.entries[1:])


def test_a_sale_is_refunded_when_all_of_it_is_back() -> None:
    whole = refunded()
    part = refunded()
    part.decided("completed", refunds=[{"refund_id": "r-1", "amount": 7_99}])
    going_on = refunded()
    going_on.decided(
        "completed", refunds=[{"refund_id": "r-1", "amount": 8_00, "status": "pending"}]
    )

    assert told_sale(whole.entries).is_refunded
    assert not told_sale(going_on.entries).is_refunded
    assert not told_sale(part.entries).is_refunded
    assert told_sale(several().entries).sold_amount == 8_00
    assert told_sale(irreversible().entries).open_cases == ("goodwill",)
