"""Erasing a member: every row of every checkout that has them, one checkout at a time.

What stays as it was: ids of checkouts, baskets and payments, amounts, times, states, attempts and
the vendors' transaction ids; so the books balance and the audit's chain holds (decision 0025).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from json import dumps
from secrets import token_hex
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Text, cast, delete, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, or_, select

from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.erasure import Erased, ErasedBatch, EraseMember, Erasure
from tillsaga.domain.model import Json, Model
from tillsaga.domain.privacy import Eraser, telling
from tillsaga.domain.tokens import tokens_in
from tillsaga.records.audit_rows import erase_private
from tillsaga.records.database import Database, utc_now
from tillsaga.records.statements import insert_new
from tillsaga.records.tables import (
    Archive,
    AuditEntryRow,
    Bill,
    Claim,
    EffectRow,
    ErasureRow,
    HistoryRow,
    IdempotencyKey,
    PaymentRow,
    Personal,
    PersonalUse,
    ReturnRow,
    TransactionOwner,
    WebhookDeliveryRow,
)

GONE = "erased"
"""In the place of a digest that could be tried out."""


class _Whom(Model):
    """Whose data goes, and the key of the markers. It is kept until the erasure has ended."""

    values: tuple[str, ...]
    salt: str
    tokens: tuple[str, ...] = ()
    """What stands for the values."""
    seen: tuple[str, ...] = ()
    """The tokens of whatever else their checkouts knew of them; others may have them, too."""


class KnowsTokens(Protocol):
    """What finds values by themselves: see `SqlVault`."""

    async def tokens_of(self, values: Iterable[str]) -> set[str]:
        """List the tokens of those values that have one."""
        ...


class SqlErasureBook:
    """The orders, and the erasing itself."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime] = utc_now,
        *,
        vault: KnowsTokens | None = None,
    ) -> None:
        """Take the records, the time, and what finds the tokens of values."""
        self._database = database
        self._now = now
        self._vault = vault

    async def begin(
        self, erasure_id: str, store_ids: Sequence[str], order: EraseMember, requested_by: str
    ) -> Erasure:
        """Write the order down, or find it."""
        values, tokens = await self._known_by(order)
        whom = _Whom(values=values, salt=token_hex(32), tokens=tokens)
        row = ErasureRow(
            id=erasure_id,
            requested_by=requested_by,
            provider=order.provider,
            store_ids=list(store_ids),
            secret=whom.model_dump(mode="json"),
            created_at=self._now(),
        )
        async with self._database.write() as session:
            inserted = await insert_new(session, row, "id")
            return _erasure(inserted or await _found(session, erasure_id))

    async def find(self, erasure_id: str) -> Erasure | None:
        """Read an order and what came of it."""
        async with self._database.read() as session:
            row = await session.get(ErasureRow, erasure_id)
            return _erasure(row) if row else None

    async def in_use(self, store_ids: Sequence[str], order: EraseMember) -> list[str]:
        """List checkouts of the member that have not ended."""
        values, tokens = await self._known_by(order)
        running = select(col(Bill.checkout_id)).where(
            col(Bill.ended_at).is_(None), col(Bill.store_id).in_(store_ids)
        )
        async with self._database.read() as session:
            return list(await session.scalars(_having(running, values + tokens).limit(100)))

    async def _known_by(self, order: EraseMember) -> tuple[tuple[str, ...], tuple[str, ...]]:
        values = (order.member_id, *order.values)
        tokens = await self._vault.tokens_of(values) if self._vault else set()
        return values, tuple(sorted(tokens))

    async def erase(self, erasure_id: str, after: str, limit: int) -> ErasedBatch:
        """Look at the next `limit` checkouts and erase in those that have the member.

        Raises:
            LookupError: there is no such order.
        """
        async with self._database.read() as session:
            order = await _found(session, erasure_id)
            page = select(col(Bill.checkout_id)).where(
                col(Bill.store_id).in_(order.store_ids), col(Bill.checkout_id) > after
            )
            ids = (await session.scalars(page.order_by(Bill.checkout_id).limit(limit))).all()
            if order.secret is None or not ids:
                return ErasedBatch(erased=Erased(), after=None)
            whom = _Whom.model_validate(order.secret)
            theirs = select(col(Bill.checkout_id)).where(col(Bill.checkout_id).in_(ids))
            found = (await session.scalars(_having(theirs, whom.values + whom.tokens))).all()
        erased = Erased()
        for checkout_id in found:
            async with self._database.write() as session:
                one, tokens = await _erase_one(
                    session, checkout_id, order.provider, whom, self._now()
                )
                erased += one
                await _note_seen(session, erasure_id, tokens)
        return ErasedBatch(erased=erased, after=ids[-1] if len(ids) == limit else None)

    async def finish(self, erasure_id: str, erased: Erased) -> Erasure:
        """Write down what came of it, and forget whom it was about. The first end stays."""
        async with self._database.write() as session:
            row = await _found(session, erasure_id)
            if row.ended_at is None:
                whom = _Whom.model_validate(row.secret)
                await _forget(session, {*whom.tokens, *whom.seen})
                row.secret, row.ended_at = None, self._now()
                row.counts = erased.model_dump(mode="json")
            return _erasure(row)


