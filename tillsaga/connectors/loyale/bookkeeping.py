"""Loyale's books, read for comparing: by known id only, as nothing can be listed (sheet 5).

A transaction's status tells its points, its payments and how much of it was returned; it tells no
time. So what the books have that we never asked for is not seen, but for a return.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

from pydantic import JsonValue

from tillsaga.connectors.loyale.client import LoyaleClient
from tillsaga.connectors.loyale.refusals import asking
from tillsaga.connectors.loyale.wire import Receipt, unique_id
from tillsaga.domain.effects import Done
from tillsaga.domain.expecting import did, is_moving, is_undone, undid, unreadable
from tillsaga.domain.model import Json
from tillsaga.domain.money import to_minor
from tillsaga.domain.ports import CallState, EffectRecord
from tillsaga.domain.reconcile import Claimed, Entry

TRANSACTION, POINTS, RETURN = "transaction", "points", "return"
RETURNED = {"PARTIAL": 1, "FULL": 2}
"""How the status names what was returned, by how much it is: all that it tells of returns."""
NO_CUSTOM_RETURNS = "a return by today's rules cannot be looked up at loyale"


class LoyaleBooks:
    """Fills the port `BookReader`."""

    ledgers: tuple[str, ...] = ()

    def __init__(self, client: LoyaleClient, currency: str) -> None:
        """Take the calls, and the scheme's currency."""
        self._client = client
        self._currency = currency

    def expect(self, records: Sequence[EffectRecord]) -> list[Claimed]:
        """Say what a checkout's records mean for the books."""
        posted = [r for r in records if r.order.operation == "post_transaction"]
        claims = [claim for each in posted for claim in _claims(each, _returns_of(each, records))]
        custom = [
            claim for r in records if _is_custom(r) for claim in unreadable(r, NO_CUSTOM_RETURNS)
        ]
        return [*claims, *custom]

    async def entries(
        self, ledger: str, since: datetime, until: datetime
    ) -> AsyncIterator[list[Entry]]:
        """Nothing can be listed."""
        return
        yield []

    async def look_up(self, claim: Claimed) -> list[Entry]:
        """Ask for the transaction's status; one that failed has been rolled back."""
        name = str(claim.known["unique_id"])
        with asking("cannot_ask"):
            receipt = await self._client.status(name)
        if receipt is None or receipt.failed:
            return []
        return list(self._entries(claim, name, receipt))

    def _entries(self, claim: Claimed, name: str, receipt: Receipt) -> Iterator[Entry]:
        def entry(ledger: str, amount: int | None) -> Entry:
            whose = receipt.customer_id
            return Entry(ledger=ledger, id=name, mark=name, amount=amount, customer=whose)

        paid = sum(to_minor(method.amount, self._currency) for method in receipt.payment_methods)
        yield entry(TRANSACTION, paid)
        if claim.state == "not_done":
            return
        yield entry(POINTS, receipt.points_earned - receipt.points_redeemed)
        returned = RETURNED.get((receipt.returned or "").upper())
        # Where the status does not say, a return of ours is believed, and no other is seen.
        if returned or (receipt.returned is None and claim.known.get("returned")):
            yield entry(RETURN, returned)


def _claims(record: EffectRecord, returns: Sequence[EffectRecord]) -> Iterator[Claimed]:
    order, done = record.order, record.do.done or Done()
    calls = [call for each in (record, *returns) for call in (each.do, each.undo) if call]
    more: dict[str, object] = {
        "id": None,
        "mark": unique_id(order),
        "customer": order.request.get("customer_id"),
        "moments": tuple(call.started_at for call in calls),
    }
    returned = list(_returned(record, returns, more))
    known: Json = {"unique_id": unique_id(order), "returned": bool(returned)}
    # The one status tells all three ledgers; it is asked for once.
    methods = done.data.get("payment_methods")
    amount = sum(_amount(each) for each in methods) if isinstance(methods, list) else None
    yield did(record, TRANSACTION, **more, amount=amount, known=known)
    earned, redeemed = done.data.get("points_earned"), done.data.get("points_redeemed")
    if isinstance(earned, int) and isinstance(redeemed, int):
        yield did(record, POINTS, **more, amount=earned - redeemed)
    yield from returned


def _returned(
    record: EffectRecord, returns: Sequence[EffectRecord], more: dict[str, object]
) -> Iterator[Claimed]:
    if is_moving((record, *returns)):
        yield did(record, RETURN, **more).model_copy(update={"state": "open"})
        return
    by_line = [r for r in returns if _was_made(r) and not _is_custom(r)]
    rest = [r for r in by_line if r.order.request.get("rest") is True]
    if is_undone(record):
        yield from undid(record, RETURN, **more, amount=RETURNED["FULL"])
    elif rest:
        yield did(rest[-1], RETURN, **more, amount=RETURNED["FULL"], whole=0)
    elif by_line:
        # Whether these were all lines that were left is not worked out: no amount. What moved no
        # points may have been no line of Loyale's at all.
        moved = any(each.do.done and each.do.done.points for each in by_line)
        claim = did(by_line[-1], RETURN, **more)
        yield claim if moved else claim.model_copy(update={"state": "open"})


def _returns_of(posted: EffectRecord, records: Sequence[EffectRecord]) -> list[EffectRecord]:
    name = posted.order.key
    return [r for r in records if r.order.operation == "return_lines" and r.order.whole.key == name]


def _is_custom(record: EffectRecord) -> bool:
    done = record.do.done
    if record.order.operation == "return_goods":
        return bool(done and done.points)
    return record.order.operation == "return_lines" and bool(done and done.data.get("custom"))


def _was_made(record: EffectRecord) -> bool:
    """Whether it returned anything: points that are spent may have been left."""
    done = record.do.done
    if record.do.state is not CallState.APPLIED or done is None:
        return False
    return "kept" not in done.data or done.data.get("points_deducted") != 0


def _amount(method: JsonValue) -> int:
    amount = method.get("amount") if isinstance(method, dict) else None
    return amount if isinstance(amount, int) else 0
