"""What a payment report means: the pivot as a table."""

from typing import Any

import pytest

from tests.domain.samples import owing, payment, report
from tillsaga.domain.checkout import Checkout, Payment, Status
from tillsaga.domain.payments import instruction_for, judge

DUE = 10_00
A, C = "authorized", "captured"
Known = tuple[str, int]
Said = tuple[Any, int, bool | None]


def ready(*known: Payment, due: int = DUE, status: Status = "ready") -> Checkout:
    sold = owing(due, status)
    sold.payments.extend(known)
    return sold


FIRST: dict[str, tuple[Said, str]] = {
    "authorised in full": ((A, DUE, None), "covered"),
    "captured in full": ((C, DUE, None), "paid"),
    "in full, and says that more will follow": ((C, DUE, False), "paid"),
    "a part": ((A, 4_00, False), "noted"),
    "a part of the cash": ((C, 4_00, False), "noted"),
    "too little and final by default": ((A, 9_99, None), "mismatch"),
    "too little cash and final": ((C, 9_99, True), "mismatch"),
    "too much": ((A, 10_01, None), "mismatch"),
    "too much cash": ((C, 10_01, False), "mismatch"),
    "nothing": ((A, 0, False), "mismatch"),
    "declined, another card follows": (("declined", DUE, None), "noted"),
    "failed, another card follows": (("failed", DUE, None), "noted"),
    "declined for good": (("declined", DUE, True), "give_back"),
    "failed for good": (("failed", DUE, True), "give_back"),
    "voided, not known": (("voided", DUE, None), "noted"),
}


@pytest.mark.parametrize(("said", "meaning"), FIRST.values(), ids=FIRST)
def test_a_first_report_means(said: Said, meaning: str) -> None:
    status, amount, final = said
    assert judge(ready(), report(status, amount, final=final)).meaning == meaning


AGAIN: dict[str, tuple[Known, Said, str]] = {
    "authorised twice": ((A, DUE), (A, DUE, None), "repeat"),
    "captured twice": ((C, DUE), (C, DUE, None), "repeat"),
    "declined twice": (("declined", DUE), ("declined", DUE, None), "repeat"),
    "captured after authorised": ((A, DUE), (C, DUE, None), "paid"),
    "captured less, more will follow": ((A, DUE), (C, 9_00, False), "noted"),
    "captured less and final": ((A, DUE), (C, 9_00, None), "mismatch"),
    "captured more than authorised": ((A, 9_00), (C, DUE, None), "mismatch"),
    "authorised more than before": ((A, 9_00), (A, DUE, None), "mismatch"),
    "authorised less than before": ((A, DUE), (A, 9_00, False), "noted"),
    "authorised after captured": ((C, DUE), (A, DUE, None), "repeat"),
    "captured after captured": ((C, DUE), (C, 9_00, None), "mismatch"),
    "declined after authorised": ((A, DUE), ("declined", DUE, None), "noted"),
    "declined for good after authorised": ((A, DUE), ("declined", DUE, True), "give_back"),
    "voided after authorised": ((A, DUE), ("voided", DUE, None), "noted"),
    "voided after captured": ((C, DUE), ("voided", DUE, None), "mismatch"),
    "declined after captured": ((C, DUE), ("declined", DUE, True), "mismatch"),
    "captured right after it did not fit": (("unmatched", 9_00), (C, DUE, None), "paid"),
    "voided after it did not fit": (("unmatched", 9_00), ("voided", 9_00, None), "noted"),
    "declined after it was captured": (("unmatched", 9_00), ("declined", 0, True), "mismatch"),
    "authorised again after declined": (("declined", DUE), (A, DUE, None), "covered"),
}


@pytest.mark.parametrize(("known", "said", "meaning"), AGAIN.values(), ids=AGAIN)
def test_another_report_on_the_same_reference_means(known: Known, said: Said, meaning: str) -> None:
    status, amount, final = said
    sold = ready(payment(*known))
    assert judge(sold, report(status, amount, final=final)).meaning == meaning


