"""Effect records in the words of the vendors' books, where ours have tokens."""

from collections.abc import Sequence

from tillsaga.domain.ports import EffectRecord
from tillsaga.domain.tokens import Vault, revealed, tokens_in


async def as_vendors_know(vault: Vault, records: Sequence[EffectRecord]) -> list[EffectRecord]:
    """Read the tokens in effect records, but for their names: the till sees those as they are."""
    known = await vault.reveal(tokens_in(list(records)))
    return [_read(record, revealed(record, known)) for record in records]


def _read(ours: EffectRecord, theirs: EffectRecord) -> EffectRecord:
    order = theirs.order.model_copy(update={"subject": ours.order.subject})
    return theirs.model_copy(update={"order": order})
