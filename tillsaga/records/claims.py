"""Claims: at most one checkout holds or spends a single-use subject.

The claim's row is locked before its effects are read, so that an effect which is just beginning
on it is seen or waits. All lock in one order: effect, bill, claim.
"""

from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.ports import CallState
from tillsaga.errors import Refused
from tillsaga.records.calls import OPEN, UNSURE
from tillsaga.records.statements import insert_new, insert_or_lock, table_of
from tillsaga.records.tables import Bill, Claim, EffectRow

_HOLDING = OPEN | {CallState.APPLIED, CallState.MANUAL}


async def hold(session: AsyncSession, effect: EffectRow, now: datetime) -> None:
    """Claim the subject of an exclusive effect that begins.

    Raises:
        Refused: `offer_held`: another checkout has it.
    """
    if not _exclusive(effect):
        return
    claim = await insert_or_lock(session, _claim(effect, now), "kind", "subject")
    if claim.checkout_id != effect.checkout_id:
        raise Refused("another checkout holds it", code="offer_held")


async def let_go(session: AsyncSession, effect: EffectRow) -> None:
    """Drop the claim on an effect's subject once no effect of its checkout needs it any more."""
    if not _exclusive(effect):
        return
    ended = await _has_ended(session, effect.checkout_id)
    claim = await _own_claim(session, effect)
    if claim is None:
        return
    effects = await _exclusive_effects(session, effect.checkout_id)
    if _subject(claim) not in {_subject(e) for e in effects if _needs_claim(e, ended)}:
        await session.delete(claim)


async def settled(session: AsyncSession, effect: EffectRow) -> None:
    """Drop the claim that only this effect needs: a person has settled what nobody knew of it."""
    if not _exclusive(effect):
        return
    ended = await _has_ended(session, effect.checkout_id)
    claim = await _own_claim(session, effect)
    if claim is None:
        return
    others = await _exclusive_effects(session, effect.checkout_id)
    needed = {_subject(e) for e in others if e.key != effect.key and _needs_claim(e, ended)}
    if _subject(claim) not in needed:
        await session.delete(claim)


async def confirm(
    session: AsyncSession, effect: EffectRow, now: datetime, *, given_up: bool
) -> None:
    """After a yes: claim a subject again that was `given_up` too early, if it is free.

    In a checkout that has ended the effect was the last doubt that the claim waited for.
    """
    if not _exclusive(effect):
        return
    if await _has_ended(session, effect.checkout_id):
        await let_go(session, effect)
    elif given_up:
        await insert_new(session, _claim(effect, now), "kind", "subject")


async def end_claims(session: AsyncSession, checkout_id: str) -> None:
    """Drop an ended checkout's claims, but for those with an effect still in doubt."""
    mine = select(Claim).where(col(Claim.checkout_id) == checkout_id)
    mine = mine.order_by(col(Claim.kind), col(Claim.subject)).with_for_update()
    claims = (await session.scalars(mine)).all()
    if not claims:
        return
    effects = await _exclusive_effects(session, checkout_id)
    needed = {_subject(e) for e in effects if _needs_claim(e, ended=True)}
    for claim in claims:
        if _subject(claim) not in needed:
            await session.delete(claim)


def _exclusive(effect: EffectRow) -> bool:
    return OPERATIONS[effect.operation].exclusive


def _subject(row: EffectRow | Claim) -> tuple[str, str]:
    return row.kind, row.subject


def _claim(effect: EffectRow, now: datetime) -> Claim:
    return Claim(
        kind=effect.kind,
        subject=effect.subject,
        checkout_id=effect.checkout_id,
        effect_key=effect.key,
        since=now,
    )


def _needs_claim(effect: EffectRow, ended: bool) -> bool:
    if ended:
        return effect.do_state in UNSURE or effect.undo_state in UNSURE
    return effect.do_state in _HOLDING and effect.undo_state != CallState.APPLIED


async def _own_claim(session: AsyncSession, effect: EffectRow) -> Claim | None:
    mine = select(Claim).where(
        col(Claim.kind) == effect.kind,
        col(Claim.subject) == effect.subject,
        col(Claim.checkout_id) == effect.checkout_id,
    )
    return (await session.scalars(mine.with_for_update())).one_or_none()


async def _exclusive_effects(session: AsyncSession, checkout_id: str) -> list[EffectRow]:
    mine = select(EffectRow).where(col(EffectRow.checkout_id) == checkout_id)
    return [effect for effect in await session.scalars(mine) if _exclusive(effect)]


_BILLS = table_of(Bill)
_END = (
    _BILLS.select()
    .with_only_columns(_BILLS.c.ended_at)
    .where(_BILLS.c.checkout_id == bindparam("checkout_id"))
    .with_for_update(read=True)
)


async def _has_ended(session: AsyncSession, checkout_id: str) -> bool:
    """Wait for an end that is just being written: it or we must see what the other one wrote."""
    return await session.scalar(_END, {"checkout_id": checkout_id}) is not None
