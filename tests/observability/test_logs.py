"""Every line of a process is JSON and says what it belongs to, whoever writes it."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any

import pytest
import structlog
from temporalio import activity
from temporalio.testing import ActivityEnvironment

from tests.support.logs import restored_logging
from tillsaga.domain import origin
from tillsaga.domain.origin import Origin
from tillsaga.logs import configure_logs

TRACE = "0af7651916cd43dd8448eb211c80319c"
ANN = Origin("req_1", f"00-{TRACE}-b7ad6b7169203331-01", "chk_9T3M2K7QW4RB5X8Z")
IDS = {"request_id": "req_1", "trace_id": TRACE, "checkout_id": "chk_9T3M2K7QW4RB5X8Z"}


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    with restored_logging(), redirect_stderr(stream):
        configure_logs("INFO")
        yield stream


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_our_own_line_names_request_trace_and_checkout(written: io.StringIO) -> None:
    with origin.following(ANN):
        structlog.get_logger().info("vendor_call", vendor="leat")

    [line] = lines(written)
    assert line == {"event": "vendor_call", "vendor": "leat", "level": "info", **IDS} | {
        "timestamp": line["timestamp"]
    }


def test_a_librarys_line_names_them_too(written: io.StringIO) -> None:
    with origin.following(ANN):
        logging.getLogger("httpx.anything").warning("slow: %s", "yes")

    [line] = lines(written)
    assert line["event"] == "slow: yes"
    assert line["logger"] == "httpx.anything"
    assert IDS.items() <= line.items()


def test_an_activitys_line_says_which_one_wrote_it(written: io.StringIO) -> None:
    def tell() -> None:
        activity.logger.info("archive pruned")

    ActivityEnvironment().run(tell)

    [line] = lines(written)
    assert line["event"] == "archive pruned"
    assert (line["activity_type"], line["attempt"]) == ("unknown", 1)


def test_a_failure_stays_one_line(written: io.StringIO) -> None:
    try:
        raise ValueError("no\nno")
    except ValueError:
        logging.getLogger("temporalio.activity").warning("failed", exc_info=True)

    [line] = lines(written)
    assert "ValueError" in line["exception"]


def test_a_line_without_a_request_names_none(written: io.StringIO) -> None:
    structlog.get_logger().warning("audit_unsigned")

    [line] = lines(written)
    assert not line.keys() & IDS.keys()


def test_what_looks_personal_is_masked_wherever_it_stands(written: io.StringIO) -> None:
    with origin.following(Origin("ann@shopper.example")):
        structlog.get_logger().info("request", token="hunter2")
        logging.getLogger("library").error("no card 4111 1111 1111 1234")

    assert "shopper" not in written.getvalue()
    assert "hunter2" not in written.getvalue()
    assert "4111 1111" not in written.getvalue()
