"""What is dropped once it has served, and how values are erased."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.samples import NOON, card_line, checkout, line, offer
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Done, Outcome, Step
from tillsaga.domain.offers import Member
from tillsaga.domain.ports import SaleStep
from tillsaga.domain.privacy import (
    ERASED,
    SHORTEST,
    Eraser,
    discreet,
    forget_served,
    is_same_basket,
    telling,
)
from tillsaga.domain.tokens import masked

MAIL = "ann@example.com"
WORDS = st.text("abc019@.-", min_size=SHORTEST, max_size=20)


def erased(value: object, *values: str) -> object:
    return Eraser(values, "salt").document(value)  # type: ignore[arg-type]


@given(WORDS)
def test_a_value_is_gone_and_its_marker_is_the_same_each_time(value: str) -> None:
    said = erased({"subject": value, "key": f"chk/spend/{value}#1"}, value)
    assert isinstance(said, dict)
    assert ERASED.search(said["subject"])
    assert said["key"] == f"chk/spend/{said['subject']}#1"


def test_only_whole_values_are_erased_in_any_spelling() -> None:
    said = {"a": "id-7", "b": "id-77", "c": "xid-7", "d": "ID-7!", "e": 7, "f": None}
    gone = erased(said, "id-7")
    assert isinstance(gone, dict)
    assert (gone["b"], gone["c"], gone["e"], gone["f"]) == ("id-77", "xid-7", 7, None)
    assert gone["d"] == f"{gone['a']}!"


def test_what_books_balance_by_stays() -> None:
    said = {"transaction_id": "c-7f1", "line_id": "c-7f1", "member_id": "c-7f1"}
    gone = erased(said, "c-7f1")
    assert isinstance(gone, dict)
    assert (gone["transaction_id"], gone["line_id"]) == ("c-7f1", "c-7f1")
    assert ERASED.fullmatch(gone["member_id"])


def test_another_salt_is_another_marker_and_an_address_stays_one() -> None:
    one, other = (Eraser([MAIL], salt).text(MAIL) for salt in ("a", "b"))
    assert one != other
    assert one.endswith("@erased.invalid")


def test_too_short_a_value_is_left_where_it_is() -> None:
    assert erased(["27", "", "c-7"], "27", "", "c-7") == ["27", "", "c-7"]


def sold() -> Checkout:
    """A completed sale with a mailed gift card, a created customer and a scanned voucher."""
    card = card_line(reference=None, recipient={"email": MAIL, "consent": True})
    member = Member(provider="leat", member_id="c-7f1", data={"user": {"cell_number": "820001"}})
    known = checkout(
        line(),
        card,
        status="completed",
        paid_at=NOON,
        offers=[offer(code="FREE-ANN")],
        members={"leat": member},
    )
    mail = Step(operation="send_giftcard", subject=card.line_id, request={"email": MAIL})
    known.sales = {card.line_id: SaleStep(line_id=card.line_id, later=(mail,))}
    create = Step(operation="create_member", subject="new-email-77", request={"email": MAIL})
    for step in (mail, create):
        effect = known.start_effect("leat", step)
        effect.status, effect.outcome = "applied", Outcome(status="applied", done=Done())
    return known


def test_an_address_need_not_be_kept_once_it_has_served() -> None:
    known = sold()
    forget_served(known)
    assert MAIL not in known.model_dump_json()
    assert [len(sale.later) for sale in known.sales.values()] == [1]


def test_what_a_late_payment_would_need_is_kept() -> None:
    known = sold()
    known.status = "cancelled"
    forget_served(known)
    assert MAIL in known.model_dump_json()


def test_a_mail_that_failed_keeps_its_address_for_who_sends_it_again() -> None:
    known = sold()
    mail = next(e for e in known.effects if e.operation == "send_giftcard")
    mail.status, mail.outcome = "refused", Outcome(status="refused")
    forget_served(known)
    assert mail.request == {"email": MAIL}
    assert MAIL in json.dumps([s.model_dump(mode="json") for s in known.sales.values()])


def test_a_basket_is_known_again_by_what_is_kept_of_it() -> None:
    coded = checkout(line(), card_line(reference="GIFT-0001")).basket
    other = checkout(line(), card_line(reference="GIFT-0002")).basket
    assert coded is not None
    assert other is not None
    kept = discreet(coded)
    assert kept.lines[1].reference == masked("GIFT-0001")
    assert discreet(kept) == kept
    assert is_same_basket(kept, coded)
    assert not is_same_basket(kept, other)
    assert not is_same_basket(None, coded)


def test_what_tells_who_it_is_is_found_beside_the_members_id() -> None:
    state = sold().model_dump(mode="json")
    found = telling(state, "leat", ["C-7F1"])
    assert {"c-7f1", "820001", MAIL, "new-email-77", "FREE-ANN"} <= found
    assert telling(state, "leat", ["somebody-else"]) == set()
    assert telling(state, "koupon", ["c-7f1"]) == set()
