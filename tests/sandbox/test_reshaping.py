"""An answer in another shape says the same, as far as that shape can."""

import json
from typing import Any

import pytest

from tillsaga.sandbox.reshaping import MORE, Shape, reshaped
from tillsaga.sandbox.wire import Reply, json_reply

SAID: dict[str, Any] = {
    "data": [{"points": 7, "rate": 0.5, "open": True, "note": None, "tags": []}]
}


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("newer", {"data": [{**SAID["data"][0], **MORE}], **MORE}),
        ("sparse", {"data": [{"points": 7, "rate": 0.5, "open": True}]}),
        ("texts", {"data": [{**SAID["data"][0], "points": "7", "rate": "0.5"}]}),
        (
            "hollow",
            {"data": [dict.fromkeys(("points", "rate", "open", "note"), None) | {"tags": []}]},
        ),
    ],
)
def test_an_answer_is_written_in_another_shape(shape: Shape, said: object) -> None:
    reply = json_reply(201, SAID, {"X-Request-Id": "1"})

    other = reshaped(reply, shape)

    assert json.loads(other.body) == said
    assert (other.status, other.headers) == (reply.status, reply.headers)


def test_what_is_no_json_stays_as_it_is() -> None:
    page = Reply(200, b"<h1>", "text/html")

    assert reshaped(page, "hollow") == page