SPLIT: dict[str, tuple[Known, Said, str]] = {
    "the rest is captured": ((C, 4_00), (C, 6_00, None), "paid"),
    "the rest is captured, the first only authorised": ((A, 4_00), (C, 6_00, None), "covered"),
    "the rest is authorised": ((C, 4_00), (A, 6_00, None), "covered"),
    "not all of the rest": ((C, 4_00), (C, 5_99, None), "mismatch"),
    "not all of the rest yet": ((C, 4_00), (C, 5_99, False), "noted"),
    "more than the rest": ((C, 4_00), (C, 6_01, None), "mismatch"),
    "nothing, though all is covered": ((A, DUE), (C, 0, None), "mismatch"),
    "the rest is declined": ((C, 4_00), ("declined", 6_00, None), "noted"),
    "the rest is declined for good": ((C, 4_00), ("declined", 6_00, True), "give_back"),
    "the first one was declined": (("declined", 4_00), (C, DUE, None), "paid"),
}


@pytest.mark.parametrize(("known", "said", "meaning"), SPLIT.values(), ids=SPLIT)
def test_another_payment_of_a_split_bill_means(known: Known, said: Said, meaning: str) -> None:
    status, amount, final = said
    sold = ready(payment(*known))
    assert judge(sold, report(status, amount, "card-2", final=final)).meaning == meaning


@pytest.mark.parametrize("status", ["declined", "failed", "voided"])
def test_no_after_all_is_heard_though_the_same_was_said_before(status: Any) -> None:
    sold = ready(payment(status, DUE, final=False))
    assert judge(sold, report(status, DUE, final=False)).meaning == "repeat"
    assert judge(sold, report(status, DUE, final=True)).meaning == "give_back"


def test_a_part_that_turns_out_to_be_all_does_not_fit() -> None:
    sold = ready(payment("authorized", 4_00, final=False))
    assert judge(sold, report("authorized", 4_00, final=True)).meaning == "mismatch"


def test_a_bill_with_nothing_due_is_committed_by_a_payment_of_nothing() -> None:
    nothing = report("captured", 0, type="none")
    assert judge(ready(due=0), nothing).meaning == "paid"
    assert judge(ready(due=0), report("captured", 1)).meaning == "mismatch"
    assert judge(ready(), nothing).meaning == "mismatch"


def test_a_payment_of_type_none_moves_no_money() -> None:
    assert judge(ready(), report("captured", DUE, type="none")).meaning == "mismatch"


@pytest.mark.parametrize("extra", [{"tip_amount": 2_00}, {"rounding_amount": -2}])
def test_tips_and_rounding_are_outside_the_comparison(extra: dict[str, object]) -> None:
    said = report("captured", DUE).model_copy(update=extra)
    assert judge(ready(), said).meaning == "paid"
    assert judge(ready(payment("captured", DUE)), said).meaning == "repeat"


def test_why_it_does_not_fit_names_both_amounts() -> None:
    detail = judge(ready(), report("captured", 9_99)).detail
    assert detail == "1000 is due, the payments add up to 999 and none will follow"


@pytest.mark.parametrize(
    ("status", "final"),
    [("authorized", True), ("captured", True), ("declined", False), ("failed", False)],
)
def test_final_has_a_default_for_each_status(status: Any, final: bool) -> None:
    assert report(status).is_final is final
    assert report(status, final=not final).is_final is not final


@pytest.mark.parametrize(
    ("status", "known", "instruction"),
    [
        ("ready", [(A, DUE)], "capture"),
        ("ready", [(A, 4_00)], None),
        ("ready", [(A, 4_00), (C, 6_00)], "capture"),
        ("ready", [(C, DUE)], None),
        ("ready", [("declined", DUE)], None),
        ("open", [(A, DUE)], "void"),
        ("open", [("voided", 4_00), (A, 6_00)], "void"),
        ("open", [("voided", DUE)], None),
        ("open", [(C, 4_00)], None),
        ("cancelled", [(A, DUE)], "void"),
        ("expired", [(A, 4_00)], "void"),
        ("cancelled", [("voided", DUE)], None),
        ("cancelled", [(A, 4_00), (C, 6_00)], "refund"),
    ],
)
def test_the_till_is_told_what_to_do_next(
    status: Status, known: list[Known], instruction: str | None
) -> None:
    payments = [payment(*each, f"card-{n}") for n, each in enumerate(known)]
    assert instruction_for(ready(*payments, status=status)) == instruction
