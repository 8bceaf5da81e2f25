"""Temporal's histories of a checkout, from the command line's own connection."""

from collections.abc import Sequence

from tillsaga.evidence.histories import Histories, read_histories
from tillsaga.settings import Settings


async def fetch_histories(settings: Settings, checkout_id: str, runs: Sequence[str]) -> Histories:
    """Fetch the histories of all runs of a checkout, decrypted where the keys are there."""
    from worker.temporal import connect

    try:
        client = await connect(settings)
    except RuntimeError as away:
        return Histories(missing=[f"all runs: Temporal does not answer ({away})"])
    return await read_histories(client, checkout_id, runs)
