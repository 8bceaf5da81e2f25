"""What is known of a checkout: its payments, saved state, effects and archive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tillsaga.domain.audit import AuditNote, Heard, digest
from tillsaga.domain.journal import decided
from tillsaga.domain.messages import PaymentReport
from tillsaga.domain.model import Json, Model
from tillsaga.domain.ports import Facts, PaymentFact
from tillsaga.domain.recovery import may_stand
from tillsaga.errors import Refused
from tillsaga.records.audit_rows import append, payment_noted
from tillsaga.records.bill_rows import show
from tillsaga.records.bills import SqlBillBook
from tillsaga.records.claims import end_claims
from tillsaga.records.effect_rows import effects_of, forget_served
from tillsaga.records.holds import end_holds
from tillsaga.records.restorations import restored_since
from tillsaga.records.statements import Found, insert_new, table_of, updating
from tillsaga.records.tables import Archive, Bill, PaymentRow


class ArchivedCheckout(Model):
    """What the archive keeps of a checkout."""

    state: Json | None
    view: Json


class SqlCheckoutBook(SqlBillBook):
    """Fills the port `CheckoutBook`; the door finds its bills here too."""

    async def facts(self, checkout_id: str) -> Facts:
        """Read everything about one checkout; one that nobody knows has no facts."""
        async with self._database.read() as session:
            known = await _known(session, checkout_id)
            return Facts(
                ended=known.archived is not None,
                version=known.version,
                restored_at=await restored_since(session, known.created_at),
                state=known.state,
                payments=await _payments(session, checkout_id),
                effects=tuple(await effects_of(session, checkout_id)),
            )

    async def runs(self, checkout_id: str) -> list[str]:
        """List the workflow runs that its saved state knows of, oldest first."""
        async with self._database.read() as session:
            known = await _known(session, checkout_id)
        found = (known.state or {}).get("runs")
        return [str(run_id) for run_id in found] if isinstance(found, list) else []

    async def note_payment(self, checkout_id: str, report: PaymentReport, verdict: str) -> bool:
        """Write a payment fact, or change the one with its reference and status.

        The time of the first one stays. A till that says the same again does not take back what
        the checkout made of it.

        Returns:
            Whether the checkout has ended before.
        """
        row = PaymentRow(
            checkout_id=checkout_id,
            reference=report.reference,
            status=report.status,
            report=report.model_dump(mode="json"),
            verdict=verdict,
            received_at=self._now(),
        )
        async with self._database.write() as session:
            noted = await insert_new(session, row, "checkout_id", "reference", "status")
            noted = noted or await _changed_payment(session, row)
            if noted is not None:
                await append(session, checkout_id, payment_noted(noted, row.received_at))
            return await session.scalar(_HAS_ARCHIVE, {"of": checkout_id}) is not None

    async def end_claims(self, checkout_id: str) -> None:
        """End a sold checkout's claims, but for those with an effect in doubt."""
        async with self._database.write() as session:
            await end_claims(session, checkout_id)

    async def save(
        self,
        checkout_id: str,
        state: Json,
        view: Json,
        ended: bool,
        *,
        before_end: bool = False,
        run_id: str | None = None,
        knows: Sequence[str] | None = None,
        heard: Sequence[Heard] = (),
    ) -> list[str]:
        """Save state and view; `ended` archives them and ends the checkout's live claims.

        What has ended stays archived; a later end renews the document. A claim whose effect is in
        doubt stays until that is settled. `before_end`: whoever knows of no end writes nothing once
        another run has brought it; its own it may have forgotten with a lost workflow task. An
        effect that is not among those that it `knows` keeps it from ending; none begins while the
        bill is locked here.

        Returns:
            The keys of those effects; then the view stays as it was.

        Raises:
            Refused: `checkout_not_found`: the checkout has no bill.
        """
        async with self._database.write() as session:
            bill = (await session.execute(_END, {"of": checkout_id})).one_or_none()
            if bill is None:
                raise Refused("the checkout has no bill", code="checkout_not_found")
            notes, now = [each.note for each in heard], self._now()
            if before_end and _ended_by_another(bill, run_id):
                await append(session, checkout_id, *notes)
                return []
            await session.execute(
                _SAVE, {"checkout_id_": checkout_id, "state_": state, "saved_at_": now}
            )
            if ended and knows is not None:
                overlooked = await _overlooked(session, checkout_id, knows)
                if overlooked:
                    told = _decision(state, view, False, now)
                    await append(session, checkout_id, *notes, told)
                    return overlooked
            if ended:
                await _archive(session, checkout_id, view, now, run_id)
                await end_claims(session, checkout_id)
                await forget_served(session, checkout_id)
                await end_holds(session, checkout_id, sold=view["status"] == "completed")
            await show(session, checkout_id, view)
            await append(session, checkout_id, *notes, _decision(state, view, ended, now))
            return []


