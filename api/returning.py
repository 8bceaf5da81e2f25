"""Returns without a sale: the room within the store's limits first, then the workflow.

The return is a bill of its own, under a name that no basket can have.
"""

from dataclasses import replace

from starlette.responses import Response

from api import ended, ids, starting
from api.deadline import Deadline
from api.delivery import converse, letter_of
from api.idempotency import Call, claim
from api.services import Services
from api.temporal import Start
from tillsaga.domain.messages import ReturnGoods
from tillsaga.errors import Refusal
from tillsaga.records.apikeys import KeyHolder
from tillsaga.records.bill_rows import BillRecord
from tillsaga.records.database import utc_now
from tillsaga.records.returns import ReturnEntry, ReturnLimits
from tillsaga.stores import Store

NAME = "return_goods"


def check(store: Store, said: ReturnGoods) -> ReturnLimits:
    """Refuse what the store does not take back, and answer how much it does.

    Raises:
        Refusal: `return_not_allowed`, `currency_mismatch` or `provider_unknown`.
    """
    limits = store.policy.returns_without_sale
    if limits is None:
        raise Refusal("return_not_allowed", "the store takes nothing back without its sale")
    if said.currency != store.currency:
        raise Refusal("currency_mismatch", f"the store sells in {store.currency}")
    named = {each.provider for each in said.identifiers if each.provider is not None}
    if any(store.provider(name) is None for name in named):
        raise Refusal("provider_unknown", "the store has no such provider")
    return ReturnLimits.model_validate(limits.model_dump())


class Returning:
    """One request to take goods back."""

    def __init__(
        self,
        services: Services,
        call: Call,
        store: Store,
        holder: KeyHolder,
        said: ReturnGoods,
        deadline: Deadline,
    ) -> None:
        self._services = services
        self._call = call
        self._store = store
        self._said = said.model_copy(update={"requested_by": holder.name})
        self._deadline = deadline
        self._limits = check(store, said)
        self.checkout_id = self._id()

    def _id(self) -> str:
        """Name the return's checkout; a dry run is a question of its own, and no bill."""
        said = self._said
        basket_id = f"asked/{self._call.update_id}" if said.dry_run else self._basket_id
        return ids.checkout_id(self._store.id, basket_id, 1)

    @property
    def _basket_id(self) -> str:
        # No till's basket id has a slash.
        return f"return/{self._said.refund_id}"

    async def answer(self) -> Response:
        """Take the goods back, or meet the return that is there."""
        with self._services.in_hand.hold(self.checkout_id, self._call.update_id):
            claimed = await claim(self._services.keys, self._call, self.checkout_id)
            start = await self._start()
            letter = letter_of(self._call, self.checkout_id, NAME, self._said)
            return await converse(
                self._services,
                claimed,
                replace(letter, start=start),
                self._deadline,
                self._store.id,
            )

    async def _start(self) -> Start:
        bill = await self._bill()
        created_at = bill.created_at if bill else utc_now()
        start = starting.return_start(
            self._store, self.checkout_id, self._said, created_at, self._call.request_id
        )
        # Its run may have been forgotten by Temporal; the archive has it still.
        return starting.again(start, NAME) if bill and ended.is_ended(bill) else start

    async def _bill(self) -> BillRecord | None:
        """Take the room, and open the bill or find it; a dry run has none."""
        entry, said = self._entry(), self._said
        if said.dry_run:
            await self._services.returns.check(entry, self._limits)
            return None
        known = await self._services.checkouts.find(self.checkout_id)
        if known is not None and known.pruned_at is not None:
            raise Refusal("refund_exists", "the refund_id stands for a return of long ago")
        await self._services.returns.take(entry, self._limits)
        bill, _ = await self._services.checkouts.open_bill(
            self._store.id,
            self._basket_id,
            said.digest,
            said.terminal_id,
            lambda _: self.checkout_id,
        )
        self._services.places.note(bill.checkout_id, bill.store_id)
        return bill

    def _entry(self) -> ReturnEntry:
        said = self._said
        return ReturnEntry(
            store_id=self._store.id,
            refund_id=said.refund_id,
            checkout_id=self.checkout_id,
            day=utc_now().astimezone(self._store.zone).date().isoformat(),
            cashier=said.who_serves,
            customers=said.customers,
            amount=said.amount,
            digest=said.digest,
        )
