"""Faults on the Loyalty Engine (sheet 5, trap 19), over and above what all vendors share."""

from contextlib import suppress
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.sandbox.wll_till import NOW, WllTill, burn
from tillsaga.sandbox.wll import world

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


@pytest.mark.parametrize(
    ("kind", "applied"),
    [
        ("drop_before", False),
        ("drop_after", True),
        ("error_before", False),
        ("error_after", True),
        ("rate_limited", False),
        ("maintenance", False),
        ("malformed", True),
        ("html_after", True),
    ],
)
async def test_a_fault_before_or_after_the_burn(wll: WllTill, kind: str, applied: bool) -> None:
    """Sheet 5, trap 19: timeout after commit, 5xx before commit, 429."""
    await wll.fault(kind, "voucher.validate")
    with suppress(httpx.RemoteProtocolError):
        await wll.ask(*burn())

    benefit = await wll.ok("GET", f"/benefits/{world.REDEEMED}")
    assert (benefit["burnedAt"] is not None) is applied


async def test_a_burn_whose_answer_was_lost_is_read_from_the_benefit(wll: WllTill) -> None:
    """Sheet 4: the repeat answers "already burned", so read `GET /benefits/{id}`."""
    await wll.fault("drop_after", "voucher.validate")
    with pytest.raises(httpx.RemoteProtocolError):
        await wll.ask(*burn())

    assert await wll.refused(*burn()) == (403, "VOUCHER_ALREADY_BURNED")
    assert (await wll.ok("GET", f"/benefits/{world.REDEEMED}"))["burnedAt"] == NOW


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("VOUCHER_ALREADY_BURNED", 403),
        ("RATE_LIMITED", 429),
        ("INTERNAL_ERROR", 500),
        ("SUBMITTER_NOT_FOUND", 422),
        ("SOMETHING_NEW", 400),
    ],
)
async def test_any_refusal_can_be_injected(wll: WllTill, code: str, status: int) -> None:
    await wll.fault("refuse", "voucher.validate", code=code)

    assert await wll.refused(*burn()) == (status, code)


async def test_an_older_server_answers_in_its_own_shape(wll: WllTill) -> None:
    await wll.fault("old_shape", "voucher.validate")

    assert "discounts" not in await wll.ok(*burn())
