"""The pivot: what a till's payment report means for the checkout."""

from typing import Literal

from tillsaga.domain.checkout import Checkout, Instruction, Payment
from tillsaga.domain.messages import PaymentReport
from tillsaga.domain.model import Model

Meaning = Literal[
    "repeat",  # known already: the same answer again
    "noted",  # recorded; the checkout stays as it is
    "covered",  # authorised and captured parts cover the bill: the irreversible steps may run
    "paid",  # captured in full: the pivot
    "give_back",  # a final no: everything is taken back
    "mismatch",  # does not fit
    "too_early",  # the state has nothing to pay
]


class Judgement(Model):
    """What a report means, and for a mismatch why."""

    meaning: Meaning
    detail: str = ""


def judge(checkout: Checkout, report: PaymentReport) -> Judgement:
    """Weigh a payment report against what is due, changing nothing."""
    known = checkout.payment(report.reference)
    if known is not None and _same(known, report):
        return Judgement(meaning="repeat")
    if report.status in ("authorized", "captured"):
        if checkout.status == "completed" and checkout.instruction == "collect":
            return _after_all(_money(checkout, known, report))
        if checkout.status not in ("ready", "completing"):
            return _too_early(checkout)
        return _money(checkout, known, report)
    if known is None and checkout.status not in ("ready", *_GIVEN_UP):
        return _too_early(checkout)
    return _no_money(checkout, known, report)


_GIVEN_UP = ("cancelling", "cancelled", "expired")


def _same(known: Payment, report: PaymentReport) -> bool:
    if known.status == "captured" and report.status == "authorized":
        # What came before the capture, arriving after it.
        return report.amount >= known.amount
    if known.sold_late and (report.status, report.amount) == ("captured", known.amount):
        return True  # it did not fit, and the sale stands all the same
    if (known.status, known.amount) != (report.status, report.amount):
        return False
    # That no other payment will follow is news, unless the money is here already.
    return known.status == "captured" or known.final or not report.is_final


def _after_all(judgement: Judgement) -> Judgement:
    """A sold sale that a correction left unpaid is paid: there is nothing left to set in motion."""
    fits = judgement.meaning in ("covered", "paid")
    return Judgement(meaning="noted") if fits else judgement


def _too_early(checkout: Checkout) -> Judgement:
    detail = f"nothing to pay while the checkout is {checkout.status}"
    return Judgement(meaning="too_early", detail=detail)


def _money(checkout: Checkout, known: Payment | None, report: PaymentReport) -> Judgement:
    if known is not None and known.status == "captured":
        return _mismatch("this payment is captured already; use correct")
    if known is not None and known.status == "authorized" and report.amount > known.amount:
        return _mismatch("a captured amount may fall below the authorised one, not rise above it")
    if report.type == "none" and report.amount > 0:
        return _mismatch("a payment of type none has the amount 0")
    payable = checkout.payable_amount
    already = known.amount if known is not None and known.covers else 0
    total = checkout.covered_amount - already + report.amount
    if total > payable:
        return _mismatch(f"{payable} is due, the payments add up to {total}")
    if total < payable and report.is_final:
        return _mismatch(f"{payable} is due, the payments add up to {total} and none will follow")
    if report.amount == 0 and payable > 0:
        return _mismatch(f"{payable} is due, the payment is 0")
    if total < payable:
        return Judgement(meaning="noted")
    others = [p for p in checkout.payments if p.covers and p.reference != report.reference]
    all_captured = report.status == "captured" and all(p.status == "captured" for p in others)
    return Judgement(meaning="paid" if all_captured else "covered")


def _no_money(checkout: Checkout, known: Payment | None, report: PaymentReport) -> Judgement:
    """Only a sale that still waits for its payment is given up for want of one."""
    if known is not None and known.status == "captured":
        return _mismatch("this payment is captured; use correct")
    if known is not None and known.status == "unmatched" and report.status != "voided":
        return _mismatch("this payment was captured; void it or use correct")
    gives_up = report.is_final and checkout.status == "ready"
    return Judgement(meaning="give_back" if gives_up else "noted")


def _mismatch(detail: str) -> Judgement:
    return Judgement(meaning="mismatch", detail=detail)


def instruction_for(checkout: Checkout) -> Instruction | None:
    """Tell the till to capture what covers the bill, or to give back what an ended one got.

    A basket that is built on has no use for an authorisation: it could not be sold as it was. A
    sold sale whose payment was corrected downwards is to be collected.
    """
    authorized = any(p.status == "authorized" for p in checkout.payments)
    if checkout.status == "open":
        return "void" if authorized else None
    if checkout.status in _GIVEN_UP:
        if any(p.status == "captured" for p in checkout.payments):
            return "refund"
        return "void" if authorized else None
    covered = checkout.covered_amount >= checkout.payable_amount
    if checkout.status == "completed" and not covered:
        # Money that does not fit is a person's to settle before more is asked for.
        unmatched = any(p.status == "unmatched" for p in checkout.payments)
        return None if unmatched else "collect"
    return "capture" if authorized and covered else None
