"""What the points that were reached tell of calls that were cut off."""

import pytest

from tests.proof.crashes.points import (
    BEFORE_ANSWER,
    BEFORE_CALL,
    BEFORE_NOTE,
    BEFORE_RECORD,
    BEFORE_REPORT,
    COUPON,
    LOCK,
    Point,
    Reached,
    cut_off,
)

WHOLE = [BEFORE_RECORD, BEFORE_CALL, BEFORE_ANSWER, BEFORE_NOTE, BEFORE_REPORT]


@pytest.mark.parametrize(
    ("points", "calls"),
    [
        ([], 0),
        (WHOLE, 0),
        ([BEFORE_RECORD, *WHOLE], 0),  # it died before there was a record
        ([BEFORE_RECORD, BEFORE_RECORD], 1),  # the second one found the first one's record
        ([*WHOLE[:2], BEFORE_RECORD], 1),
        ([*WHOLE[:4], BEFORE_RECORD], 1),
        ([*WHOLE[:2], *WHOLE], 1),
    ],
)
def test_a_call_is_cut_off_once_its_record_is_written(points: list[str], calls: int) -> None:
    reached = [Reached(Point(COUPON, "do", at), "chk_1/redeem_coupon/c-1", 0.0) for at in points]

    assert cut_off(reached, COUPON) == calls
    assert cut_off(reached, LOCK) == 0
