"""Opening a checkout: the bill's row first, so that a basket has one checkout for ever."""

from dataclasses import replace

from starlette.responses import Response

from api import ended, ids, starting
from api.deadline import Deadline
from api.delivery import answered, converse, letter_of
from api.idempotency import Call, Claimed, claim
from api.services import Services
from tillsaga.domain import origin
from tillsaga.domain.messages import OpenCheckout
from tillsaga.errors import Refusal
from tillsaga.records.bill_rows import BillRecord
from tillsaga.stores import Store

_GIVEN_UP = ("cancelled", "expired")


class Opening:
    """One request to open a checkout."""

    def __init__(
        self,
        services: Services,
        call: Call,
        store: Store,
        message: OpenCheckout,
        deadline: Deadline,
    ) -> None:
        self._services = services
        self._call = call
        self._store = store
        self._message = message
        self._deadline = deadline
        self.checkout_id: str | None = None

    async def answer(self) -> Response:
        """Open the checkout, or meet the one that exists for the basket."""
        books = self._services.checkouts
        latest = await books.latest(self._store.id, self._message.basket.id)
        if latest is not None and latest.pruned_at and latest.status not in _GIVEN_UP:
            # A basket's id is unique for ever, also when nothing else of its sale is left.
            raise Refusal("basket_frozen", "it was sold, and its record is no longer kept")
        expected_id = self._expected_id(latest)
        with self._services.in_hand.hold(expected_id, self._call.update_id):
            claimed = await claim(self._services.keys, self._call, expected_id)
            bill = await self._bill(claimed, latest)
            self.checkout_id = bill.checkout_id
            origin.about(bill.checkout_id)
            self._services.places.note(bill.checkout_id, bill.store_id)
            if bill.checkout_id != claimed.record.checkout_id:
                key = (self._call.api_key_id, self._call.key)
                await self._services.keys.set_checkout(*key, bill.checkout_id)
            return await self._converse(claimed, bill)

    def _expected_id(self, latest: BillRecord | None) -> str:
        if latest is None:
            return self._id_of(1)
        given_up = latest.status in _GIVEN_UP
        return self._id_of(latest.generation + 1) if given_up else latest.checkout_id

    def _id_of(self, generation: int) -> str:
        return ids.checkout_id(self._store.id, self._message.basket.id, generation)

    async def _bill(self, claimed: Claimed, latest: BillRecord | None) -> BillRecord:
        """Find the bill that this request means: a repetition means the one it opened before."""
        books, basket_id = self._services.checkouts, self._message.basket.id
        if not claimed.is_new and claimed.record.checkout_id is not None:
            before = await books.find(claimed.record.checkout_id)
            if before is not None:
                return before
        given_up = latest is not None and latest.status in _GIVEN_UP
        opened = books.reopen_bill if given_up else books.open_bill
        fingerprint = ids.fingerprint(self._message.basket.model_dump(mode="json"))
        bill, _ = await opened(
            self._store.id, basket_id, fingerprint, self._message.terminal_id, self._id_of
        )
        return bill

    async def _converse(self, claimed: Claimed, bill: BillRecord) -> Response:
        # A repetition is asked of Temporal first, which knows the first answer after the end too.
        if claimed.is_new and ended.is_ended(bill):
            said = await ended.answer(self._services.checkouts, "open", self._message, bill)
            if said is not None:
                return answered(self._services, claimed, bill.checkout_id, said)
        start = starting.first_start(self._store, bill, self._message, self._call.request_id)
        letter = letter_of(self._call, bill.checkout_id, "open", self._message)
        return await converse(
            self._services, claimed, replace(letter, start=start), self._deadline, self._store.id
        )
