"""What the model check has found, step by step as it was found; each is mended."""

from collections.abc import Iterator

import pytest

from tests.proof.model.bills import Bill
from tests.proof.model.crank import by_hand
from tests.proof.model.explore import Path, judged, replayed
from tests.proof.model.judge import judge_end, judge_step
from tests.proof.model.play import Play
from tests.proof.model.streets import open_street
from tests.proof.tally import Proof
from tests.support.street import Street


@pytest.fixture(scope="module")
def euros(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with open_street(tmp_path_factory.mktemp("street"), "euros") as opened:
        yield opened


def test_a_late_payment_that_did_not_fit_and_never_was_leaves_a_case(
    euros: Street, proof: Proof
) -> None:
    """The sale stood without a cent, and nobody was told."""
    with proof.case("Model check", "a late payment that did not fit and never was"):
        play = Play(euros)
        play.open("CAKE CAKE CAKE")
        play.cancel()
        play.pay("captured", off=-100)
        play.correct(0, "declined")
        judge_step(play)
        play.end()
        judge_end(play)
        assert [case["code"] for case in play.view["attention"]] == ["payment_corrected"]


COUPON_UNKNOWN: Path = (
    ("say", "apply coupon"),
    ("end", "reserve chk_1/reserve/koupon/k-1#1", "applied"),
    ("say", "ready"),
    ("say", "authorize"),
    ("end", "redeem_coupon chk_1/redeem_coupon/koupon/k-1#1", "in doubt, done"),
    ("end", "settle_effect chk_1/redeem_coupon/koupon/k-1#1", "unknown for good"),
    ("terminate",),
)
UNDO_REFUSED: Path = (
    ("say", "apply voucher"),
    ("end", "lock_voucher chk_1/lock_voucher/leat/v-1#1", "applied"),
    ("say", "ready"),
    ("say", "decline"),
    ("say", "capture"),
    ("end", "release_voucher chk_1/lock_voucher/leat/v-1#1", "refused"),
    ("terminate",),
)
ON: list[Path] = [(("repair",),), (("say", "capture"),)]


@pytest.mark.parametrize("on", ON, ids=["repaired", "paid"])
def test_what_nobody_knows_has_its_case_when_the_run_that_asked_is_gone(
    on: Path, proof: Proof
) -> None:
    """The case was not saved yet, and nobody opened it again; the coupon was sent anew."""
    with proof.case("Exhaustive exploration", "unknown for good, then terminated"), by_hand():
        sale = judged(Bill(("coupon",)), COUPON_UNKNOWN + on)
        assert [case.code for case in sale.checkout.attention] == ["effect_unknown"]
        assert [*sale.world.standing].count("chk_1/redeem_coupon/koupon/k-1#1") == 1
        assert sale.checkout.effect("redeem_coupon", "koupon", "k-1").generation == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("on", ON, ids=["repaired", "paid"])
def test_a_refused_undo_has_its_case_when_the_run_that_tried_is_gone(
    on: Path, proof: Proof
) -> None:
    with proof.case("Exhaustive exploration", "undo refused, then terminated"), by_hand():
        sale = judged(Bill(("voucher",)), UNDO_REFUSED + on)
        assert "undo_failed" in [case.code for case in sale.checkout.attention]


@pytest.mark.parametrize(
    ("became", "generations"), [("in doubt, done", 1), ("in doubt, not done", 2)]
)
def test_what_was_honoured_in_doubt_is_followed_up_when_the_run_that_asked_is_gone(
    became: str, generations: int, proof: Proof
) -> None:
    """The sale was archived with its transaction in doubt, which nobody asked for any more."""
    honoured: Path = (
        ("say", "tender points"),
        ("end", "reserve chk_1/reserve/loyale/m-1#1", "applied"),
        ("say", "ready"),
        ("say", "capture"),
        ("end", "post_transaction chk_1/post_transaction/loyale/sale#1", became),
        ("fire", "patience"),
        ("terminate",),
    )
    with proof.case("Exhaustive exploration", f"honoured {became}, then terminated"), by_hand():
        sale = judged(Bill(("points",)), honoured)
        posted = [e.status for e in sale.checkout.effects if e.operation == "post_transaction"]
        assert (sale.checkout.status, len(posted), posted[-1]) == (
            "completed",
            generations,
            "applied",
        )


def test_the_rest_that_is_paid_while_the_seal_is_lost_is_weighed_after_it(proof: Proof) -> None:
    """It began to complete the sale a second time, and the first time ended it as unpaid."""
    paid_in_two: Path = (
        ("say", "apply loyale coupon"),
        ("end", "reserve chk_1/reserve/loyale/l-1#1", "applied"),
        ("say", "ready"),
        ("say", "capture"),
        ("end", "post_transaction chk_1/post_transaction/loyale/sale#1", "refused"),
        ("say", "capture"),
    )
    with proof.case("Exhaustive exploration", "the rest is paid while the seal is lost"), by_hand():
        sale = replayed(Bill(("loyale coupon",)), paid_in_two)
        begun = [each.name for each in sale.crank.calls]
        sale = judged(Bill(("loyale coupon",)), paid_in_two)

    assert begun == ["free"]
    assert sale.checkout.status == "completed"


def test_a_paid_sale_whose_changed_transaction_is_slow_to_come_back_is_completed(
    proof: Proof,
) -> None:
    """It stayed ready with all its money, waiting for a payment that nobody owed."""
    slow: Path = (
        ("say", "apply customer code"),
        ("end", "reserve chk_1/reserve/letstrade/c-1#1", "applied"),
        ("say", "tender points"),
        ("end", "reserve chk_1/reserve/loyale/m-1#1", "applied"),
        ("say", "ready"),
        ("end", "post_transaction chk_1/post_transaction/loyale/sale#1", "applied"),
        ("say", "capture"),
        ("end", "finalise chk_1/finalise/letstrade/sale#1", "not sent"),
        ("end", "void_bill chk_1/finalise/letstrade/sale#1", "nothing to undo"),
        ("say", "capture"),
    )
    with proof.case("Exhaustive exploration", "a changed transaction comes back slowly"), by_hand():
        sale = judged(Bill(("customer code", "points"), "one_step"), slow)

    assert sale.checkout.status == "completed"
    standing = [e for e in sale.checkout.effects if e.operation == "post_transaction"]
    assert [effect.status for effect in standing] == ["reversed", "applied"]


def test_what_a_vendor_has_closed_for_good_is_not_said_to_be_openable(proof: Proof) -> None:
    """`reopen` stood among the allowed actions, and was refused."""
    closed: Path = (
        ("say", "apply customer code"),
        ("end", "reserve chk_1/reserve/letstrade/c-1#1", "applied"),
        ("say", "ready"),
        ("say", "authorize"),
        ("end", "finalise chk_1/finalise/letstrade/sale#1", "applied"),
        ("say", "void"),
        ("say", "reopen"),
    )
    with proof.case("Exhaustive exploration", "a closed bill is not reopened"), by_hand():
        sale = judged(Bill(("customer code",)), closed)
        assert (
            "reopen" not in replayed(Bill(("customer code",)), closed[:-1]).checkout.allowed_actions
        )

    assert sale.checkout.status == "cancelled"


def test_an_offer_that_is_still_being_taken_back_is_not_taken_a_second_time(proof: Proof) -> None:
    """The second try was made while the first still stood at the vendor."""
    twice: Path = (
        ("say", "apply voucher"),
        ("end", "lock_voucher chk_1/lock_voucher/leat/v-1#1", "in doubt, done"),
        ("say", "apply voucher"),
    )
    free: Path = (
        ("end", "release_voucher chk_1/lock_voucher/leat/v-1#1", "applied"),
        ("say", "apply voucher"),
    )
    bill = Bill(("voucher",))
    with proof.case("Exhaustive exploration", "an offer is asked for again too soon"), by_hand():
        tries = [len(replayed(bill, path).checkout.effects) for path in (twice, (*twice, *free))]
        judged(bill, (*twice, *free))

    assert tries == [1, 2]
