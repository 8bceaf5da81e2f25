"""A customer who was erased is named to no vendor."""

from datetime import timedelta
from typing import Any

import pytest

from tillsaga.connectors.circuit import Circuit
from tillsaga.connectors.http import VendorHttp
from tillsaga.domain.privacy import Eraser
from tillsaga.errors import Refused

GONE = Eraser(["contact-ann-1"], "salt").text("contact-ann-1")


@pytest.mark.parametrize(
    "sent",
    [
        {"path": f"contacts/{GONE}"},
        {"path": "contacts", "params": {"email": f"{GONE}@erased.invalid"}},
        {"path": "orders", "body": {"lines": [{"contact_uuid": GONE}]}},
        {"path": "orders", "content": f'{{"user":"{GONE}"}}'.encode()},
    ],
    ids=["path", "query", "body", "content"],
)
async def test_nothing_with_a_marker_is_sent(sent: dict[str, Any]) -> None:
    # Nobody listens there: whatever was sent would end as `NotSent`.
    circuit = Circuit("acme", timedelta(0))
    nowhere = "http://127.0.0.1:9"
    http = VendorHttp("acme", nowhere, {}, timedelta(seconds=1), lambda *_: None, circuit)
    path = sent.pop("path")
    with pytest.raises(Refused, match="erased") as refused:
        await http.send("POST", path, changes=True, **sent)
    assert refused.value.code == "member_erased"
    await http.aclose()
