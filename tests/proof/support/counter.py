"""A counter in a shop where one sale after another is played, with support's hand in it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from temporalio.client import WorkflowFailureError
from temporalio.service import RPCError

from tests.api.till import Till
from tests.proof.support.hand import Hand, Strike
from tests.proof.support.judge import Ended, ended
from tests.proof.support.sales import FINAL, SHAPES, Clerk, Over, Shape
from tests.support.door import open_door
from tests.support.shop import Shop, open_shop
from tillsaga.demo.known import as_vendors_know
from tillsaga.demo.movements import Bill
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.shopper import new_shopper

Recovery = Callable[["Counter", str], Coroutine[Any, Any, None]]


class Counter:
    """Plays sales of one shape, each with a customer of its own."""

    def __init__(self, shape: Shape, shop: Shop, till: Till, hand: Hand, sandbox: Sandbox) -> None:
        self.shape, self.shop, self.till, self.hand = shape, shop, till, hand
        self._sandbox = sandbox

    async def quiet(self) -> Ended:
        """Play the sale undisturbed; the hand has its moments then."""
        self.hand.watch()
        clerk = await self.clerk()
        with suppress(Over):
            await self.shape.story(clerk)
        return await self.end(clerk)

    async def disturbed(
        self, at: int, strike: Strike, recovery: Recovery | None = None, *, holds: bool = False
    ) -> tuple[Ended, bool] | None:
        """Play it with the hand in it; whether it was paid too. None: the moment never came."""
        self.hand.watch(at, strike, holds=holds)
        clerk = await self.clerk(recovery)
        with suppress(Over):
            await self.shape.story(clerk)
        if clerk.view["status"] not in FINAL:
            with suppress(Over):  # the till puts the basket aside
                await clerk.say("cancel", {"reason": "customer left"})
        await self.at_rest(clerk.view["id"])
        if await self.hand.has_struck() and not clerk.recovered:
            await clerk.recover()  # the till had heard the last word before
        await self.hand.let_go()
        end = await self.end(clerk)
        return (end, clerk.paid) if self.hand.struck else None

    async def clerk(self, recovery: Recovery | None = None) -> Clerk:
        shopper = await asyncio.to_thread(new_shopper, self._sandbox)

        async def recover() -> None:
            await self.shop.mend()  # a vendor that is down would hold the repair up
            if recovery is not None and self.hand.workflow_id is not None:
                await recovery(self, self.hand.workflow_id)

        return Clerk(self.shop, self.till, self.hand, shopper, recover)

    async def end(self, clerk: Clerk) -> Ended:
        await self.at_rest(clerk.view["id"])
        view = await clerk.see()
        wiring = self.shop.wiring
        records = await wiring.effects.of_checkout(view["id"])
        records = await as_vendors_know(wiring.vault, records)
        books = await asyncio.to_thread(self._sandbox.books)
        bill = Bill(view["id"], clerk.basket_id)
        return ended(view, records, list(clerk.shopper.booked(books, bill)))

    async def at_rest(self, workflow_id: str) -> None:
        """Let a workflow come to its end."""
        # Cancelled, terminated or forgotten: what that left behind is for the judge.
        with suppress(WorkflowFailureError, RPCError):
            async with asyncio.timeout(30):
                await self.shop.client.get_workflow_handle(workflow_id).result()

    async def sweep(self, checkout_id: str) -> None:
        """What the schedule does every five minutes: find lost checkouts and repair them."""
        with patch("activities.sweep.SETTLED", timedelta(0)):
            found = await self.shop.client.execute_workflow(
                "Sweep",
                id=f"sweep-{datetime.now(UTC).timestamp()}",
                task_queue=self.shop.queue,
                result_type=list[str],
            )
        if checkout_id in found and not await self._waits_for_the_till(checkout_id):
            await self.at_rest(f"repair-{checkout_id}")

    async def _waits_for_the_till(self, checkout_id: str) -> bool:
        """Whether a payment has begun: then the repaired checkout waits, as it should."""
        facts = await self.shop.wiring.checkouts.facts(checkout_id)
        said = {fact.report.status for fact in facts.payments if fact.verdict != "refused"}
        return "authorized" in said and "captured" not in said


@asynccontextmanager
async def open_counter(folder: Path, name: str, policy: str = "") -> AsyncIterator[Counter]:
    """Open a shop for one shape of sale."""
    shape, hand = SHAPES[name], Hand()
    policy = ", ".join(filter(None, (shape.policy, policy)))
    async with (
        open_shop(
            folder, kinds=shape.kinds, policy=policy, skips_time=False, hire=hand.hire
        ) as shop,
        open_door(shop) as till,
    ):
        sandbox = Sandbox(str(shop.http.base_url))
        try:
            yield Counter(shape, shop, till, hand, sandbox)
        finally:
            sandbox.close()