_BILLS, _ARCHIVES, _PAYMENTS = table_of(Bill), table_of(Archive), table_of(PaymentRow)
_IS_ITS = _BILLS.c.checkout_id == bindparam("of")
_END = (
    _BILLS.select()
    .with_only_columns(_BILLS.c.ended_at, _BILLS.c.ended_by)
    .where(_IS_ITS)
    .with_for_update()
)
_SAVE = updating(_BILLS, "checkout_id", "state", "saved_at")
_KNOWN = (
    _BILLS.select()
    .with_only_columns(_BILLS.c.version, _BILLS.c.created_at, _BILLS.c.state)
    .where(_IS_ITS)
)
_ARCHIVE = _ARCHIVES.select().where(_ARCHIVES.c.checkout_id == bindparam("of"))
_HAS_ARCHIVE = _ARCHIVE.with_only_columns(_ARCHIVES.c.checkout_id)
_PAYMENTS_OF = (
    _PAYMENTS.select()
    .where(_PAYMENTS.c.checkout_id == bindparam("of"))
    .order_by(_PAYMENTS.c.number)
)


def _ended_by_another(bill: Found, run_id: str | None) -> bool:
    return bill.ended_at is not None and (bill.ended_by is None or bill.ended_by != run_id)


@dataclass(frozen=True)
class _Known:
    """What bill and archive have of a checkout; the state is in one of them."""

    version: int = 0
    created_at: datetime | None = None
    saved: Json | None = None
    archived: ArchivedCheckout | None = None

    @property
    def state(self) -> Json | None:
        if self.saved is not None:
            return self.saved
        return self.archived.state if self.archived else None


async def _known(session: AsyncSession, checkout_id: str) -> _Known:
    bill = (await session.execute(_KNOWN, {"of": checkout_id})).one_or_none()
    archive = (await session.execute(_ARCHIVE, {"of": checkout_id})).one_or_none()
    archived = ArchivedCheckout.model_validate(archive.document) if archive else None
    if bill is None:
        return _Known(archived=archived)
    return _Known(bill.version, bill.created_at, bill.state, archived)


async def _overlooked(session: AsyncSession, checkout_id: str, knows: Sequence[str]) -> list[str]:
    effects = await effects_of(session, checkout_id)
    known = set(knows)
    return [e.order.key for e in effects if e.order.key not in known and may_stand(e)]


def _decision(state: Json, view: Json, ended: bool, now: datetime) -> AuditNote:
    """Tell what the checkout stands at; saved twice as it was, it is told once."""
    runs = state.get("runs")
    run = runs[-1] if isinstance(runs, list) and runs else None
    facts: Json = {**decided(view, state), "run": run}
    kind = "archived" if ended else "decided"
    private: Json = {"digest": digest({"state": state, "view": view})}
    source = digest([kind, facts])
    return AuditNote(
        kind=kind, actor="checkout", at=now, facts=facts, private=private, source=source
    )


async def _payments(session: AsyncSession, checkout_id: str) -> tuple[PaymentFact, ...]:
    rows = await session.execute(_PAYMENTS_OF, {"of": checkout_id})
    return tuple(
        PaymentFact(
            reference=row.reference,
            report=PaymentReport.model_validate(row.report),
            received_at=row.received_at,
            verdict=row.verdict,
        )
        for row in rows
    )


async def _changed_payment(session: AsyncSession, said: PaymentRow) -> PaymentRow | None:
    same = select(PaymentRow).where(
        col(PaymentRow.checkout_id) == said.checkout_id,
        col(PaymentRow.reference) == said.reference,
        col(PaymentRow.status) == said.status,
    )
    row = (await session.scalars(same.with_for_update())).one()
    if said.report == row.report and said.verdict in ("received", row.verdict):
        return None
    row.report, row.verdict = said.report, said.verdict
    return row


async def _archive(
    session: AsyncSession, checkout_id: str, view: Json, now: datetime, run_id: str | None
) -> None:
    bill = await session.get_one(Bill, checkout_id)
    bill.ended_by = run_id
    document = ArchivedCheckout(state=bill.state, view=view).model_dump()
    archive = await session.get(Archive, bill.checkout_id)
    if archive is None:
        bill.ended_at = now
        session.add(
            Archive(
                checkout_id=bill.checkout_id,
                store_id=bill.store_id,
                ended_at=now,
                document=document,
            )
        )
    else:
        archive.document = document
    bill.state = None  # the archive has it now
