"""Sheet 5: unique ids, duplicates, the status and its states."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.loyale_till import (
    HEADERS,
    L25,
    L50,
    STATUS,
    LoyaleTill,
    refused,
    told,
)
from tillsaga.sandbox.loyale import world

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def loyale(till: Any) -> LoyaleTill:
    return LoyaleTill(till)


async def test_the_status_is_the_first_reply_with_the_state_of_now(loyale: Any) -> None:
    """Sheet 5: by default COMPLETED at the first read."""
    reply = await loyale.sale(L25, uniqueId="t")
    found = await loyale.status("t")

    assert found == reply | {"status": "COMPLETED", "returned": "NONE"}


async def test_an_unknown_id_is_404_and_ids_keep_their_case(loyale: Any) -> None:
    """Sheet 5; sheet 1: paths are case-insensitive."""
    await loyale.sale(L25, uniqueId="Shop7")

    assert refused(await loyale.send("GET", f"{STATUS}/shop7"), 404) == "Transaction not found"
    told(await loyale.send("GET", "/loyale/API/TRANSACTION/Status/Shop7"))


async def test_an_id_is_percent_encoded_in_the_url(loyale: Any) -> None:
    """Trap 9: the id goes into a URL path."""
    reply = await loyale.sale(L25, uniqueId="a b?c")

    assert reply["statusUrl"].endswith("/a%20b%3Fc")
    told(await loyale.send("GET", f"{STATUS}/a%20b%3Fc"))


async def test_received_processing_completed_by_the_clock(loyale: Any) -> None:
    """Sheet 5, states; booked at RECEIVED."""
    await loyale.switch(processing_seconds=10)
    await loyale.sale(L25, uniqueId="t")
    assert await loyale.points() == 7980

    states = [await loyale.state("t")]
    for seconds in (4, 1, 4, 1):
        await loyale.till.advance(seconds)
        states.append(await loyale.state("t"))
    assert states == ["RECEIVED", "RECEIVED", "PROCESSING", "PROCESSING", "COMPLETED"]


async def test_processing_completed_after_some_reads(loyale: Any) -> None:
    """Sheet 5, states: the real clock need not move."""
    await loyale.switch(processing_reads=2)
    await loyale.sale(L25, uniqueId="t")

    states = [await loyale.state("t") for _ in range(4)]
    assert states == ["PROCESSING", "PROCESSING", "COMPLETED", "COMPLETED"]


async def test_processing_failed_is_rolled_back(loyale: Any) -> None:
    """Sheet 5, states: booked at RECEIVED, rolled back on FAILED, `error` when failed."""
    await loyale.switch(processing_seconds=2, processing_outcome="FAILED")
    await loyale.sale(L25, uniqueId="t")
    assert "error" not in await loyale.status("t")
    assert await loyale.points() == 7980

    await loyale.till.advance(2)
    assert await loyale.points() == 7830
    found = await loyale.status("t")
    assert (found["status"], found["pointsAfter"]) == ("FAILED", 7980)
    assert found["error"]


async def test_the_course_is_fixed_when_the_sale_is_received(loyale: Any) -> None:
    """Switches set later, or reset, change no sale already under way."""
    await loyale.switch(processing_seconds=60, processing_outcome="FAILED")
    await loyale.sale(L25, uniqueId="t")
    await loyale.switch(processing_seconds=0, processing_outcome="COMPLETED")

    assert await loyale.state("t") == "RECEIVED"
    await loyale.till.advance(60)
    assert await loyale.state("t") == "FAILED"


async def test_one_call_alone_can_be_made_to_fail(loyale: Any) -> None:
    """An `old_shape` fault holds its switches for one request."""
    switches = {"processing_outcome": "FAILED"}
    await loyale.fault("old_shape", "transaction.create", switches=switches)
    await loyale.sale(L25, uniqueId="first")
    await loyale.sale(L25, uniqueId="second")

    assert [await loyale.state(one) for one in ("first", "second")] == ["FAILED", "COMPLETED"]


async def test_the_id_of_a_failed_sale_may_be_used_again(loyale: Any) -> None:
    """Sheet 5; while it is processing it may not."""
    await loyale.switch(processing_seconds=1, processing_outcome="FAILED")
    await loyale.sale(L25, uniqueId="t")
    refused(await loyale.post(L25, uniqueId="t"), 409)
    await loyale.till.advance(1)
    await loyale.switch(processing_seconds=0, processing_outcome="COMPLETED")
    await loyale.sale(L25, uniqueId="t")

    assert await loyale.state("t") == "COMPLETED"
    states = [one["state"] for one in (await loyale.books())["transactions"]]
    assert states == ["FAILED", "COMPLETED"]
    assert await loyale.points() == 7980


async def test_switch_duplicate_replay(loyale: Any) -> None:
    """Sheet 5, knob `duplicate`: the first reply for an identical body, else 409."""
    await loyale.switch(duplicate="replay", processing_outcome="FAILED", processing_seconds=60)
    first = await loyale.sale(L25, uniqueId="t")

    assert await loyale.sale(L25, uniqueId="t") == first
    refused(await loyale.post(L50, uniqueId="t"), 409)
    assert await loyale.points() == 7980
    assert len((await loyale.books())["transactions"]) == 1


async def test_ids_are_unique_within_a_scheme_only(loyale: Any) -> None:
    """Sheet 5: unique per scheme; nobody sees another scheme's sales."""
    other = (await loyale.seed(customers=[{"scheme_id": world.OTHER_SCHEME}]))["customers"][0]
    await loyale.sale(L25, uniqueId="t")
    loyale.headers = {"X-Scheme": world.OTHER_SCHEME, "X-ApiKey": world.OTHER_API_KEY}
    refused(await loyale.send("GET", f"{STATUS}/t"), 404)
    refused(await loyale.post(L25, customerId=world.ANN))

    await loyale.sale(L25, uniqueId="t", customerId=other["id"], outletId=None)
    loyale.headers = HEADERS
    assert (await loyale.status("t"))["customerId"] == world.ANN


async def test_a_simulation_does_not_mind_a_known_id(loyale: Any) -> None:
    """Sheet 2: the id is not reserved, so not checked either."""
    await loyale.sale(L25, uniqueId="t")

    assert (await loyale.sale(L25, uniqueId="t", simulate=True))["pointsBefore"] == 7980


async def test_switch_accepted_status(loyale: Any) -> None:
    """Sheet 2: accept 202 too; a simulation is done at once."""
    await loyale.switch(accepted_status=202)

    assert (await loyale.post(L25)).status_code == 202
    assert (await loyale.post(L25, simulate=True)).status_code == 200


async def test_switch_status_url_host(loyale: Any) -> None:
    """Sheet 5 and trap 1: by default another host than the one called."""
    url = (await loyale.sale(L25, uniqueId="t"))["statusUrl"]
    assert url == "https://api.beta.loyale.io/api/transaction/status/t"

    await loyale.switch(status_url_host="own")
    own = (await loyale.sale(L25, uniqueId="u"))["statusUrl"]
    assert own == f"http://sandbox{STATUS}/u"
