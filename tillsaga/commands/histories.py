"""Temporal's histories of a checkout, from the command line's own connection."""

from collections.abc import Sequence

from tillsaga.evidence.histories import Histories, read_histories
from tillsaga.settings import Settings


async def fetch_histories(settings: Settings, checkout_id: str, runs: Sequence[str]) -> Histories:
    """Fetch the histories of all runs of a checkout, decrypted where the keys are there."""
    from tillsaga.codec import data_converter
    from tillsaga.temporal import TemporalTrouble, connect

    try:
        client = await connect(data_converter(settings.key_ring))
    except TemporalTrouble as trouble:
        return Histories(missing=[f"all runs: {trouble.message}"])
    return await read_histories(client, checkout_id, runs)
