"""Records that were restored from a backup are behind the vendors' books.

Between the backup and the restore, the lost time, vendors were called and customers paid, and
nothing here knows of it. Keys are made of what tills send again, so a vendor can be asked for
each effect under the name that it had then.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tillsaga.domain.model import Instant, Model
from tillsaga.domain.ports import CallState, EffectRecord, Facts

REPEATED_FOR = timedelta(hours=24)
"""How long after a restore tills may send again what they sent in the lost time."""


class Restoration(Model):
    """One restore: the records are those of `backed_up_at`, and were put back at `restored_at`."""

    backed_up_at: Instant
    restored_at: Instant
    reconciled_at: Instant | None = None


class LostTime(Model):
    """When a checkout may have done what the records do not know.

    `known`: the checkout was in the backup. Else it was opened since, perhaps again.
    """

    since: Instant
    until: Instant
    known: bool


def lost_time(
    restorations: Iterable[Restoration],
    opened_at: datetime | None,
    ended_at: datetime | None,
    now: datetime,
) -> LostTime | None:
    """Say when a checkout may have done more than the records know; None: never.

    A checkout that was open at the backup is doubted for ever, all others while tills may still
    repeat what they sent.
    """
    touched = []
    for each in restorations:
        known = opened_at is not None and opened_at < each.restored_at
        open_then = known and (ended_at is None or ended_at > each.restored_at)
        if open_then or now < each.restored_at + REPEATED_FOR:
            touched.append((each, known))
    if not touched:
        return None
    return LostTime(
        since=min(each.backed_up_at for each, _ in touched),
        until=max(each.restored_at for each, _ in touched),
        known=any(known for _, known in touched),
    )


def may_be_paid(facts: Facts, active_at: datetime) -> bool:
    """Whether a silent checkout may have been paid in the lost time: then nothing is undone.

    Where nothing stands nothing can be undone, and a payment that is reported late is taken.
    """
    if facts.restored_at is None or active_at >= facts.restored_at:
        return False
    return any(_stands(record) for record in facts.effects)


def _stands(record: EffectRecord) -> bool:
    gone = (CallState.REFUSED, CallState.WITHDRAWN)
    undone = record.undo is not None and record.undo.state is CallState.APPLIED
    return record.do.state not in gone and not undone
