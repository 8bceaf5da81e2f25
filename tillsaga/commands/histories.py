"""The histories of a checkout: the records' own, and Temporal's by the command's connection."""

from collections.abc import Mapping, Sequence

from tillsaga.codec import data_converter
from tillsaga.evidence.histories import Histories, read_histories, with_kept
from tillsaga.settings import Settings


async def fetch_histories(
    settings: Settings, checkout_id: str, runs: Sequence[str], kept: Mapping[str, str]
) -> Histories:
    """Read those that are kept and fetch the others, decrypted where the keys are there."""
    from tillsaga.temporal import TemporalTrouble, connect

    converter = data_converter(settings.key_ring)

    async def fetch(left: Sequence[str]) -> Histories:
        try:
            client = await connect(converter)
        except TemporalTrouble as trouble:
            which = "the runs that the records have not kept" if kept else "all runs"
            return Histories(missing=[f"{which}: {trouble.message}"])
        return await read_histories(client, checkout_id, left)

    return await with_kept(kept, runs, converter.payload_codec, fetch)
