"""Log lines as they are written: the second line of defence."""

from typing import Any

import pytest

from tillsaga.redaction import redact


@pytest.mark.parametrize(
    ("event", "seen"),
    [
        ({"email": "ann@shopper.example"}, {"email": "****mple"}),
        ({"authorization": "Bearer abc"}, {"authorization": "****"}),
        ({"code": "offer_refused"}, {"code": "offer_refused"}),
        ({"code": "HT123ABC"}, {"code": "****3ABC"}),
        ({"event": "no card for ann@shopper.example"}, {"event": "no card for a***@s***.example"}),
        ({"event": "sent Bearer abc.def-ghi"}, {"event": "sent Bearer ****"}),
        ({"exception": "ValueError: 4334603388774"}, {"exception": "ValueError: ****8774"}),
        ({"event": "call +27 82 000 0002"}, {"event": "call ****0002"}),
        ({"event": "key ts_live_AbC-123_x"}, {"event": "key ****"}),
        ({"asked": {"value": ["card-0001"]}}, {"asked": {"value": ["****0001"]}}),
        ({"asked": {"phone": "0612345678"}}, {"asked": {"phone": "****5678"}}),
    ],
)
def test_what_looks_personal_or_secret_is_masked(
    event: dict[str, Any], seen: dict[str, Any]
) -> None:
    assert redact(None, "info", event) == seen


@pytest.mark.parametrize(
    "event",
    [
        {"checkout_id": "chk_9T3M2K7QW4RB5X8Z", "request_id": "req_626c1ec636f1f02b", "ms": 1.5},
        {"timestamp": "2026-11-22T15:26:47.717018Z", "status": 200},
        {"event": "tok_31cdbc1d83c9c078b423e6df_30303032 at 2026-11-22 15:26:47"},
    ],
)
def test_what_operators_follow_stays(event: dict[str, Any]) -> None:
    assert redact(None, "info", dict(event)) == event