async def _found(session: AsyncSession, erasure_id: str) -> ErasureRow:
    row = await session.get(ErasureRow, erasure_id)
    if row is None:
        raise LookupError("there is no such erasure")
    return row


def _erasure(row: ErasureRow) -> Erasure:
    return Erasure(
        id=row.id,
        provider=row.provider,
        store_ids=tuple(row.store_ids),
        created_at=row.created_at,
        ended_at=row.ended_at,
        erased=Erased.model_validate(row.counts) if row.counts is not None else None,
    )


# --- finding them ---------------------------------------------------------------------------------


def _having(bills: Any, values: Sequence[str]) -> Any:
    """Narrow bills down to those whose rows have one of the values anywhere."""
    mine = col(Bill.checkout_id)
    archived = select(Archive.checkout_id).where(
        col(Archive.checkout_id) == mine, _has(values, Archive.document)
    )
    done = select(EffectRow.number).where(
        col(EffectRow.checkout_id) == mine,
        _has(values, *(getattr(EffectRow, name) for name in (*_DOCUMENTS, *_TEXTS))),
    )
    paid = select(PaymentRow.number).where(
        col(PaymentRow.checkout_id) == mine, _has(values, PaymentRow.report)
    )
    asked = select(IdempotencyKey.key).where(
        col(IdempotencyKey.checkout_id) == mine, _has(values, IdempotencyKey.route)
    )
    told = select(WebhookDeliveryRow.number).where(
        col(WebhookDeliveryRow.checkout_id) == mine, _has(values, WebhookDeliveryRow.payload)
    )
    audited = select(AuditEntryRow.number).where(
        col(AuditEntryRow.checkout_id) == mine, _has(values, AuditEntryRow.private)
    )
    own = _has(values, Bill.view, Bill.state)
    parts = (archived, done, paid, asked, told, audited)
    return bills.where(or_(own, *(part.exists() for part in parts)))


def _has(values: Iterable[str], *columns: Any) -> ColumnElement[bool]:
    """Whether one of the columns has one of the values, as JSON writes it."""
    written = [dumps(value)[1:-1].lower() for value in values]
    return or_(
        *(
            func.lower(cast(column, Text)).contains(value, autoescape=True)
            for column in columns
            for value in written
        )
    )


# --- erasing them ---------------------------------------------------------------------------------

_DOCUMENTS = ("order", "do_done", "undo_done")
_TEXTS = ("key", "subject", "do_detail", "undo_detail")


async def _erase_one(
    session: AsyncSession, checkout_id: str, provider: str, whom: _Whom, now: datetime
) -> tuple[Erased, set[str]]:
    """Erase in one checkout; answers the tokens that it had of the member, too."""
    bill = (await session.scalars(_of(Bill, checkout_id).with_for_update())).one()
    effects = list(await session.scalars(_of(EffectRow, checkout_id).with_for_update()))
    if bill.pruned_at is None and (bill.ended_at is None or bill.state is not None):
        return Erased(left=(checkout_id,)), set()
    if any(effect.open_since is not None for effect in effects):
        return Erased(left=(checkout_id,)), set()
    archive = await session.get(Archive, checkout_id)
    values = _all_values(archive, provider, whom)
    eraser = Eraser(values, whom.salt)
    if archive is not None:
        archive.document = _without_digest(eraser.document(archive.document))
    for row in await session.scalars(_of(ReturnRow, checkout_id)):
        row.digest, row.customers = GONE, []
    for told in await session.scalars(_of(WebhookDeliveryRow, checkout_id)):
        told.payload = eraser.document(told.payload)
    bill.view, bill.fingerprint = eraser.document(bill.view), GONE
    changed = [effect for effect in effects if await _erase_effect(session, effect, eraser)]
    payments = list(await session.scalars(_of(PaymentRow, checkout_id)))
    keys = list(await session.scalars(_of(IdempotencyKey, checkout_id)))
    await erase_private(session, checkout_id, eraser, now)
    # They may hold digests to guess at, and what a person has typed; nothing can be cut out.
    await session.execute(delete(HistoryRow).where(col(HistoryRow.checkout_id) == checkout_id))
    erased = Erased(
        checkouts=1,
        effects=len(changed),
        payments=sum(_erase_payment(payment, eraser) for payment in payments),
        idempotency_keys=sum(_erase_key(key, eraser) for key in keys),
    )
    used = select(PersonalUse.token).where(col(PersonalUse.checkout_id) == checkout_id)
    return erased, {*tokens_in(sorted(values)), *await session.scalars(used)}


