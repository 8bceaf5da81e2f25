"""Checks run side by side, and none can spoil another."""

import asyncio

from tillsaga.doctor.examining import examine
from tillsaga.doctor.finding import Check, Finding, Level, fault, ok


async def well() -> Finding:
    return ok("well")


async def ill() -> Finding:
    return fault("ill", "a doctor")


async def silent() -> Finding:
    await asyncio.Event().wait()
    return ok("never")


async def broken() -> Finding:
    raise ValueError("hunter2")


async def test_findings_come_in_the_order_of_the_checks() -> None:
    found = await examine([Check("b", well), Check("a", ill)])

    assert [(one.name, one.finding.level) for one in found] == [("b", "ok"), ("a", "fault")]


async def test_checks_run_side_by_side() -> None:
    met = asyncio.Barrier(2)

    async def meet() -> Finding:
        await met.wait()
        return ok("met")

    found = await examine([Check("one", meet, seconds=5), Check("other", meet, seconds=5)])

    assert [one.finding.says for one in found] == ["met", "met"]


async def test_one_that_hangs_ends_in_its_own_time_and_hides_no_other() -> None:
    hangs, fine = await examine([Check("hangs", silent, seconds=0.01), Check("fine", well)])

    assert (hangs.finding.level, hangs.finding.says) == (Level.FAULT, "no answer within 0.01 s")
    assert hangs.finding.remedy
    assert fine.finding.level is Level.OK


async def test_one_that_breaks_is_told_without_its_words() -> None:
    breaks, fine = await examine([Check("breaks", broken), Check("fine", well)])

    assert breaks.finding.says == "the check itself failed (ValueError)"
    assert fine.finding.level is Level.OK


async def test_what_needs_a_fault_gone_says_which() -> None:
    checks = [
        Check("first", ill),
        Check("second", well, ("first",)),
        Check("third", well, ("second",)),
        Check("fourth", well),
    ]
    _, second, third, fourth = await examine(checks)

    for one in (second, third):
        assert one.finding.level is Level.WARNING
        assert one.finding.says == "not looked at, because of first"
    assert fourth.finding.level is Level.OK
