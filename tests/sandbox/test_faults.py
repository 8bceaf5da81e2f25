"""Every fault kind over real sockets, the rules' counting, and faults in this process."""

import asyncio
from typing import Any

import httpx
import pytest

from tillsaga.sandbox import world

pytestmark = pytest.mark.asyncio
EARN = {"contact_uuid": world.ANN, "shop_uuid": world.SHOP, "credits": 1}
PATH = "/credit-receptions"
NAME = "credit_reception.create"
LOST = (httpx.RemoteProtocolError, httpx.ReadError)


async def earn(till: Any) -> httpx.Response:
    answer: httpx.Response = await till.ask("POST", PATH, **EARN)
    return answer


async def last_entry(till: Any) -> Any:
    entries = (await till.control("GET", "/requests"))["requests"]
    return [one for one in entries if one["operation"] == NAME][-1]


@pytest.mark.parametrize(
    ("kind", "more", "status", "applied"),
    [
        ("error_before", {}, 500, False),
        ("error_before", {"status": 502}, 502, False),
        ("error_after", {}, 500, True),
        ("rate_limited", {"retry_after": 7}, 429, False),
        ("maintenance", {}, 503, False),
        ("html_before", {}, 200, False),
        ("html_after", {}, 200, True),
        ("malformed", {}, 200, True),
        ("refuse", {"code": 60001}, 400, False),
        ("delay", {"delay_ms": 30}, 200, True),
        ("old_shape", {}, 200, True),
        ("other_shape", {"shape": "texts"}, 200, True),
    ],
)
async def test_an_answered_fault_is_answered_and_applied_as_its_table_says(
    live: Any, kind: str, more: dict[str, Any], status: int, applied: bool
) -> None:
    await live.fault(kind, NAME, **more)
    answer = await earn(live)

    assert answer.status_code == status
    assert await live.points() == 120 + applied
    entry = await last_entry(live)
    assert (entry["fault"], entry["applied"], entry["status"]) == (kind, applied, status)


@pytest.mark.parametrize(
    ("kind", "applied"), [("drop_before", False), ("drop_after", True), ("hang_before", False)]
)
async def test_a_dropped_connection_gives_no_status(live: Any, kind: str, applied: bool) -> None:
    await live.fault(kind, NAME, delay_ms=20)
    with pytest.raises(LOST):
        await earn(live)

    assert await live.points() == 120 + applied
    entry = await last_entry(live)
    assert (entry["fault"], entry["applied"], entry["status"]) == (kind, applied, None)


async def test_a_hundred_drops_are_a_hundred_drops(live: Any) -> None:
    await live.fault("drop_after", NAME, times=None)
    lost = await asyncio.gather(*(earn(live) for _ in range(100)), return_exceptions=True)

    assert all(isinstance(one, LOST) for one in lost)
    assert await live.points() == 220


async def test_a_late_effect_comes_after_the_connection_is_gone(live: Any) -> None:
    await live.fault("late", NAME, delay_ms=1_500)
    with pytest.raises(LOST):
        await earn(live)

    assert await live.points() == 120
    assert (await last_entry(live))["applied"] is False
    async with asyncio.timeout(20):
        while not (await last_entry(live))["applied"]:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.05)
    assert await live.points() == 121


async def test_bodies_of_answered_faults(live: Any) -> None:
    await live.fault("rate_limited", NAME, retry_after=7)
    limited = await earn(live)
    assert limited.headers["Retry-After"] == "7"
    assert set(limited.json()) == {"message"}

    for kind in ("maintenance", "html_before", "html_after"):
        await live.fault(kind, NAME)
        assert (await earn(live)).headers["content-type"].startswith("text/html")

    await live.fault("malformed", NAME)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        (await earn(live)).json()

    await live.fault("refuse", NAME, code=60001, message="Busy")
    assert (await earn(live)).json() == {"message": "Busy", "code": 60001, "status_code": 400}


async def test_in_this_process_a_drop_is_the_clients_own_exception(till: Any) -> None:
    await till.fault("drop_after", NAME)
    with pytest.raises(httpx.RemoteProtocolError):
        await earn(till)

    assert await till.points() == 121


async def test_an_old_shape_holds_for_one_call(till: Any) -> None:
    path = f"/collectable-rewards/collect/{world.BIRTHDAY_RECEPTION}"
    await till.fault("old_shape", "collectable_reward.collect")
    old = await till.ok("PUT", path)
    await till.ok("POST", f"/collectable-rewards/{old['uuid']}/reverse")

    assert old["uuid"] == world.BIRTHDAY_RECEPTION
    assert (await till.ok("PUT", path))["status"] == "COLLECTED"


async def test_an_old_shape_may_name_its_switches(till: Any) -> None:
    await till.fault("old_shape", "shop.list", switches={"meta_shape": "absent"})

    assert "meta" not in (await till.ask("GET", "/shops")).json()
    assert "meta" in (await till.ask("GET", "/shops")).json()


async def test_a_rule_lets_some_through_and_strikes_so_many_times(till: Any) -> None:
    await till.fault("error_before", NAME, after=1, times=2)
    statuses = [(await earn(till)).status_code for _ in range(4)]

    assert statuses == [200, 500, 500, 200]
    shown = (await till.control("GET", "/faults"))["faults"][0]
    assert (shown["matched"], shown["struck"]) == (4, 2)


async def test_rules_match_by_method_and_path_too(till: Any) -> None:
    await till.fault("error_before", method="get", path_regex=r"/contacts/c-\w+$", times=None)

    assert (await till.ask("GET", f"/contacts/{world.ANN}")).status_code == 500
    assert (await till.ask("GET", f"/contacts/{world.ANN}/tier")).status_code == 200
    assert (await till.ask("PUT", f"/contacts/{world.ANN}", attributes={"a": 1})).status_code == 200


async def test_rules_are_removed_one_by_one_or_all(till: Any) -> None:
    first = await till.fault("error_before", NAME, times=None)
    await till.fault("maintenance", NAME, times=None)
    await till.control("DELETE", f"/faults/{first['id']}")
    assert (await earn(till)).status_code == 503
    await till.control("DELETE", "/faults")

    assert (await earn(till)).status_code == 200
    assert (await till.http.delete("/_sandbox/faults/f-9")).status_code == 404


@pytest.mark.parametrize(
    "rule",
    [
        {"vendor": "leat", "kind": "explode"},
        {"vendor": "nobody", "kind": "drop_before"},
        {"vendor": "leat", "kind": "drop_before", "operation": "voucher.eat"},
        {"vendor": "leat", "kind": "refuse"},
        {"vendor": "leat", "kind": "drop_before", "path_regex": "("},
        {"vendor": "leat", "kind": "old_shape", "switches": {"nope": 1}},
        {"vendor": "leat", "kind": "drop_before", "typo": 1},
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused(till: Any, rule: dict[str, Any]) -> None:
    answer = await till.http.post("/_sandbox/faults", json=rule)

    assert answer.status_code == 400
    assert answer.json()["error"]