async def _note_seen(session: AsyncSession, erasure_id: str, tokens: set[str]) -> None:
    """Remember until the end what is to be forgotten then."""
    row = await _found(session, erasure_id)
    whom = _Whom.model_validate(row.secret)
    seen = tuple(sorted({*whom.seen, *tokens}))
    row.secret = whom.model_copy(update={"seen": seen}).model_dump(mode="json")


async def _forget(session: AsyncSession, tokens: Iterable[str]) -> None:
    """Delete what the tokens stand for, unless a checkout that was left, or is another's, has it.

    From then on they lead nobody to the person, neither in a history nor in a backup of one.
    """
    for token in sorted(tokens):
        still = _having(select(col(Bill.checkout_id)), [token]).limit(1)
        if await session.scalar(still) is None:
            for table in (Personal, PersonalUse):
                await session.execute(delete(table).where(col(table.token) == token))


def _without_digest(document: Json) -> Json:
    """A return without a sale is named by what the customer showed, among other things."""
    state = document.get("state")
    returned = state.get("returned") if isinstance(state, dict) else None
    if not isinstance(state, dict) or not isinstance(returned, dict):
        return document
    return {**document, "state": {**state, "returned": {**returned, "digest": GONE}}}


def _of(table: Any, checkout_id: str) -> Any:
    return select(table).where(table.checkout_id == checkout_id)


def _all_values(archive: Archive | None, provider: str, whom: _Whom) -> set[str]:
    state = archive.document.get("state") if archive is not None else None
    known = (*whom.values, *whom.tokens)
    own = telling(state, provider, known) if isinstance(state, dict) else set()
    return {*known, *own}


async def _erase_effect(session: AsyncSession, row: EffectRow, eraser: Eraser) -> bool:
    before: Json = {name: getattr(row, name) for name in (*_DOCUMENTS, *_TEXTS)}
    asked = eraser.document(row.order)
    order = EffectOrder.model_validate(asked)
    if asked != row.order:
        # A repetition is made from what is erased too, and is to be known again.
        row.order, row.fingerprint = asked, order.fingerprint
    for name in ("do_done", "undo_done"):
        setattr(row, name, eraser.document(getattr(row, name)))
    for name in ("do_detail", "undo_detail"):
        said = getattr(row, name)
        setattr(row, name, eraser.text(said) if said else said)
    row.subject = order.subject
    if row.key != order.key:
        await _rename(session, row, order)
    return before != {name: getattr(row, name) for name in (*_DOCUMENTS, *_TEXTS)}


async def _rename(session: AsyncSession, row: EffectRow, order: EffectOrder) -> None:
    """Give an effect its new key; what refers to it is taken away and put back."""
    owners = list(await session.scalars(_referring(TransactionOwner, row.key)))
    claims = list(await session.scalars(_referring(Claim, row.key)))
    for referring in (*owners, *claims):
        await session.delete(referring)
    await session.flush()
    row.key = order.key
    await session.flush()
    for owner in owners:
        session.add(TransactionOwner(**_values(owner, effect_key=order.key)))
    for claim in claims:
        session.add(Claim(**_values(claim, effect_key=order.key, subject=order.subject)))


def _referring(table: Any, key: str) -> Any:
    return select(table).where(table.effect_key == key)


def _values(row: TransactionOwner | Claim, **changes: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).model_fields} | changes


def _erase_payment(row: PaymentRow, eraser: Eraser) -> bool:
    report = eraser.document(row.report)
    if report == row.report:
        return False
    row.report, row.reference = report, eraser.text(row.reference)
    return True


def _erase_key(row: IdempotencyKey, eraser: Eraser) -> bool:
    """The fingerprint of what a till sent could be tried out; the key itself stays used."""
    row.route = eraser.text(row.route)
    row.fingerprint = GONE
    return True
