"""Runs checks side by side: each within its own time, and none in the way of another."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from tillsaga.doctor.finding import Check, Finding, Found, Level, fault, not_looked_at

REPORT = "report it with this line: nothing was changed"


async def examine(checks: Iterable[Check]) -> Sequence[Found]:
    """Make all checks; answers their findings in the same order, whatever any of them did."""
    looking: dict[str, asyncio.Task[Finding]] = {}
    async with asyncio.TaskGroup() as group:
        for check in checks:
            looking[check.name] = group.create_task(_made(check, dict(looking)))
    return [Found(name, task.result()) for name, task in looking.items()]


async def _made(check: Check, earlier: Mapping[str, asyncio.Task[Finding]]) -> Finding:
    for name in check.after:
        before = await earlier[name]
        if before.level is Level.FAULT or before.behind is not None:
            return not_looked_at(before.behind or name)
    try:
        async with asyncio.timeout(check.seconds):
            return await check.look()
    except TimeoutError:
        words = f"no answer within {check.seconds:g} s"
        return fault(words, "see whether it is overloaded, or a firewall swallows what is sent")
    except Exception as bug:
        # Without its text, which may quote anything.
        return fault(f"the check itself failed ({type(bug).__name__})", REPORT)
